import { isIPv4, isIPv6 } from 'node:net'
import { charClass, runEnd, runStart } from './chars.ts'
import type { Span } from './span.ts'
import type { Work } from './work.ts'

const ipv4 = /(?<![\w.-])\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?![\w-]|\.\d)/g
const ipv6 = /(?<![\w:.])(?:[\da-fA-F]{0,4}:){2,7}(?:\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}|[\da-fA-F]{1,4})?(?![\w:])/g
const local = charClass('A-Za-z0-9._%+-')
const domain = charClass('A-Za-z0-9.-')
// Of nobody: unspecified, this host, the service of clouds, the first address of documentation.
const ofEverybody = /^(?:0\.0\.0\.0|127\.\d+\.\d+\.\d+|255\.255\.255\.\d+|169\.254\.169\.254|::1?|)$/
const privateNet =
  /^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|169\.254\.|0\.|f[cd]|fe80)/i

/** Addresses of the network and of people. A range such as 10.0.0.0/8 of a private network is nobody's. */
export function personal(text: string, work: Work, spans: Span[]): void {
  work.spend(text.length * 2)
  for (const { index, 0: address } of text.matchAll(ipv4)) ip(text, index, address, isIPv4(address), spans)
  for (const { index, 0: address } of text.matchAll(ipv6)) ip(text, index, address, isIPv6(address), spans)
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    const start = runStart(text, at, Math.max(0, at - 64), local)
    const end = runEnd(text, at + 1, Math.min(text.length, at + 254), domain)
    work.spend(end - start)
    const host = text.slice(at + 1, end).replace(/[.-]+$/, '')
    if (start < at && /^[^.].*\.[A-Za-z]{2,}$/.test(host))
      spans.push({ start, end: at + 1 + host.length, rule: 'email', type: 'user' })
  }
}

function ip(text: string, start: number, address: string, isOne: boolean, spans: Span[]): void {
  if (!isOne || ofEverybody.test(address)) return
  const size = /^\/(\d{1,3})(?!\d)/.exec(text.slice(start + address.length, start + address.length + 5))?.[1]
  const isRange = size !== undefined && Number(size) < (address.includes(':') ? 128 : 32)
  if (isRange && privateNet.test(address) && /(?:\.0|::|:0)$/.test(address)) return
  spans.push({ start, end: start + address.length, rule: 'ip', type: 'ip' })
}
