/**
 * The number that goyaml v2 takes a plain scalar for, or undefined: `010` is 8, `1_000` 1000, `1e3` 1000, `09` 9, and
 * `1:30` is a string. Source: resolve.go, with strconv.ParseInt in base 0.
 */
export function goNumber(source: string): number | undefined {
  if (source.startsWith('.')) {
    if (/^\.(?:inf|Inf|INF)$/.test(source)) return Number.POSITIVE_INFINITY
    if (/^\.(?:nan|NaN|NAN)$/.test(source)) return Number.NaN
    return /^\.\d+(?:[eE][-+]?\d+)?$/.test(source) ? Number(source) : undefined
  }
  const [, sign, digits = ''] = /^([-+]?)(.*)$/s.exec(source.replaceAll('_', '')) ?? []
  const value = magnitude(digits)
  return value !== undefined && sign === '-' ? -value : value
}

function magnitude(digits: string): number | undefined {
  if (/^\.(?:inf|Inf|INF)$/.test(digits)) return Number.POSITIVE_INFINITY
  if (/^0[0-7]+$/.test(digits)) return Number.parseInt(digits, 8)
  if (/^0(?:[xX][\da-fA-F]+|[bB][01]+|[oO][0-7]+)$/.test(digits)) return Number(digits)
  return /^(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/.test(digits) ? Number(digits) : undefined
}
