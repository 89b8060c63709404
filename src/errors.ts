/** The process exit codes, the same for every command (docs/exit-codes in README). */
export const EXIT = { yes: 0, no: 1, usage: 2, incomplete: 3, failed: 4, interrupted: 130 } as const

export type ErrorCode =
  | 'usage' // what the user typed, or a file they named, cannot be used
  | 'kubeconfig' // the kubeconfig or its credential plugin cannot be used
  | 'unauthorized' // 401
  | 'forbidden' // 403
  | 'not-found' // 404
  | 'conflict' // 409 of a precondition or resourceVersion, and a `test` of a JSON Patch that failed
  | 'already-exists' // 409 of a create
  | 'invalid' // 422 otherwise, and 400 to a write: unknown fields, values that validation refuses
  | 'gone' // 410: an expired continue token or resourceVersion
  | 'too-many-requests' // 429 after all retries
  | 'server' // any other status that is not a success
  | 'unreachable' // no connection, TLS failure, reset
  | 'timeout' // the server did not answer in time
  | 'bad-answer' // an answer that is not what the API promises (broken JSON, cut short)
  | 'journal' // a record on this machine cannot be written, or is not to be trusted
  | 'interrupted' // Ctrl-C

const exits: Record<ErrorCode, number> = {
  usage: EXIT.usage,
  kubeconfig: EXIT.usage,
  unauthorized: EXIT.failed,
  forbidden: EXIT.failed,
  'not-found': EXIT.failed,
  conflict: EXIT.failed,
  'already-exists': EXIT.failed,
  invalid: EXIT.failed,
  gone: EXIT.failed,
  'too-many-requests': EXIT.failed,
  server: EXIT.failed,
  unreachable: EXIT.failed,
  timeout: EXIT.failed,
  'bad-answer': EXIT.failed,
  journal: EXIT.failed,
  interrupted: EXIT.interrupted,
}

/** What the server said of a request it refused, as far as it sent a Status. Hostile text. */
export type StatusFacts = {
  code: number
  reason: string
  /** The resource (`pods`, lower case) and the name that the refusal is about; empty when it names none. */
  kind: string
  name: string
  /** Such as `{ reason: 'FieldValueRequired', field: 'spec.x' }`, `NamespaceTerminating`, `DisruptionBudget`. */
  causes: { reason: string; field: string; message: string }[]
}

export type ErrorFacts = {
  hint?: string | undefined
  cause?: unknown
  /**
   * Of a write: the server may have carried it out all the same, as no answer came after the request went out, or one that
   * does not settle it (a 5xx, a success that cannot be read). Without it, it was surely not carried out.
   */
  unsettled?: boolean | undefined
  /** `authorizer` when a permission is missing; `admission` for what comes after (PodSecurity, quota, webhooks, policies). */
  refusedBy?: 'authorizer' | 'admission' | undefined
  status?: StatusFacts | undefined
}

/**
 * The one error the tool throws on purpose: shown as its message and hint, never with a stack trace.
 * `message` names what failed (verb, resource, namespace, file, line) and why; `hint` says what to do next.
 */
export class SecureError extends Error {
  readonly code: ErrorCode
  readonly hint: string | undefined
  readonly unsettled: boolean
  readonly refusedBy: ErrorFacts['refusedBy']
  readonly status: StatusFacts | undefined

  constructor(code: ErrorCode, message: string, facts: ErrorFacts = {}) {
    super(message, { cause: facts.cause })
    this.name = 'SecureError'
    this.code = code
    this.hint = facts.hint
    this.unsettled = facts.unsettled ?? false
    this.refusedBy = facts.refusedBy
    this.status = facts.status
  }

  get exitCode(): number {
    return exits[this.code]
  }

  /** The same error, with some of it said otherwise. */
  with({ message = this.message, ...changes }: ErrorFacts & { message?: string }): SecureError {
    const { hint, cause, unsettled, refusedBy, status } = this
    return new SecureError(this.code, message, { hint, cause, unsettled, refusedBy, status, ...changes })
  }
}

/** Why a file that somebody named could not be used, in words; the system's own where there are none. */
export function whyUnread(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException
  return unread.get(code) ?? message
}

const unread = new Map([
  ['ENOENT', 'no such file or directory'],
  ['EISDIR', 'it is a directory'],
  ['ENOTDIR', 'part of the path is no directory'],
  ['EACCES', 'permission denied'],
])

/** Whether a failure is a 403: to a question that is an answer about the caller, not an end. */
export function isForbidden(error: unknown): boolean {
  return error instanceof SecureError && error.code === 'forbidden'
}
