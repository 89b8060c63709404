import { SecureError } from '../errors.ts'

const units: Record<string, number> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
}

// What setTimeout can hold (24 days); it takes longer times for none at all.
const longest = 2 ** 31 - 1

/**
 * Milliseconds of a time, as kubectl reads its `--request-timeout`: a whole number of seconds, or a Go duration (`1m30s`).
 * 0 is no limit. `flag`: what was typed, for the error. Rule: ParseTimeout in client-go's tools/clientcmd/helpers.go.
 */
export function parseTimeout(text: string, flag = '--request-timeout'): number {
  if (/^\+?\d+$/.test(text)) return Math.min(Number(text) * 1000, longest)
  const part = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/y
  let total = 0
  let at = text.startsWith('+') ? 1 : 0
  while (at < text.length) {
    part.lastIndex = at
    const [all, amount, unit] = part.exec(text) ?? []
    if (all === undefined || unit === undefined) break
    total += Number(amount) * (units[unit] ?? 0)
    at += all.length
  }
  if (at === text.length && text !== '' && text !== '+') return Math.min(total, longest)
  throw new SecureError('usage', `${flag} ${JSON.stringify(text)} is not a time`, {
    hint: `Give a whole number of seconds, or a number with a unit: 30s, 2m, 1h.${flag === '--request-timeout' ? ' 0 is no limit.' : ''}`,
  })
}
