import { SecureError } from '../errors.ts'
import { formatRange, parseCidr } from '../network/address.ts'
import { parsePort } from '../network/end-text.ts'
import type { Protocol } from '../network/traffic.ts'
import { unescapeFromTerminal } from '../text/terminal.ts'

export type PeerPort = { protocol?: Protocol; port?: number }

/** Somebody who may still talk to the pod, or be talked to. */
export type Peer = PeerPort &
  (
    | { kind: 'pods'; namespace: string; labels: Record<string, string> }
    | { kind: 'cidr'; cidr: string }
    /** The cluster's own DNS, wherever it runs. */
    | { kind: 'dns' }
  )

/**
 * What --allow-from and --allow-to take: NAMESPACE/LABEL=VALUE[,LABEL=VALUE…], ns:NAMESPACE, an address or CIDR, or dns; each with
 * an optional :PORT, :PORT/PROTOCOL or :PROTOCOL (an IPv6 address then in brackets). Throws SecureError('usage'), which names the part
 * that is wrong.
 */
export function parsePeer(typed: string): Peer {
  const text = unescapeFromTerminal(typed)
  const whole = peerOf(text)
  if (typeof whole !== 'string') return whole
  const [, who, traffic] = /^(.*):(\d{1,5}(?:\/[a-z]+)?|tcp|udp|sctp)$/is.exec(text) ?? []
  const peer = who === undefined ? whole : peerOf(who)
  if (typeof peer !== 'string') return { ...peer, ...parsePort(traffic ?? '') }
  throw new SecureError('usage', peer, {
    hint: 'write NAMESPACE/LABEL=VALUE, ns:NAMESPACE, an address or CIDR, or dns; then :PORT/PROTOCOL, as in monitoring/app=prometheus:9090/tcp',
  })
}

const namespaceName = /^[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/
// Source: apimachinery, validation.IsQualifiedName and IsValidLabelValue.
const labelName = String.raw`[A-Za-z\d](?:[\w.-]{0,61}[A-Za-z\d])?`
const labelPrefix = String.raw`[a-z\d](?:[a-z\d-]*[a-z\d])?(?:\.[a-z\d](?:[a-z\d-]*[a-z\d])?)*`
const label = new RegExp(String.raw`^((?:${labelPrefix}\/)?${labelName})={1,2}((?:${labelName})?)$`)

/** Somebody without ports, or why it is nobody. */
function peerOf(text: string): Peer | string {
  if (text === 'dns') return { kind: 'dns' }
  // Brackets part an IPv6 address from a port: around anything else they mean nothing.
  const bare = /^\[(.*:.*)\]$/.exec(text)?.[1] ?? text
  const range = parseCidr(bare, { orAddress: true })
  if (range) {
    const cidr = formatRange(range)
    return { kind: 'cidr', cidr: cidr.includes('/') ? cidr : `${cidr}/${range.family === 4 ? 32 : 128}` }
  }
  const space = text.startsWith('ns:') ? text.slice(3) : undefined
  // A label's key may have a slash of its own: the first one ends the namespace.
  const slash = text.indexOf('/')
  if (space === undefined && slash < 0) return `"${text}" is nobody to make an exception for`
  const namespace = space ?? text.slice(0, slash)
  if (space === undefined && parseCidr(namespace, { orAddress: true })) return `"${text}" is no CIDR`
  if (!namespaceName.test(namespace)) return `"${namespace}" is not the name of a namespace`
  if (space !== undefined) return { kind: 'pods', namespace, labels: {} }
  const parts = text.slice(slash + 1).split(',')
  const labels = new Map<string, string>()
  for (const part of parts) {
    const [, key, value = ''] = label.exec(part) ?? []
    if (key === undefined) return `"${part}" is no label with its value`
    if (labels.has(key)) return `the label "${key}" is there twice`
    labels.set(key, value)
  }
  return { kind: 'pods', namespace, labels: Object.fromEntries(labels) }
}

/** As the user could have written it: parsePeer reads the same of it. */
export function peerText(peer: Peer): string {
  const traffic = trafficText(peer)
  if (peer.kind === 'dns') return `dns${traffic}`
  if (peer.kind === 'cidr')
    return `${traffic !== '' && peer.cidr.includes(':') ? `[${peer.cidr}]` : peer.cidr}${traffic}`
  const labels = Object.entries(peer.labels).map(([key, value]) => `${key}=${value}`)
  return `${labels.length === 0 ? `ns:${peer.namespace}` : `${peer.namespace}/${labels.join(',')}`}${traffic}`
}

/** `:443/TCP`, `:443`, `:TCP`; nothing where all is meant. */
export function trafficText({ port, protocol }: PeerPort): string {
  const parts = [...(port === undefined ? [] : [String(port)]), ...(protocol ? [protocol] : [])]
  return parts.length === 0 ? '' : `:${parts.join('/')}`
}
