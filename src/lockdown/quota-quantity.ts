/**
 * Quantities of Kubernetes, exactly: whole numbers of billionths, below which there are none. Own code, as libraries count in floating
 * point. Source: ParseQuantity and CanonicalizeBytes in k8s.io/apimachinery pkg/api/resource/quantity.go.
 */
const one = 1_000_000_000n
const most = (2n ** 63n - 1n) * one
const grammar = /^([+-]?)(\d*)(?:\.(\d*))?(?:(Ki|Mi|Gi|Ti|Pi|Ei|n|u|m|k|M|G|T|P|E)|[eE]([+-]?\d+))?$/
const decimal: Record<string, number> = { n: -9, u: -6, m: -3, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 }
const binary: Record<string, bigint> = { Ki: 10n, Mi: 20n, Gi: 30n, Ti: 40n, Pi: 50n, Ei: 60n }
// What is longer no API server has written, and would take long to read.
const longest = 64

/** Billionths of a quantity, such as `1500m`, `64Mi`, `1e3`; undefined for what is none. Too small is rounded up, too large is the most there is. */
export function parseQuantity(value: unknown): bigint | undefined {
  const text = typeof value === 'number' ? String(value) : value
  if (typeof text !== 'string' || text.length > longest) return undefined
  const found = grammar.exec(text)
  if (!found) return undefined
  const [, sign, whole = '', fraction = '', suffix = '', exponent] = found
  if (whole === '' && fraction === '') return undefined
  const power = exponent === undefined ? (decimal[suffix] ?? 0) : Number(exponent)
  const size = scaled(BigInt(whole + fraction) << (binary[suffix] ?? 0n), power + 9 - fraction.length)
  const capped = size > most ? most : size
  return sign === '-' ? -capped : capped
}

/** Times a power of ten, rounded up. */
function scaled(digits: bigint, power: number): bigint {
  if (digits === 0n) return 0n
  if (power >= 0) return digits * 10n ** BigInt(Math.min(power, 99))
  return ceilDivide(digits, 10n ** BigInt(Math.min(-power, 999)))
}

export function ceilDivide(value: bigint, by: bigint): bigint {
  return (value + by - 1n) / by
}

/** Thousandths, rounded up, as the API server writes them: `1500m`, `2`, `1k`. */
export function cpuText(size: bigint): string {
  return withSuffix(ceilDivide(size, one / 1000n), 1000n, ['m', '', 'k', 'M', 'G', 'T', 'P', 'E'])
}

/** Whole ones, rounded up, as the API server writes bytes: `64Mi`; by thousands where they are no whole `Ki`: `8k`, `1025`. */
export function bytesText(size: bigint): string {
  const whole = ceilDivide(size, one)
  return whole % 1024n === 0n
    ? withSuffix(whole, 1024n, ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'])
    : withSuffix(whole, 1000n, ['', 'k', 'M', 'G', 'T', 'P', 'E'])
}

function withSuffix(value: bigint, step: bigint, suffixes: readonly string[]): string {
  let [rest, at] = [value, 0]
  if (rest === 0n) return '0'
  while (rest % step === 0n && at < suffixes.length - 1) {
    rest /= step
    at += 1
  }
  return `${rest}${suffixes[at]}`
}
