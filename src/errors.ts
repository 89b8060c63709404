/** The process exit codes, the same for every command (docs/exit-codes in README). */
export const EXIT = { yes: 0, no: 1, usage: 2, incomplete: 3, failed: 4, interrupted: 130 } as const

export type ErrorCode =
  | 'usage' // what the user typed, or a file they named, cannot be used
  | 'kubeconfig' // the kubeconfig or its credential plugin cannot be used
  | 'unauthorized' // 401
  | 'forbidden' // 403
  | 'not-found' // 404
  | 'gone' // 410: an expired continue token or resourceVersion
  | 'too-many-requests' // 429 after all retries
  | 'server' // any other status that is not a success
  | 'unreachable' // no connection, TLS failure, reset
  | 'timeout' // the server did not answer in time
  | 'bad-answer' // an answer that is not what the API promises (broken JSON, cut short)
  | 'interrupted' // Ctrl-C

const exits: Record<ErrorCode, number> = {
  usage: EXIT.usage,
  kubeconfig: EXIT.usage,
  unauthorized: EXIT.failed,
  forbidden: EXIT.failed,
  'not-found': EXIT.failed,
  gone: EXIT.failed,
  'too-many-requests': EXIT.failed,
  server: EXIT.failed,
  unreachable: EXIT.failed,
  timeout: EXIT.failed,
  'bad-answer': EXIT.failed,
  interrupted: EXIT.interrupted,
}

/**
 * The one error the tool throws on purpose: shown as its message and hint, never with a stack trace.
 * `message` names what failed (verb, resource, namespace, file, line) and why; `hint` says what to do next.
 */
export class SecureError extends Error {
  readonly code: ErrorCode
  readonly hint: string | undefined

  constructor(code: ErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.name = 'SecureError'
    this.code = code
    this.hint = options.hint
  }

  get exitCode(): number {
    return exits[this.code]
  }
}

/** Whether a failure is a 403: to a question that is an answer about the caller, not an end. */
export function isForbidden(error: unknown): boolean {
  return error instanceof SecureError && error.code === 'forbidden'
}
