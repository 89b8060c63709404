import { SecureError } from '../errors.ts'
import type { Request } from './cluster.ts'
import type { Credential } from './credentials.ts'
import type { ServerUrl } from './server-url.ts'

/** `GET /api/v1/pods?labelSelector=…`, without what only pages through a list; or the name it was given. */
export function describe(request: Request): string {
  if (request.name !== undefined) return request.name
  const [path = '', query = ''] = request.path.split('?', 2)
  const kept = query.split('&').filter((part) => part !== '' && !/^(limit|continue)=/.test(part))
  const shown = kept.length > 0 ? `${path}?${kept.join('&')}` : path
  return `${request.method ?? 'GET'} ${shown.length > 300 ? `${shown.slice(0, 300)}…` : shown}`
}

/** The error with the request in front, unless it is there already or the fault is not the request's. */
export function prefixed(name: string, error: SecureError): SecureError {
  if (error.message.startsWith(name) || error.code === 'kubeconfig') return error
  const hint =
    error.hint ?? (error.code === 'timeout' ? '--request-timeout sets how long one request may take.' : undefined)
  return error.with({ message: `${name}: ${error.message}`, hint })
}

/** The end of a --request-timeout. */
export function timedOut(ms: number): SecureError {
  return new SecureError('timeout', `no answer within the --request-timeout of ${ms / 1000} s`)
}

/** `host:port`, as a person writes it. */
export function address({ host, port }: ServerUrl): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** A server that repeats what it was sent must not put it on the screen. */
export function withoutSecrets(error: SecureError, credential: Credential): SecureError {
  const secret = credential.authorization?.replace(/^\w+ /, '')
  if (secret === undefined || secret === '' || !error.message.includes(secret)) return error
  const message = error.message.replaceAll(secret, '<redacted>')
  return error.with({ message, cause: undefined, status: undefined })
}
