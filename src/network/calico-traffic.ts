import { ShapeError } from '../snapshot/decode.ts'
import { listOf, optionalRecord, portNumber, type Raw } from './decode-parts.ts'
import { type PortSpec, type Protocol, protocolNamed, type TrafficMatch } from './traffic.ts'

const byNumber: Record<number, Protocol> = { 6: 'TCP', 17: 'UDP', 132: 'SCTP' }

/** Protocol and ports of a Calico rule, and why a match is not sure. Source: api v3 Rule, felix/rules/policy.go. */
export function calicoTraffic(raw: Raw, field: string): { traffic?: TrafficMatch; doubt?: string } {
  const protocol = protocolOf(raw['protocol'], `${field}.protocol`)
  const notProtocol = protocolOf(raw['notProtocol'], `${field}.notProtocol`)
  const icmp = optionalRecord(raw['icmp'], `${field}.icmp`)
  const notIcmp = optionalRecord(raw['notICMP'], `${field}.notICMP`)
  const source = optionalRecord(raw['source'], `${field}.source`) ?? {}
  const destination = optionalRecord(raw['destination'], `${field}.destination`) ?? {}
  const ports = portsOf(destination['ports'], `${field}.destination.ports`)
  const notPorts = portsOf(destination['notPorts'], `${field}.destination.notPorts`)
  const fromPorts = [
    ...portsOf(source['ports'], `${field}.source.ports`),
    ...portsOf(source['notPorts'], `${field}.source.notPorts`),
  ]
  const doubt = doubtOf({ protocol, ports: [...ports, ...notPorts], fromPorts, notIcmp })
  const wanted = icmp && protocol === undefined ? 'other' : protocol
  const says = wanted !== undefined || notProtocol !== undefined || ports.length > 0 || notPorts.length > 0
  return {
    ...(says
      ? {
          traffic: {
            ...(wanted === undefined ? {} : { protocol: wanted }),
            ...(notProtocol === undefined ? {} : { notProtocol }),
            ...(ports.length > 0 ? { ports } : {}),
            ...(notPorts.length > 0 ? { notPorts } : {}),
          },
        }
      : {}),
    ...(doubt === undefined ? {} : { doubt }),
  }
}

type Conditions = {
  protocol: Protocol | 'other' | undefined
  ports: PortSpec[]
  fromPorts: PortSpec[]
  notIcmp: Raw | undefined
}

function doubtOf({ protocol, ports, fromPorts, notIcmp }: Conditions): string | undefined {
  if (fromPorts.length > 0) return 'a condition on source ports may narrow the rule'
  if (notIcmp) return 'a condition on ICMP may narrow the rule'
  if (ports.length > 0 && protocol === undefined) return 'ports without a protocol are not defined'
  return undefined
}

/** A name in any case, or a number. */
function protocolOf(value: unknown, field: string): Protocol | 'other' | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value === 'number') return byNumber[value] ?? 'other'
  if (typeof value !== 'string') throw new ShapeError(field, 'a name or number', value)
  const number = Number(value)
  if (value !== '' && Number.isInteger(number)) return byNumber[number] ?? 'other'
  return protocolNamed(value.toUpperCase()) ?? 'other'
}

// 80, "80", "8080:8090" or a name, as numorstring.Port has it.
function portsOf(value: unknown, field: string): PortSpec[] {
  return listOf(value, field).map((port, index) => {
    const path = `${field}[${index}]`
    if (typeof port !== 'string') {
      const from = portNumber(port, path)
      return { from, to: from }
    }
    const [first = '', last, more] = port.split(':')
    if (!isNumber(first)) return { name: port }
    if (more !== undefined || (last !== undefined && !isNumber(last)))
      throw new ShapeError(path, 'a port or a range', port)
    const from = portNumber(Number(first), path)
    const to = last === undefined ? from : portNumber(Number(last), path)
    if (to < from) throw new ShapeError(path, 'a range that does not end before it begins', port)
    return { from, to }
  })
}

function isNumber(text: string): boolean {
  return /^\d{1,5}$/.test(text)
}
