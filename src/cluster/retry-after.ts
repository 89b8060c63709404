import type { Answer } from './cluster.ts'

/**
 * Seconds after which the server asks to be tried again, or undefined when it does not: 429 and 5xx with a whole number in
 * Retry-After. Rule: checkWait in client-go's rest/with_retry.go.
 */
export function retryAfter({ status, headers }: Pick<Answer, 'status' | 'headers'>): number | undefined {
  if (status !== 429 && status < 500) return undefined
  const after = headers['retry-after']
  return after !== undefined && /^\d+$/.test(after) ? Number(after) : undefined
}
