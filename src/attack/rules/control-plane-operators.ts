import type { PodState } from '../../snapshot/cluster-state.ts'
import type { AttackGraph, AttackRule, AttackWorld, HeldRole } from '../model.ts'
import { isRunning } from './facts.ts'
import { broadestOf, type Way, wayOf, type Writing, writing } from './held-parts.ts'
import { type Operator, operators } from './operators.ts'
import { creatable, hasEverything, partsOf } from './parts.ts'
import { addPodCreation } from './pod-creation.ts'

const known = operators.flatMap((operator) =>
  operator.resources.map((resource) => {
    return { operator, on: writing(operator.group, resource, { namespaced: operator.namespaced }) }
  }),
)

/**
 * What a controller does with its own rights for whoever writes its objects. A cloud's accounts (IRSA, Workload Identity: an annotation of a
 * service account) are left out: they lead out of the cluster, and no target of ours is there.
 */
export const operatorDeputy: AttackRule = {
  id: 'operator-deputy',
  title: 'Has a controller act for it, by an object that the controller carries out',
  role: (held, graph, world) => {
    if (world.state.groups.size === 0 || hasEverything(held)) return
    for (const { operator, on } of known) {
      const pod = world.state.groups.has(operator.group) ? podOf(operator, world) : undefined
      if (pod) addDeputy(held, graph, world, operator, on, pod)
    }
  },
}

function addDeputy(
  held: HeldRole,
  graph: AttackGraph,
  world: AttackWorld,
  operator: Operator,
  on: Writing,
  pod: PodState,
): void {
  if (operator.ownNamespace && held.scope !== '*' && held.scope !== pod.namespace) return
  const [part] = broadestOf([...creatable(held, on.create), ...partsOf(held, on.update, on.patch)])
  if (!part) return
  const [key, value] = operator.pod
  const { namespace, name } = pod
  const fact = { kind: 'Pod', namespace, name, field: 'metadata.labels', says: `has ${key}: ${value}` }
  const way: Way = { ...wayOf(held, 'operator-deputy', part), state: [fact], unsure: operator.unless }
  if (operator.gives === 'pods') return addPodCreation(graph, world, held.scope, way)
  const subject = { kind: 'ServiceAccount', namespace, name: pod.serviceAccount } as const
  graph.add({ ...way, to: graph.node({ kind: 'subject', subject }) })
}

const found = new WeakMap<AttackWorld, Map<Operator, PodState | undefined>>()

/** A pod of the controller that runs; where none is seen, nobody would carry anything out. */
function podOf(operator: Operator, world: AttackWorld): PodState | undefined {
  const memo = found.get(world) ?? new Map<Operator, PodState | undefined>()
  found.set(world, memo)
  if (!memo.has(operator)) {
    const [key, value] = operator.pod
    memo.set(
      operator,
      world.state.pods.find((pod) => pod.labels[key] === value && isRunning(pod)),
    )
  }
  return memo.get(operator)
}
