/** What the test cluster throws on purpose: what failed, why, and what to do next, in one message. */
export class ClusterError extends Error {
  constructor(what: string, options: { why?: string; next?: string; cause?: unknown } = {}) {
    const lines = [what, options.why, options.next && `Next: ${options.next}`]
    super(lines.filter(Boolean).join('\n'), { cause: options.cause })
    this.name = 'ClusterError'
  }
}

/** Whether a system call failed with this code, such as ENOENT. */
export function failedWith(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
