import { isIPv4, isIPv6 } from 'node:net'

export type Family = 4 | 6
export type Address = { family: Family; value: bigint }
/** Addresses from first to last, both included. */
export type Range = { family: Family; first: bigint; last: bigint }

const bitsOf = { 4: 32, 6: 128 } as const

/** An IPv4 or IPv6 address; undefined where it is none. An IPv4-mapped IPv6 address is the IPv4 address, as in Go. */
export function parseAddress(text: string): Address | undefined {
  if (isIPv4(text)) return { family: 4, value: v4Value(text) }
  // A zone belongs to an interface, not to an address.
  if (!isIPv6(text) || text.includes('%')) return undefined
  const value = v6Value(text)
  return value >> 32n === 0xffffn ? { family: 4, value: value & 0xffffffffn } : { family: 6, value }
}

/** A CIDR such as 10.0.0.0/8 (host bits are dropped, as Go's net.ParseCIDR does), or one address where that is allowed. */
export function parseCidr(text: string, { orAddress = false } = {}): Range | undefined {
  const slash = text.indexOf('/')
  if (slash < 0 && !orAddress) return undefined
  const head = slash < 0 ? text : text.slice(0, slash)
  const address = parseAddress(head)
  if (!address) return undefined
  const bits = bitsOf[address.family]
  const length = slash < 0 ? bits : prefixLength(text.slice(slash + 1))
  // Go keeps the mask of a mapped address for IPv6; nobody means that, so it is no CIDR here.
  if (length === undefined || length > bits || (address.family === 4 && head.includes(':'))) return undefined
  const host = (1n << BigInt(bits - length)) - 1n
  return { family: address.family, first: address.value & ~host, last: address.value | host }
}

export function formatAddress({ family, value }: Address): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 255n)).join('.')
  const groups = Array.from({ length: 8 }, (_, index) => (value >> BigInt(16 * (7 - index))) & 0xffffn)
  return shortened(groups.map((group) => group.toString(16)))
}

/** `a-b`, `a` where it is one address, or the CIDR where it is exactly one. */
export function formatRange({ family, first, last }: Range): string {
  const size = last - first + 1n
  const from = formatAddress({ family, value: first })
  if (size === 1n) return from
  if ((size & (size - 1n)) === 0n && first % size === 0n) {
    return `${from}/${bitsOf[family] - (size.toString(2).length - 1)}`
  }
  return `${from}-${formatAddress({ family, value: last })}`
}

/** Every address of a family. */
export function wholeRange(family: Family): Range {
  return { family, first: 0n, last: (1n << BigInt(bitsOf[family])) - 1n }
}

function prefixLength(text: string): number | undefined {
  return /^\d{1,3}$/.test(text) ? Number(text) : undefined
}

function v4Value(text: string): bigint {
  return text.split('.').reduce((value, part) => (value << 8n) | BigInt(part), 0n)
}

function v6Value(text: string): bigint {
  const lastColon = text.lastIndexOf(':')
  const tail = text.slice(lastColon + 1)
  // The last 32 bits may be written as an IPv4 address.
  const hex = tail.includes('.')
    ? `${text.slice(0, lastColon + 1)}${(v4Value(tail) >> 16n).toString(16)}:${(v4Value(tail) & 0xffffn).toString(16)}`
    : text
  const [left = '', right] = hex.split('::')
  const groups = (part: string) => (part === '' ? [] : part.split(':'))
  const head = groups(left)
  const rest = right === undefined ? [] : groups(right)
  const zeros = Array.from({ length: 8 - head.length - rest.length }, () => '0')
  return [...head, ...zeros, ...rest].reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n)
}

// RFC 5952: the longest run of zeros, of two or more, the first of equals.
function shortened(groups: string[]): string {
  let best = { start: 0, length: 1 }
  for (let start = 0; start < groups.length; start += 1) {
    let length = 0
    while (groups[start + length] === '0') length += 1
    if (length > best.length) best = { start, length }
  }
  if (best.length === 1) return groups.join(':')
  return `${groups.slice(0, best.start).join(':')}::${groups.slice(best.start + best.length).join(':')}`
}
