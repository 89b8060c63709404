import { SecureError } from '../errors.ts'
import type { ErrorCode, StatusFacts } from '../errors.ts'
import type { Answer } from './cluster.ts'
import { protobufStatus } from './protobuf.ts'
import { readStatus } from './status-facts.ts'

const maxMessage = 500

const codes: Record<number, ErrorCode> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  410: 'gone',
  429: 'too-many-requests',
}

const hints: Partial<Record<ErrorCode, string>> = {
  unauthorized: 'The credentials are missing, wrong or have expired: log in again.',
  forbidden: 'The user of the kubeconfig may not do this: ask with other credentials (--context, --as).',
  'too-many-requests': 'The API server is overloaded or protects itself: try again later.',
}

/** An answer that is no success, as a SecureError: `GET /path: 403 Forbidden: what the server says`. */
export function statusError(request: string, method: string, answer: Answer): SecureError {
  const { status } = answer
  const reason = process.getBuiltinModule('node:http').STATUS_CODES[status] ?? 'unknown status'
  const facts = readStatus(answer)
  const message = protobufStatus(answer.body) ?? facts?.message
  const code = codeOf(method, status, facts)
  const refusedBy = whoRefused(status, message, facts)
  const isPatchConflict = status === 422 && code === 'conflict'
  const why = isPatchConflict ? 'a test of the patch failed, or a path in it is not there' : said(answer, message)
  return new SecureError(code, `${request}: ${status} ${reason}: ${why}`, {
    hint:
      refusedBy === 'admission' ? 'No permission is missing: a check after them (admission) refuses it.' : hints[code],
    refusedBy,
    status: facts,
  })
}

/**
 * A JSON Patch that could not be applied (a `test` that fails, a path that is not there) gets a 422 as bare as no validation
 * ever gives: `reason: Invalid`, and details without a kind and causes. Rule: applyJSPatch in apiserver's
 * pkg/endpoints/handlers/patch.go, NewGenericServerResponse in apimachinery's pkg/api/errors; seen on 1.34.
 */
function codeOf(method: string, status: number, facts: StatusFacts | undefined): ErrorCode {
  if (status === 409) return facts?.reason === 'AlreadyExists' ? 'already-exists' : 'conflict'
  if (status === 422) {
    const isBare = facts?.reason === 'Invalid' && facts.kind === '' && facts.causes.length === 0
    return method === 'PATCH' && isBare ? 'conflict' : 'invalid'
  }
  if (status === 400 && method !== 'GET') return 'invalid'
  return codes[status] ?? 'server'
}

/**
 * The authorizer's refusals say `… is forbidden: User "x" cannot …`, and are the only ones that do; admission's come in the same Status with
 * other words after `is forbidden:`, or say which webhook refused, with whatever code that chose. Undefined for what says neither.
 * Rule: ForbiddenMessage in apiserver's pkg/endpoints/handlers/responsewriters/errors.go, ToStatusErr in its
 * pkg/admission/plugin/webhook/errors/statuserror.go; seen on 1.34.
 */
function whoRefused(
  status: number,
  message: string | undefined,
  facts: StatusFacts | undefined,
): 'authorizer' | 'admission' | undefined {
  if (message?.startsWith('admission webhook "')) return 'admission'
  if (status !== 403) return undefined
  if (/^(\S+ ("([^"\\]|\\.)*" )?is )?forbidden: User "/.test(message ?? '')) return 'authorizer'
  return facts?.reason === 'Forbidden' ? 'admission' : undefined
}

// One line, and not longer than a person reads. Still hostile text: whoever shows it escapes it.
function said(answer: Answer, message: string | undefined): string {
  if (message !== undefined && message !== '') return clean(message)
  const text = answer.body.subarray(0, 64 * 1024).toString('utf8')
  const type = answer.headers['content-type'] ?? ''
  if (text.trim() === '') return 'the answer is empty'
  if (/^\s*</.test(text) || type.includes('html')) {
    return 'the answer is a web page, not one of the Kubernetes API (a proxy or load balancer in between?)'
  }
  return `the answer is not one of the Kubernetes API: ${clean(text.trim())}`
}

// The end is kept too: a patch that decodes badly is quoted whole before the server says why.
function clean(text: string): string {
  const short = text.length > maxMessage ? `${text.slice(0, maxMessage - 200)}…${text.slice(-200)}` : text
  return short.replace(/\s+/g, ' ')
}
