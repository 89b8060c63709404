import type { Escape, PodState } from '../../snapshot/cluster-state.ts'
import type { Ability, AttackGraph, AttackRule, AttackRuleId, AttackWorld } from '../model.ts'
import { confinementOf, joined } from './confinement.ts'
import { factsOf } from './facts.ts'
import { broadest, type Way, wayOf, writing } from './held-parts.ts'
import { hasEverything } from './parts.ts'
import { podsNamed } from './workload-exec.ts'

type Change = { rule: AttackRuleId; confined: Ability; free: Ability; takesNode: boolean }
const update: Change = { rule: 'pod-update', confined: 'update-pods', free: 'update-pods-unconfined', takesNode: false }
const debug: Change = { rule: 'ephemeral', confined: 'debug-pods', free: 'debug-pods-unconfined', takesNode: true }

const pods = writing('', 'pods')
const ephemeralContainers = writing('', 'pods', { subresource: 'ephemeralcontainers' })

export const podUpdate = changing(update, 'Puts an image of its own into a running pod', pods)
export const ephemeral = changing(debug, 'Adds a container of its own to a running pod', ephemeralContainers)

/**
 * Changes of pods that run. Pod Security judges the pod as a whole again, as soon as an image changes or a container is added: so one that
 * it would not let in today stays as it is; and an ephemeral container may be privileged where nothing is enforced. Seen on a real server.
 */
function changing(change: Change, title: string, on: ReturnType<typeof writing>): AttackRule {
  return {
    id: change.rule,
    title,
    role: (held, graph, world) => {
      if (held.scope === '*' && hasEverything(held)) return
      for (const part of broadest(held, on.update, on.patch)) {
        const way = wayOf(held, change.rule, part)
        if (part.name === undefined) {
          const to = { kind: 'ability', ability: change.confined, scope: held.scope } as const
          graph.add({ ...wayOf(held, 'part', part), to: graph.node(to) })
          continue
        }
        for (const pod of podsNamed(factsOf(world).running.named, held.scope, part)) {
          const { isConfined, fact, unsure } = confinementOf(world, pod.namespace)
          if (isStatic(pod) || (isConfined === true && isRefused(pod, world))) continue
          graph.add({ ...way, to: graph.node({ kind: 'pod', namespace: pod.namespace, name: pod.name }) })
          if (!change.takesNode || isConfined === true || pod.node === undefined) continue
          graph.add({ ...way, to: graph.node({ kind: 'node', name: pod.node }), state: [fact], ...joined(unsure) })
        }
      }
    },
    state: (graph, world) => {
      for (const [namespace, inside] of factsOf(world).running.in) addNamespace(graph, world, change, namespace, inside)
    },
  }
}

/**
 * What a change of any pod of a namespace gives. Where Pod Security enforces something, more is had with the namespace's labels; where that is not
 * known, either may be.
 */
function addNamespace(
  graph: AttackGraph,
  world: AttackWorld,
  change: Change,
  namespace: string,
  all: PodState[],
): void {
  const changeable = all.filter((pod) => !isStatic(pod))
  const ability = (ability: Ability) => graph.node({ kind: 'ability', ability, scope: namespace })
  const confined = ability(change.confined)
  const free = ability(change.free)
  const { isConfined, fact, unsure } = confinementOf(world, namespace)
  const { rule } = change
  const whatever: Way[] = []
  if (isConfined !== true) whatever.push({ rule, from: [confined], state: [fact], ...joined(unsure) })
  if (isConfined !== false) {
    graph.add({ rule: 'ns-label', from: [confined, ability('label-namespace')], to: free, state: [fact] })
    whatever.push({ rule, from: [free] })
  }
  for (const pod of changeable) {
    const ways = isRefused(pod, world) ? whatever : [{ rule, from: [confined] }]
    for (const way of ways) graph.add({ ...way, to: graph.node({ kind: 'pod', namespace, name: pod.name }) })
  }
  if (!change.takesNode) return
  const nodes = new Set(changeable.flatMap(({ node }) => node ?? []))
  for (const name of nodes) for (const way of whatever) graph.add({ ...way, to: graph.node({ kind: 'node', name }) })
}

/** Of a static pod the API server has but a mirror: its kubelet takes no change, and the API server no ephemeral container. */
function isStatic({ mirror }: PodState): boolean {
  return mirror === true
}

const refused: ReadonlySet<Escape['kind']> = new Set<Escape['kind']>([
  'privileged',
  'host-pid',
  'host-network',
  'host-ipc',
  'capability',
])

/** Whether `baseline` forbids what the pod is (k8s.io/pod-security-admission/policy). It does not see that a claim is a path of the node. */
function isRefused({ namespace, escapes }: PodState, { state }: AttackWorld): boolean {
  if (escapes.some(({ kind }) => refused.has(kind))) return true
  if (!escapes.some(({ kind }) => kind === 'host-path' || kind === 'runtime-socket')) return false
  return !state.persistentVolumes.some(
    ({ hostPath, claim }) => hostPath !== undefined && claim?.namespace === namespace,
  )
}
