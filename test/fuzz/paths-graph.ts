import { buildGraph } from '../../src/attack/build.ts'
import type { AttackGraph, AttackNode, AttackWorld, RuleId, Step } from '../../src/attack/model.ts'
import { backward } from '../../src/attack/search-backward.ts'
import { type Way } from '../../src/attack/search-forward.ts'
import { searchGraphOf } from '../../src/attack/search-graph.ts'
import { allWays } from '../../src/attack/ways.ts'
import { subjectKey } from '../../src/rbac/identity.ts'
import { subjectsOf } from '../../src/rbac/rbac-index.ts'
import type { Subject } from '../../src/snapshot/objects.ts'
import { closure } from '../unit/attack/closure.ts'
import { proof } from './paths-prepare.ts'
import { accounts, groups, missingAccounts, places, secrets, users } from './paths-words.ts'

const account = ({ namespace, name }: { namespace: string; name: string }): AttackNode => {
  return { kind: 'subject', subject: { kind: 'ServiceAccount', namespace, name } }
}

/** What attacks may come to hold, by the words of the walker. */
export const claims: ReadonlyMap<string, AttackNode> = new Map<string, AttackNode>([
  ['admin', { kind: 'admin' }],
  ...places.map((namespace) => [`ns:${namespace}`, { kind: 'namespace-admin', namespace }] as const),
  ...[...accounts, ...missingAccounts].map((each) => [`sa:${each.namespace}/${each.name}`, account(each)] as const),
  ...users.map((name) => [`user:${name}`, { kind: 'subject', subject: { kind: 'User', name } }] as const),
  ...groups.map((name) => [`group:${name}`, { kind: 'subject', subject: { kind: 'Group', name } }] as const),
  ...[...secrets, proof].map(({ namespace, name }) => {
    return [`secret:${namespace}/${name}`, { kind: 'secret', namespace, name }] as const
  }),
  ['node-credential', { kind: 'ability', ability: 'node-credential', scope: '*' }],
])

export type Said = {
  graph: AttackGraph
  /** What of the claims there is in this world to be had. */
  claimed: Set<string>
  /** What the graph says is reached, by RBAC alone and surely. */
  reached: Set<string>
  /** The same by whatever way. */
  perhaps: Set<string>
  ways(claim: string, count: number): { claim: string; way: Way }[]
}

// Without a kubelet nothing runs in pods.
const offNode = /^(pod-|exec|attach|ephemeral|nodes-proxy|controller-write|ds-|pv-|pid-|node-|webhook|operator|cloud)/
const pods = /pods|volumes|controllers|hold-node|neighbour/

/** What the graph of a world says of one source. */
export function saidOf(world: AttackWorld): (source: Subject) => Said {
  const graph = buildGraph(world)
  const known = knownAccounts(world)
  // Who acts as an account that neither is there nor is named by anything is nobody more: nor does `--to` take it.
  const isNobody = (node: AttackNode) =>
    node.kind === 'subject' && node.subject.kind === 'ServiceAccount' && !known.has(subjectKey(node.subject))
  const there = [...claims].filter(([, node]) => !isNobody(node))
  const goals = new Map(there.map(([claim, node]) => [claim, idsOf(graph, node)]))
  const needsKubelet = (step: Step) => step.from.some((id) => ofPods(graph.nodes[id])) || ofPods(graph.nodes[step.to])
  const ids = [...graph.steps.keys()]
  const blocked = new Set(ids.filter((id) => isOut(graph.steps[id])))
  function isOut(step: Step | undefined): boolean {
    if (!step || step.unsure !== undefined || step.waits !== undefined) return true
    return offNode.test(step.rule) || needsKubelet(step)
  }
  return (source) => {
    const start = graph.node({ kind: 'subject', subject: source })
    const searched = searchGraphOf(graph)
    const sure = closure({ ...graph, steps: graph.steps.filter((_, id) => !blocked.has(id)) }, [start]).nodes
    const any = closure(graph, [start]).nodes
    const within = (nodes: Set<number>) =>
      new Set([...goals].filter(([, ids]) => ids.some((id) => nodes.has(id))).map(([claim]) => claim))
    return {
      graph,
      claimed: new Set(goals.keys()),
      reached: within(sure),
      perhaps: within(any),
      ways: (claim, count) => {
        const targets = new Set(goals.get(claim))
        const least = backward(searched, targets, 'any', { blocked }).costs
        const keyOf = ({ steps }: Way) => steps.join()
        const { ways } = allWays(searched, [start], targets, { blocked, least, count, keyOf })
        return ways.map((way) => ({ claim, way }))
      },
    }
  }
}

// To act as somebody by impersonation is enough.
function idsOf(graph: AttackGraph, node: AttackNode): number[] {
  const own = graph.node(node)
  return node.kind === 'subject' ? [own, graph.node({ ...node, borrowed: true })] : [own]
}

function knownAccounts({ snapshot, state }: AttackWorld): Set<string> {
  const bindings = [...snapshot.clusterRoleBindings, ...snapshot.roleBindings]
  const named = bindings.flatMap((binding) => subjectsOf(binding).map(({ subject }) => subject))
  const there = state.accounts.map(({ namespace, name }): Subject => ({ kind: 'ServiceAccount', namespace, name }))
  return new Set([...named, ...there].map(subjectKey))
}

function ofPods(node: AttackNode | undefined): boolean {
  if (node?.kind === 'ability') return pods.test(node.ability)
  return node?.kind === 'pod' || node?.kind === 'any-pod' || node?.kind === 'node' || node?.kind === 'any-node'
}

const structure: ReadonlySet<RuleId> = new Set<RuleId>(['holds', 'bound', 'member', 'each', 'part'])

/** The attack rules on a way. */
export function rulesOf({ steps }: AttackGraph, way: Way): RuleId[] {
  return way.steps.flatMap((id) => {
    const rule = steps[id]?.rule
    return rule === undefined || structure.has(rule) ? [] : [rule]
  })
}
