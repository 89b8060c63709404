import { ruleOrigin, refTo } from '../rbac/grants.ts'
import { subjectKey } from '../rbac/identity.ts'
import { type BoundRole, subjectsOf } from '../rbac/rbac-index.ts'
import type { Grant } from '../rbac/report.ts'
import type { Subject } from '../snapshot/objects.ts'
import type { AttackGraph, AttackRuleId, AttackWorld, Right, Step } from './model.ts'
import { nodeText } from './nodes.ts'
import type { Holding, Hop } from './report.ts'
import { attackRules } from './rules/index.ts'
import type { Way } from './search-forward.ts'
import { isStructure } from './search-graph.ts'
import { groupsOf } from './structure.ts'

/**
 * A way to a goal as answers show it: a hop for each attack rule, with the structure around it folded in. What a hop leads to is said as it is
 * used: of "any service account" the one that is next.
 */
export function hopsOf(
  world: AttackWorld,
  graph: AttackGraph,
  { goal, steps: ids }: Pick<Way, 'goal' | 'steps'>,
): Hop[] {
  const steps = ids.flatMap((id) => graph.steps[id] ?? [])
  const madeBy = new Map(steps.map((step) => [step.to, step]))
  const moves = steps.filter((step) => !isStructure(step))
  const numbers = new Map(moves.map((step, number) => [step, number]))
  const befores = moves.map((step) => traceBack(graph, step.from, madeBy, numbers))
  const uses = [...befores, traceBack(graph, [goal], madeBy, numbers)]
  return moves.map((step, number) => {
    const before = befores[number] ?? uses[0]
    if (!before) throw new RangeError('a way without steps has no hops')
    const { waits, unsure, state = [] } = step
    const used = new Set(uses.flatMap(({ led }) => led.get(number) ?? []))
    const [only] = used
    return {
      rule: step.rule as AttackRuleId,
      title: titleOf(step.rule),
      from: holdingOf(graph, before.origin),
      to: holdingOf(graph, only === undefined || used.size > 1 ? step.to : only),
      needs: [...before.led.keys()].sort((a, b) => a - b),
      ...(before.groups.length > 0 ? { groups: before.groups } : {}),
      grants: grantsOf(world, graph, step, before),
      state,
      ...(waits === undefined ? {} : { waits }),
      ...(unsure === undefined ? {} : { unsure }),
    }
  })
}

/** What lies between a hop and those before it. */
type Before = {
  /** The node that the hop starts from, as a reader would say. */
  origin: number
  /** The hops that it needs, each with what of it is used. */
  led: Map<number, number>
  groups: string[]
  held: { bound: BoundRole; by: Subject | undefined }[]
  rights: Right[]
}

function traceBack(
  graph: AttackGraph,
  premises: number[],
  madeBy: Map<number, Step>,
  numbers: Map<Step, number>,
): Before {
  const before: Before = { origin: -1, led: new Map(), groups: [], held: [], rights: [] }
  const origins: number[] = []
  const seen = new Set<number>()
  // Behind an origin only the hops matter that it comes from.
  const open = premises.map((node) => ({ node, behind: -1 })).reverse()
  for (let next = open.pop(); next; next = open.pop()) {
    const { node, behind } = next
    if (seen.has(node)) continue
    seen.add(node)
    const step = madeBy.get(node)
    const number = step && numbers.get(step)
    const isOrigin = !step || number !== undefined || !isBetween(graph, step)
    if (isOrigin && behind < 0) origins.push(node)
    if (number !== undefined) before.led.set(number, behind < 0 ? node : behind)
    if (!step || number !== undefined) continue
    if (!isOrigin && behind < 0) note(before, graph, step)
    const origin = behind < 0 && isOrigin ? node : behind
    open.push(...step.from.map((from) => ({ node: from, behind: origin })).reverse())
  }
  before.origin = origins.find((node) => graph.nodes[node]?.kind !== 'ability') ?? origins[0] ?? premises[0] ?? -1
  return before
}

/** Whether a step of structure leads to something that is no more than a part of what is held before. */
function isBetween({ nodes }: AttackGraph, { rule, to }: Step): boolean {
  const kind = nodes[to]?.kind
  return rule === 'member' || kind === 'binding' || kind === 'role' || kind === 'ability'
}

function note(before: Before, { nodes }: AttackGraph, { to, from, rule, rights = [] }: Step): void {
  const node = nodes[to]
  before.rights.push(...rights)
  if (node?.kind === 'binding') {
    const holder = nodes[from[0] ?? -1]
    before.held.push({ bound: node.bound, by: holder?.kind === 'subject' ? holder.subject : undefined })
  }
  if (rule === 'member' && node?.kind === 'subject') before.groups.push(node.subject.name)
}

function grantsOf({ snapshot }: AttackWorld, graph: AttackGraph, step: Step, before: Before): Grant[] {
  const rights = [...before.rights, ...(step.rights ?? [])]
  const origin = graph.nodes[before.origin]
  const holders = origin?.kind === 'subject' ? [origin.subject, ...groupsOf(origin.subject).map(groupCalled)] : []
  const grants = rights.flatMap(({ role, ruleIndex, bound }): Grant[] => {
    const held = bound ? { bound, by: undefined } : before.held.find((each) => each.bound.role === role)
    // A role that was taken on the way is held by no binding that is there already.
    return held ? [grantOf(held.bound, held.by ? [held.by] : holders, ruleOrigin(snapshot, role, ruleIndex))] : []
  })
  const isNamed = ({ bound }: Before['held'][number]) => rights.some(({ role }) => role === bound.role)
  return [
    ...grants,
    ...before.held.filter((held) => !isNamed(held)).map(({ bound, by }) => grantOf(bound, by ? [by] : [], {})),
  ]
}

function grantOf({ binding }: BoundRole, holders: readonly Subject[], origin: Partial<Grant>): Grant {
  const { kind, name } = binding.roleRef
  const keys = new Set(holders.map(subjectKey))
  const match = subjectsOf(binding).find(({ subject }) => keys.has(subjectKey(subject)))
  const subjectMatch = match?.written ?? holders[0] ?? { kind: 'User', name: '' }
  return { binding: refTo(binding), roleRef: { kind, name }, ...origin, subjectMatch }
}

function groupCalled(name: string): Subject {
  return { kind: 'Group', name }
}

export function holdingOf({ nodes }: AttackGraph, id: number): Holding {
  const node = nodes[id]
  if (!node || node.kind === 'binding') throw new RangeError(`node ${id} is nothing that is shown`)
  return { kind: node.kind, text: nodeText(node) }
}

const titles = new Map<string, string>(attackRules.map(({ id, title }) => [id, title]))

/** What a rule does, for people. */
export function titleOf(rule: Step['rule']): string {
  return titles.get(rule) ?? (rule === 'admin-all' ? 'Has what the wider right has' : rule)
}
