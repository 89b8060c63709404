import { ruleOrigin, refTo } from '../rbac/grants.ts'
import { subjectKey } from '../rbac/identity.ts'
import { type BoundRole, subjectsOf } from '../rbac/rbac-index.ts'
import type { Grant } from '../rbac/report.ts'
import type { Subject } from '../snapshot/objects.ts'
import type { AttackGraph, AttackRuleId, AttackWorld, Step } from './model.ts'
import { nodeText } from './nodes.ts'
import type { Holding, Hop } from './report.ts'
import { attackRules } from './rules/index.ts'
import type { Way } from './search-forward.ts'
import { isStructure } from './search-graph.ts'
import { groupsOf } from './structure.ts'
import { type Before, traceBack } from './trace.ts'

/**
 * A way to a goal as answers show it: a hop for each attack rule, with the structure around it folded in. What a hop leads to is said as it is
 * used: of "any service account" the one that is next; the whole where several are. So each hop starts from what the way starts from or an earlier hop gave.
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
  const after = traceBack(graph, [goal], madeBy, numbers)
  const uses = [...befores, after]
  return moves.map((step, number) => {
    const before = befores[number] ?? uses[0]
    if (!before) throw new RangeError('a way without steps has no hops')
    // The structure that leads on from the last hop has no other to be told with.
    const folded = [...before.passed, ...(number === moves.length - 1 ? after.passed : []), step]
    return {
      rule: step.rule as AttackRuleId,
      title: titleOf(step.rule),
      from: holdingOf(graph, before.origin),
      to: holdingOf(graph, endOf(graph, step, new Set(uses.flatMap(({ led }) => [...(led.get(number) ?? [])])))),
      needs: [...before.led.keys()].sort((a, b) => a - b),
      ...(before.groups.length > 0 ? { groups: before.groups } : {}),
      grants: grantsOf(world, graph, step, before),
      state: [...new Set(folded.flatMap(({ state = [] }) => state))],
      ...said('waits', folded),
      ...said('unsure', folded),
    }
  })
}

/** What a hop leads to, of what it is used as: a part of a request beside what is won says nothing more. */
function endOf({ nodes }: AttackGraph, { to }: Step, used: ReadonlySet<number>): number {
  const won = [...used].filter((id) => nodes[id]?.kind !== 'ability')
  const [only = to] = won.length > 0 ? won : used
  return won.length > 1 || (won.length === 0 && used.size > 1) ? to : only
}

function said<Key extends 'waits' | 'unsure'>(key: Key, steps: readonly Step[]): { [key in Key]?: string } {
  const texts = new Set(steps.flatMap((step) => step[key] ?? []))
  return texts.size === 0 ? {} : ({ [key]: [...texts].join('; ') } as { [key in Key]: string })
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
