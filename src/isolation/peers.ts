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
 * an optional :PORT, :PORT/PROTOCOL or :PROTOCOL (an IPv6 address then in brackets). Throws SecureError('usage').
 */
export function parsePeer(typed: string): Peer {
  const text = unescapeFromTerminal(typed)
  const whole = peerOf(text)
  if (whole) return whole
  const found = /^(.*):(\d{1,5}(?:\/[a-z]+)?|[a-z]+)$/is.exec(text)
  const peer = found?.[1] === undefined ? undefined : peerOf(found[1])
  if (peer && found?.[2] !== undefined) return { ...peer, ...parsePort(found[2]) }
  throw new SecureError('usage', `"${typed}" is nobody to make an exception for`, {
    hint: 'write NAMESPACE/LABEL=VALUE, ns:NAMESPACE, an address or CIDR, or dns; then :PORT/PROTOCOL, as in monitoring/app=prometheus:9090/tcp',
  })
}

function peerOf(text: string): Peer | undefined {
  if (text === 'dns') return { kind: 'dns' }
  const bare = /^\[(.*)\]$/.exec(text)?.[1] ?? text
  const range = parseCidr(bare, { orAddress: true })
  if (range) {
    const cidr = formatRange(range)
    return { kind: 'cidr', cidr: cidr.includes('/') ? cidr : `${cidr}/${range.family === 4 ? 32 : 128}` }
  }
  const space = /^ns:([^/:]+)$/.exec(text)?.[1]
  if (space !== undefined) return { kind: 'pods', namespace: space, labels: {} }
  // A label's key may have a slash of its own: the first one ends the namespace.
  const slash = text.indexOf('/')
  const namespace = text.slice(0, Math.max(slash, 0))
  const labels = text
    .slice(slash + 1)
    .split(',')
    .map((part) => /^([\w./-]+)={1,2}([\w.-]*)$/.exec(part))
  if (!/^[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/.test(namespace)) return undefined
  if (!labels.every((label) => label !== null)) return undefined
  return { kind: 'pods', namespace, labels: Object.fromEntries(labels.map(([, key = '', value = '']) => [key, value])) }
}

/** As the user wrote it, more or less. */
export function peerText(peer: Peer): string {
  const { port, protocol } = peer
  const traffic = [...(port === undefined ? [] : [String(port)]), ...(protocol ? [protocol] : [])].join('/')
  const labels = peer.kind === 'pods' ? Object.entries(peer.labels).map(([key, value]) => `${key}=${value}`) : []
  const who =
    peer.kind === 'dns'
      ? 'dns'
      : peer.kind === 'cidr'
        ? peer.cidr
        : labels.length === 0
          ? `ns:${peer.namespace}`
          : `${peer.namespace}/${labels.join(',')}`
  return traffic === '' ? who : `${who}:${traffic}`
}
