import type { ClusterState, NamespaceState, PodState, WorkloadState } from '../../snapshot/cluster-state.ts'
import type { AttackWorld } from '../model.ts'

/** The state arranged for look-ups: once a world, linear in it. */
export type Facts = {
  /** The server's minor version. */
  minor: number | undefined
  /** Every namespace that is known of by any object, those that are being deleted not among them. */
  namespaces: string[]
  namespace: Map<string, NamespaceState>
  /** Pods that run code, by namespace, by name, and by node. */
  running: { in: Map<string, PodState[]>; named: Map<string, PodState[]>; on: Map<string, PodState[]> }
  /** Controllers by kind, then by namespace; those of pods that are there among them. */
  controllers: Map<string, Map<string, Set<string>>>
  /** Why what there is of a resource is not known, in a namespace; undefined where it is. */
  unread(resource: string, namespace?: string): string | undefined
}

const known = new WeakMap<AttackWorld, Facts>()

export function factsOf(world: AttackWorld): Facts {
  let facts = known.get(world)
  if (!facts) known.set(world, (facts = arrange(world)))
  return facts
}

/** In a pod that is still to start, or that is done, no code runs; manifests do not say, so theirs do. */
export function isRunning({ phase }: PodState): boolean {
  return phase === undefined || phase === 'Running'
}

function arrange(world: AttackWorld): Facts {
  const { state } = world
  const running = state.pods.filter(isRunning)
  const namespace = new Map(state.namespaces.map((each) => [each.name, each]))
  return {
    minor: minorOf(state.version),
    namespaces: namespacesOf(world).filter((name) => !namespace.get(name)?.terminating),
    namespace,
    running: {
      in: grouped(running, (pod) => pod.namespace),
      named: grouped(running, (pod) => pod.name),
      on: grouped(running, (pod) => pod.node),
    },
    controllers: controllersOf(state.workloads, state.pods),
    unread: unreadIn(world),
  }
}

function minorOf(version: string | undefined): number | undefined {
  const [, minor] = /^1\.(\d+)/.exec(version ?? '') ?? []
  return minor === undefined ? undefined : Number(minor)
}

function namespacesOf({ snapshot, index, state }: AttackWorld): string[] {
  const names = new Set(state.namespaces.map(({ name }) => name))
  for (const { name } of snapshot.namespaces) names.add(name)
  for (const name of index.byNamespace.keys()) names.add(name)
  for (const { namespace } of state.pods) names.add(namespace)
  for (const { namespace } of state.accounts) names.add(namespace)
  return [...names]
}

function controllersOf(workloads: WorkloadState[], pods: PodState[]): Facts['controllers'] {
  const found: Facts['controllers'] = new Map()
  const add = (kind: string, namespace: string, name: string) => {
    const inside = found.get(kind) ?? new Map<string, Set<string>>()
    found.set(kind, inside.set(namespace, (inside.get(namespace) ?? new Set<string>()).add(name)))
  }
  for (const { kind, namespace, name } of workloads) add(kind, namespace, name)
  for (const { controller, namespace } of pods) if (controller) add(controller.kind, namespace, controller.name)
  return found
}

function unreadIn({ snapshot, state }: AttackWorld): Facts['unread'] {
  const gaps = new Map<string, ClusterState['gaps'][number]>()
  for (const gap of state.gaps) if (gap.resource !== undefined) gaps.set(`${gap.resource}/${gap.namespace ?? ''}`, gap)
  return (resource, namespace) => {
    const gap = gaps.get(`${resource}/`) ?? gaps.get(`${resource}/${namespace ?? ''}`)
    if (gap) return `${resource} could not be read`
    return snapshot.source.kind === 'files' ? `the files need not have all ${resource}` : undefined
  }
}

function grouped(pods: PodState[], keyOf: (pod: PodState) => string | undefined): Map<string, PodState[]> {
  const found = new Map<string, PodState[]>()
  for (const pod of pods) {
    const key = keyOf(pod)
    if (key === undefined) continue
    const list = found.get(key)
    if (list) list.push(pod)
    else found.set(key, [pod])
  }
  return found
}
