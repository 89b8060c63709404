import { listAt, metaOf, numberAt, type Raw, recordAt, specOf, textAt, textsAt } from '../../isolation/raw.ts'
import { protocolNamed } from '../../network/traffic.ts'
import { selects } from '../../workload/label-selector.ts'
import type { End } from '../model.ts'
import { distinctPorts, labelsSelector, type Ports } from './ends.ts'
import { type Ground, isHeadless, labelsOf, serviceSelector } from './ground.ts'
import { cidrsOf, endsOf, hostEnd } from './hosts.ts'

/** Where connections to a Service end, as policies see them: behind its address, at its pods' own ports. */
export type Target = { end: End; ports: Ports }

/** Ports of the Service: a number, a name, or all. */
export type Wanted = number | string | undefined

const known = new WeakMap<Ground, Map<Raw, Map<Wanted, Target[]>>>()

/** The targets of a Service, for some of its ports; all of them where none is as wanted. An ExternalName has none. */
export function targetsOf(ground: Ground, service: Raw, wanted?: Wanted): Target[] {
  const services = known.get(ground) ?? new Map<Raw, Map<Wanted, Target[]>>()
  const targets = services.get(service) ?? new Map<Wanted, Target[]>()
  const found = targets.get(wanted) ?? findTargets(ground, service, wanted)
  known.set(ground, services.set(service, targets.set(wanted, found)))
  return found
}

function findTargets(ground: Ground, service: Raw, wanted: Wanted): Target[] {
  const spec = specOf(service)
  if (textAt(spec, 'type') === 'ExternalName') return []
  const { name, namespace } = metaOf(service)
  const all = listAt(spec, 'ports')
  const asked = all.filter((port) => wanted === undefined || isWanted(port, wanted))
  const selector = serviceSelector(service)
  if (!selector) return byHand(ground, service, wanted)
  const end = { kind: 'pods', namespace, selector: labelsSelector(selector), name: `Service ${name}` } as const
  const pods = (ground.pods.get(namespace) ?? []).filter((pod) => selects(end.selector, labelsOf(pod)))
  // Without a proxy in between, clients may use any port of the pods.
  const direct = isHeadless(service) && typeof wanted === 'number' ? [{ protocol: 'TCP' as const, port: wanted }] : []
  const portsAt = (one: End) => {
    const used = asked.length > 0 ? asked : all
    return distinctPorts([...used.flatMap((port) => portsOf(ground, service, port, pods, one)), ...direct])
  }
  const onHost = ownWorkloads(ground, namespace, end.selector).some(({ hostNetwork }) => hostNetwork)
  const ends = pods.length === 0 && onHost ? [hostEnd(ground, [], end.name)] : endsOf(ground, end, pods)
  return ends.map((one) => ({ end: one, ports: portsAt(one) }))
}

/** The number that a port's target has at all pods, or its name where they differ or none is known. */
function portsOf(ground: Ground, service: Raw, port: Raw, pods: readonly Raw[], end: End): Ports {
  const protocol = protocolNamed(textAt(port, 'protocol') || 'TCP')
  if (!protocol) return []
  const own = numberAt(port, 'port')
  const target = numberAt(port, 'targetPort') || textAt(port, 'targetPort') || own
  if (target === undefined) return []
  const seen = typeof target === 'number' ? [target] : namedAt(ground, service, target, protocol, pods)
  // Port names are of pods: an address has none.
  const numbers = seen.length === 1 || (end.kind !== 'pods' && seen.length > 0) ? seen : [target]
  const found = numbers.map((number) => ({ protocol, port: number }))
  return isHeadless(service) && own !== undefined ? [...found, { protocol, port: own }] : found
}

function namedAt(ground: Ground, service: Raw, name: string, protocol: string, pods: readonly Raw[]): number[] {
  const selector = labelsSelector(serviceSelector(service) ?? {})
  const specs = [
    ...pods.map(specOf),
    ...ownWorkloads(ground, metaOf(service).namespace, selector).map(({ spec }) => spec),
  ]
  const numbers = specs.flatMap((spec) =>
    containerPorts(spec).flatMap((port) => (port.name === name && port.protocol === protocol ? [port.port] : [])),
  )
  return [...new Set(numbers)]
}

function ownWorkloads({ namespace, workloads }: Ground, space: string, selector: ReturnType<typeof labelsSelector>) {
  return space === namespace ? workloads.filter(({ labels }) => selects(selector, labels)) : []
}

/** The ports that containers declare; sidecars are init containers. */
export function containerPorts(spec: Raw): { name: string; protocol: string; port: number; hostPort?: number }[] {
  return [...listAt(spec, 'containers'), ...listAt(spec, 'initContainers')].flatMap((container) =>
    listAt(container, 'ports').flatMap((port) => {
      const number = numberAt(port, 'containerPort')
      if (number === undefined) return []
      const hostPort = numberAt(port, 'hostPort')
      const protocol = textAt(port, 'protocol') || 'TCP'
      return [{ name: textAt(port, 'name'), protocol, port: number, ...(hostPort ? { hostPort } : {}) }]
    }),
  )
}

/** A Service without a selector: its EndpointSlices are written by hand, or by the API server for itself. */
function byHand(ground: Ground, service: Raw, wanted: Wanted): Target[] {
  const { name, namespace } = metaOf(service)
  const names = new Set(
    listAt(specOf(service), 'ports')
      .filter((port) => wanted !== undefined && isWanted(port, wanted))
      .map((port) => textAt(port, 'name')),
  )
  return ground.slices(namespace, name).flatMap((slice): Target[] => {
    const cidrs = cidrsOf(listAt(slice, 'endpoints').flatMap((endpoint) => textsAt(endpoint, 'addresses')))
    const ports = listAt(slice, 'ports')
    const asked = ports.filter((port) => names.has(textAt(port, 'name')))
    const found = (asked.length > 0 ? asked : ports).flatMap((port): Ports => {
      const protocol = protocolNamed(textAt(port, 'protocol') || 'TCP')
      const number = numberAt(port, 'port')
      return protocol && number !== undefined ? [{ protocol, port: number }] : []
    })
    if (cidrs.length === 0) return []
    return [{ end: { kind: 'block', cidrs, name: `Service ${namespace}/${name}` }, ports: distinctPorts(found) }]
  })
}

function isWanted(port: Raw, wanted: number | string): boolean {
  return typeof wanted === 'number' ? numberAt(port, 'port') === wanted : textAt(port, 'name') === wanted
}

/** A backend as Ingresses, routes, webhooks and APIServices name it, in a namespace. */
export function backendPort(backend: Raw): Wanted {
  const port = recordAt(backend, 'port')
  return numberAt(backend, 'port') ?? numberAt(port, 'number') ?? (textAt(port, 'name') || undefined)
}
