import { SecureError } from '../errors.ts'
import type { ErrorCode } from '../errors.ts'
import type { Answer } from './cluster.ts'
import { protobufStatus } from './protobuf.ts'

const maxMessage = 500

const codes: Record<number, ErrorCode> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  410: 'gone',
  429: 'too-many-requests',
}

const hints: Record<number, string> = {
  401: 'The credentials are missing, wrong or have expired: log in again.',
  403: 'The user of the kubeconfig may not do this: ask with other credentials (--context, --as).',
  429: 'The API server is overloaded or protects itself: try again later.',
}

/** An answer that is no success, as a SecureError: `GET /path: 403 Forbidden: what the server says`. */
export function statusError(request: string, answer: Answer): SecureError {
  const { status } = answer
  const reason = process.getBuiltinModule('node:http').STATUS_CODES[status] ?? 'unknown status'
  const hint = hints[status]
  return new SecureError(
    codes[status] ?? 'server',
    `${request}: ${status} ${reason}: ${said(answer)}`,
    hint === undefined ? {} : { hint },
  )
}

// One line, and not longer than a person reads. Still hostile text: whoever shows it escapes it.
function said(answer: Answer): string {
  const text = answer.body.subarray(0, 256 * 1024).toString('utf8')
  const message = protobufStatus(answer.body) ?? statusMessage(text)
  if (message !== undefined && message !== '') return clean(message)
  const type = answer.headers['content-type'] ?? ''
  if (text.trim() === '') return 'the answer is empty'
  if (/^\s*</.test(text) || type.includes('html')) {
    return 'the answer is a web page, not one of the Kubernetes API (a proxy or load balancer in between?)'
  }
  return `the answer is not one of the Kubernetes API: ${clean(text.trim())}`
}

function statusMessage(text: string): string | undefined {
  try {
    const status: unknown = JSON.parse(text)
    if (status !== null && typeof status === 'object' && 'message' in status) return String(status.message)
  } catch {
    // Not JSON: the caller says so.
  }
  return undefined
}

function clean(text: string): string {
  const short = text.length > maxMessage ? `${text.slice(0, maxMessage)}…` : text
  return short.replace(/\s+/g, ' ')
}
