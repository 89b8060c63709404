import { createHash } from 'node:crypto'
import { isIP } from 'node:net'
import { parseCidr } from '../network/address.ts'
import { listAt, metaOf, numberAt, type Raw, recordAt, specOf, statusOf, textAt, textsAt } from './raw.ts'

/** Why connections of a pod cannot be cut from inside its network namespace; undefined where they can. */
export function refuseSever(pod: Raw): string | undefined {
  const spec = specOf(pod)
  if (spec['hostNetwork'] === true) return "it is on the host network: cutting its connections would cut the node's"
  if (metaOf(pod).annotations['kubernetes.io/config.mirror'] !== undefined)
    return 'it is a static pod: the kubelet runs it from a file on the node, and no container can be added to it'
  const system = textAt(recordAt(spec, 'os'), 'name') || textAt(recordAt(spec, 'nodeSelector'), 'kubernetes.io/os')
  if (system === 'windows') return 'it runs on Windows, where nothing here can cut connections'
  const phase = textAt(statusOf(pod), 'phase')
  if (phase === 'Succeeded' || phase === 'Failed') return `it has ended (${phase}): it has no connections`
  if (podAddresses(pod).length === 0) return 'it has no address yet: it has no connections'
  return undefined
}

/** The pod's own addresses. */
export function podAddresses(pod: Raw): string[] {
  const status = statusOf(pod)
  return addresses([...listAt(status, 'podIPs').map((entry) => textAt(entry, 'ip')), textAt(status, 'podIP')])
}

/** The addresses of the pod's node, from which a kubelet without a bridge probes. */
export function nodeAddresses(pod: Raw): string[] {
  const status = statusOf(pod)
  return addresses([...listAt(status, 'hostIPs').map((entry) => textAt(entry, 'ip')), textAt(status, 'hostIP')])
}

function addresses(texts: string[]): string[] {
  return [...new Set(texts.filter((text) => isIP(text) !== 0 && !text.includes('%')))]
}

/** The ports that the kubelet probes over the network at the pod's own address, named ones by their number. */
export function probePorts(pod: Raw): number[] {
  const spec = specOf(pod)
  // Init containers that go on running (sidecars) are probed too.
  const ports = [...listAt(spec, 'containers'), ...listAt(spec, 'initContainers')].flatMap((container) =>
    ['livenessProbe', 'readinessProbe', 'startupProbe'].flatMap((kind) =>
      ['httpGet', 'tcpSocket', 'grpc'].flatMap((how) => portOf(container, recordAt(recordAt(container, kind), how))),
    ),
  )
  return [...new Set(ports)].sort((a, b) => a - b)
}

function portOf(container: Raw, action: Raw): number[] {
  // With a host of its own a probe does not go to the pod.
  if (textAt(action, 'host') !== '') return []
  const name = textAt(action, 'port')
  const named = listAt(container, 'ports').find((port) => name !== '' && textAt(port, 'name') === name)
  const port = named ? numberAt(named, 'containerPort') : (numberAt(action, 'port') ?? Number(name))
  return port !== undefined && Number.isInteger(port) && port >= 1 && port <= 65_535 ? [port] : []
}

/** Containers that hold NET_ADMIN in the pod's network namespace: they can take the filters away. */
export function netAdmins(pod: Raw): string[] {
  return holders(pod, ({ privileged, added }) => privileged || added('NET_ADMIN'))
}

/** Containers that may hold NET_RAW, which most container runtimes give to root unless it is dropped. */
export function rawSenders(pod: Raw): string[] {
  return holders(pod, ({ privileged, added, dropped, root }) => {
    return privileged || added('NET_RAW') || (root && !dropped('NET_RAW'))
  })
}

type Rights = {
  privileged: boolean
  root: boolean
  added(capability: string): boolean
  dropped(capability: string): boolean
}

function holders(pod: Raw, holds: (rights: Rights) => boolean): string[] {
  const spec = specOf(pod)
  const ended = new Set(
    listAt(statusOf(pod), 'ephemeralContainerStatuses')
      .filter((status) => Object.hasOwn(recordAt(status, 'state'), 'terminated'))
      .map((status) => textAt(status, 'name')),
  )
  const ephemeral = listAt(spec, 'ephemeralContainers').filter((container) => !ended.has(textAt(container, 'name')))
  const general = recordAt(spec, 'securityContext')
  return [...listAt(spec, 'containers'), ...listAt(spec, 'initContainers'), ...ephemeral]
    .filter((container) => {
      const context = recordAt(container, 'securityContext')
      const capabilities = recordAt(context, 'capabilities')
      const has = (key: string, capability: string) =>
        textsAt(capabilities, key).some((name) => [capability, 'ALL'].includes(name.toUpperCase().replace(/^CAP_/, '')))
      const user = numberAt(context, 'runAsUser') ?? numberAt(general, 'runAsUser')
      const nonRoot = (context['runAsNonRoot'] ?? general['runAsNonRoot']) === true
      return holds({
        privileged: context['privileged'] === true,
        root: user === undefined ? !nonRoot : user === 0,
        added: (capability) => has('add', capability),
        dropped: (capability) => has('drop', capability),
      })
    })
    .map((container) => textAt(container, 'name'))
}

// Of what is not whole nothing is let through.
function peerParts(text: string): string[] {
  const found = /^([^,]+)(?:,(in|out),(6|17|132|-),(\d{1,5}|-))?$/.exec(text)
  const [, address = '', direction = '-', protocol = '-', port = '-'] = found ?? []
  const isWhole = parseCidr(address, { orAddress: true }) !== undefined && !(port !== '-' && Number(port) > 65_535)
  return isWhole ? [[address, direction, protocol, port].join(',')] : []
}

/**
 * What the script of sever-script.ts is told. `peers`: addresses and CIDRs that stay reachable, each with what may be spoken with it, as
 * {@link peerText} writes it; alone both ways, whatever is spoken.
 */
export function severEnv(pod: Raw, planId: string, peers: string[]): { name: string; value: string }[] {
  const digest = createHash('sha256').update(planId).digest()
  const values = {
    KS_ADDRESSES: podAddresses(pod).join(' '),
    KS_NODE: nodeAddresses(pod).join(' '),
    KS_PORTS: probePorts(pod).join(' '),
    // The shell splits it at spaces and commas: nothing but addresses and numbers may be in it.
    KS_PEERS: [...new Set(peers.flatMap(peerParts))].join(' '),
    // The filters of two plans stand beside each other: each has its own preference and handle.
    KS_HANDLE: ((digest.readUInt32BE(0) >>> 1) | 0x40000000).toString(16),
    KS_PREF: String(16 + 4 * (digest.readUInt32BE(4) % 8_000)),
    KS_WATCH: '2',
  }
  return Object.entries(values).map(([name, value]) => ({ name, value }))
}

/** One exception for the script: who, whether it comes in or is gone out to, and the protocol (by number) and port, where it is but one. */
export function peerText(address: string, direction: 'in' | 'out', protocol?: string, port?: number): string {
  const number = protocol === undefined ? '-' : ({ TCP: 6, UDP: 17, SCTP: 132 }[protocol] ?? '-')
  return `${address},${direction},${number},${port ?? '-'}`
}
