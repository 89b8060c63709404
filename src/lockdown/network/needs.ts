import { listAt, metaOf, type Raw, recordAt } from '../../isolation/raw.ts'
import type { LockdownOptions, LockdownScene, Need } from '../model.ts'
import { controlPlaneOf } from './control-plane.ts'
import { dnsOf } from './dns.ts'
import { distinct, endKey, type Found, isPod, nothing, type Ports, together } from './ends.ts'
import { gatewaysOf } from './gateways.ts'
import { type Ground, groundOf, objectText, refOf } from './ground.ts'
import { incomingOf } from './incoming.ts'
import { ingressesOf } from './ingresses.ts'
import { monitorsOf } from './monitors.ts'
import { publishedOf } from './published.ts'
import { targetsOf } from './services.ts'
import { peersOf } from './stateful.ts'
import { usesOf } from './uses.ts'
import { spoken } from './words.ts'
import { type Workload, workloadText } from './workloads.ts'

/** The connections of a namespace that objects of the cluster declare; pure. What may declare some and could not be read is a gap. */
export function needs(scene: LockdownScene, options: Pick<LockdownOptions, 'level'>): Found {
  return needsOn(groundOf(scene), options)
}

export function needsOn(ground: Ground, { level }: Pick<LockdownOptions, 'level'>): Found {
  const found = together([
    dnsOf(ground),
    usesOf(ground),
    incomingOf(ground),
    peersOf(ground),
    ingressesOf(ground),
    gatewaysOf(ground),
    publishedOf(ground),
    controlPlaneOf(ground),
    monitorsOf(ground),
    { ...nothing, notes: beyondPolicies(ground) },
  ])
  const unused = level === 'baseline' ? [] : withoutClients(ground, found.needs)
  return { ...found, needs: spoken(ground.namespace, [...found.needs, ...unused]) }
}

/** Services that nobody is seen to name. They are there for somebody, who will be cut off. */
function withoutClients(ground: Ground, found: readonly Need[]): Need[] {
  const { namespace, workloads } = ground
  const served = new Map(
    workloads.map((workload) => [workload, found.filter((need) => isClients(need, namespace, workload))] as const),
  )
  const own = ground.declaring('/Service').filter((raw) => metaOf(raw).namespace === namespace)
  return own.flatMap((service) =>
    targetsOf(ground, service).flatMap(({ end, ports }): Need[] => {
      const behind = workloads.filter(({ labels }) => end.kind === 'pods' && isPod(end, namespace, labels))
      const isUsed = (some: Ports) =>
        behind.some((workload) => served.get(workload)?.some((need) => meet(need.ports, some)))
      // A client of one port says nothing about the others.
      const unused = ports.filter((port) => !isUsed([port]))
      if (behind.length === 0 || (ports.length === 0 ? isUsed(ports) : unused.length === 0)) return []
      const shown = objectText(service)
      const from = { kind: 'unnamed', name: `clients of ${shown}, which nothing that was read names` } as const
      return [{ from, to: end, ports: unused, by: [{ how: 'declared', what: shown, ref: refOf(service) }] }]
    }),
  )
}

function isClients({ from, to }: Need, namespace: string, { labels }: Workload): boolean {
  return from.kind !== 'unnamed' && isPod(to, namespace, labels) && endKey(from) !== endKey(to)
}

function meet(some: Ports, others: Ports): boolean {
  if (some.length === 0 || others.length === 0) return true
  return some.some((one) => others.some((other) => one.protocol === other.protocol && one.port === other.port))
}

/** What stays open, or was never in the hands of a policy. */
function beyondPolicies({ workloads }: Ground): string[] {
  const onHost = workloads.filter(({ hostNetwork }) => hostNetwork)
  const isProbed = workloads.some(({ spec }) => listAt(spec, 'containers').some(hasProbe))
  return distinct([
    ...onHost.map(
      (workload) =>
        `${workloadText(workload)} is on the host network, which no NetworkPolicy reaches: it stays as it is`,
    ),
    ...(isProbed ? ['probes of the kubelet come from the own node of a pod: no NetworkPolicy stops them'] : []),
  ])
}

function hasProbe(container: Raw): boolean {
  return ['livenessProbe', 'readinessProbe', 'startupProbe'].some(
    (kind) => Object.keys(recordAt(container, kind)).length > 0,
  )
}
