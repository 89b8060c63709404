import { type Match, not, some } from './match.ts'
import type { Party } from './party.ts'

export type Protocol = 'TCP' | 'UDP' | 'SCTP'
export const protocols: readonly Protocol[] = ['TCP', 'UDP', 'SCTP']
export const lastPort = 65535

/** The protocol that is spelt so, in capitals as Kubernetes has it. */
export function protocolNamed(text: string): Protocol | undefined {
  return protocols.find((name) => name === text)
}

/** Port numbers, both ends included, or the name of a port of the destination's containers. */
export type PortSpec = { from: number; to: number } | { name: string }

export type TrafficMatch = {
  /** Absent: any protocol. `other` is one that has no question here, such as ICMP. */
  protocol?: Protocol | 'other'
  notProtocol?: Protocol | 'other'
  /** Absent: any port. */
  ports?: readonly PortSpec[]
  notPorts?: readonly PortSpec[]
}

/** Whether traffic to this destination is meant. Names are looked up at the destination, in both directions. */
export function matchTraffic(match: TrafficMatch, protocol: Protocol, port: number, destination: Party): Match {
  if (match.protocol !== undefined && match.protocol !== protocol) return false
  if (match.notProtocol === protocol) return false
  const hits = (spec: PortSpec) => matchPort(spec, protocol, port, destination)
  const wanted = match.ports === undefined ? true : some(match.ports, hits)
  if (wanted === false || match.notPorts === undefined) return wanted
  const spared = not(some(match.notPorts, hits))
  return spared === true ? wanted : spared
}

/** The port numbers at which an answer can change, as starts of stretches. */
export function portStarts(match: TrafficMatch, protocol: Protocol, destination: Party): number[] {
  if (match.protocol !== undefined && match.protocol !== protocol) return []
  return [...(match.ports ?? []), ...(match.notPorts ?? [])].flatMap((spec) =>
    'name' in spec
      ? namedPorts(destination, spec.name, protocol).flatMap((port) => [port, port + 1])
      : [spec.from, spec.to + 1],
  )
}

/** The numbers that a port name stands for at a pod: several containers may use the same name. */
export function namedPorts(party: Party, name: string, protocol: Protocol): number[] {
  return party.ports.filter((port) => port.name === name && port.protocol === protocol).map(({ port }) => port)
}

function matchPort(spec: PortSpec, protocol: Protocol, port: number, destination: Party): Match {
  if (!('name' in spec)) return spec.from <= port && port <= spec.to
  if (!namedPorts(destination, spec.name, protocol).includes(port)) return false
  if (destination.kind === 'pod') return true
  return 'whether port names of host-network pods count differs between CNIs'
}
