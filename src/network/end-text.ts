import { SecureError } from '../errors.ts'
import { unescapeFromTerminal } from '../text/terminal.ts'
import { parseCidr } from './address.ts'
import type { EndFilter, ReachQuery } from './reach-report.ts'
import { lastPort, protocolNamed } from './traffic.ts'

/**
 * One side of a reachability question: pod:NS/NAME, ns:NAMESPACE, node:NAME, an address or CIDR, world (all outside the
 * cluster), or any (undefined). Throws SecureError('usage').
 */
export function parseEnd(typed: string): EndFilter | undefined {
  const text = unescapeFromTerminal(typed)
  if (text === 'any') return undefined
  if (text === 'world') return { kind: 'external' }
  if (parseCidr(text, { orAddress: true })) return { kind: 'cidr', cidr: text }
  const colon = text.indexOf(':')
  const [prefix, rest] = [text.slice(0, Math.max(colon, 0)), text.slice(colon + 1)]
  if (prefix === 'ns' && rest !== '') return { kind: 'namespace', namespace: rest }
  if (prefix === 'node' && rest !== '') return { kind: 'node', name: rest }
  if (prefix === 'pod') {
    const [namespace, name, ...more] = rest.split('/')
    if (namespace && name && more.length === 0) return { kind: 'pod', namespace, name }
  }
  throw new SecureError('usage', `"${typed}" is no end of a connection`, {
    hint: 'write pod:NAMESPACE/NAME, ns:NAMESPACE, node:NAME, an address or CIDR, world, or any',
  })
}

/** PORT, PORT/PROTOCOL or PROTOCOL, as in 443, 53/udp, tcp. Throws SecureError('usage'). */
export function parsePort(typed: string): Pick<ReachQuery, 'port' | 'protocol'> {
  const [first = '', second] = typed.toUpperCase().split('/')
  const protocol = protocolNamed(second ?? first)
  if (second === undefined && protocol) return { protocol }
  const port = /^\d{1,5}$/.test(first) ? Number(first) : 0
  if (port < 1 || port > lastPort || (second !== undefined && !protocol)) {
    throw new SecureError('usage', `"${typed}" is no port`, { hint: 'write 443, 53/udp or tcp' })
  }
  return { port, ...(protocol ? { protocol } : {}) }
}
