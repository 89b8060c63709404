import type { AttackGraph, AttackRuleId } from '../attack/model.ts'
import { at, isStructure, listOf, withBorrowed } from '../attack/search-graph.ts'
import { groupsOf } from '../attack/structure.ts'
import { type BoundRole, scopeOf } from '../rbac/rbac-index.ts'
import type { Subject } from '../snapshot/objects.ts'
import { attackInfo } from './catalogue.ts'
import { type Found, type HeldBy, isWhole } from './found.ts'
import type { Holdings } from './holdings.ts'
import { type Led, worse } from './lead.ts'
import type { Reach } from './reach.ts'
import { type RoleWays, roleWays } from './role-ways.ts'
import { breadthOf, forBreadth } from './severity.ts'
import { withoutParts } from './without-parts.ts'

/**
 * A finding for each subject, attack rule and scope in which the subject's own grants open a way: not for each way. Who has everything in
 * a scope has one finding there.
 */
export function attackFindings(graph: AttackGraph, reach: Reach): (holdings: Holdings) => Found[] {
  const { search } = reach
  const waysOf = roleWays(graph, reach)

  return ({ subject, bound }) => {
    const found = new Map<string, Found>()
    const id = graph.find({ kind: 'subject', subject })
    const groups = groupIds(subject)
    // What leads by whom it is anyhow is no gain.
    const barred = withBorrowed(id === undefined ? [] : [id, ...groups], graph)
    const add = (steps: readonly number[], led: Led, more: Omit<Addition, 'subject' | 'led'>) => {
      const own = reach.leadBeside(barred, led, steps)
      if (own) addFound(found, { ...more, subject, led: own })
    }
    const abilities = new Map<number, HeldBy[]>()
    const addParts = (held: readonly BoundRole[]) => {
      const byWays = new Map<RoleWays, BoundRole[]>()
      for (const each of held) {
        const ways = waysOf(each)
        if (ways) addTo(byWays, ways, each)
      }
      for (const [{ parts }, bounds] of byWays) {
        for (const { ability, rules } of parts) addTo(abilities, ability, { bounds, rules })
      }
      return byWays
    }
    for (const [{ opened, isEverything }, bounds] of addParts(bound)) {
      const scope = bounds[0] ? scopeOf(bounds[0].binding) : '*'
      for (const { rule, rules, steps, led } of opened) {
        if (isEverything && rule !== 'wildcard') continue
        add(steps, led, { rule, scope, held: [{ bounds, rules }] })
      }
    }
    // Everything cluster-wide leaves nothing to add by joining.
    const all = found.get('wildcard *')
    if (id === undefined || (all && isWhole(all))) return withoutParts(found)
    const own = new Set(abilities.keys())
    for (const group of groups) addParts(boundTo(group))
    // Parts that are the subject's alone, as one request needs them together.
    const joined = new Set<number>()
    for (const stepId of listOf(search.outOf, id)) {
      const step = graph.steps[stepId]
      if (step?.rule !== 'part') continue
      joined.add(step.to)
      for (const held of rightsOf(stepId)) addTo(abilities, step.to, held)
    }
    const isOwn = new Set(bound)
    const isHeld = (node: number) => node === id || abilities.has(node)
    const seen = new Set<number>()
    for (const start of [id, ...joined, ...own]) {
      for (const stepId of listOf(search.outOf, start)) {
        const step = graph.steps[stepId]
        if (!step || seen.has(stepId) || isStructure(step) || step.rule === 'masters') continue
        seen.add(stepId)
        // Steps of an ability alone were seen with its role.
        if ((own.has(start) && at(search.needs, stepId) === 1) || !step.from.every(isHeld)) continue
        const parts = [...step.from.map((node) => abilities.get(node) ?? []), ...rightsOf(stepId).map((each) => [each])]
        const held = parts.flat()
        // What a group has, is the group's finding.
        if (!held.some(({ bounds }) => bounds.some((each) => isOwn.has(each)))) continue
        const rule = step.rule as AttackRuleId
        add([stepId], reach.leadOf(stepId), { rule, scope: scopeOfParts(parts), held })
      }
    }
    return withoutParts(found)
  }

  function groupIds(subject: Subject): number[] {
    return groupsOf(subject).flatMap((name) => graph.find({ kind: 'subject', subject: { kind: 'Group', name } }) ?? [])
  }
  function boundTo(subject: number): BoundRole[] {
    return Array.from(listOf(search.outOf, subject)).flatMap((step) => {
      const node = graph.nodes[graph.steps[step]?.to ?? -1]
      return node?.kind === 'binding' ? [node.bound] : []
    })
  }
  function rightsOf(step: number): HeldBy[] {
    return (graph.steps[step]?.rights ?? []).flatMap(({ bound, ruleIndex }) =>
      bound ? [{ bounds: [bound], rules: [ruleIndex] }] : [],
    )
  }
}

type Addition = { subject: Subject; rule: AttackRuleId; scope: string; held: HeldBy[]; led: Led }

function addFound(found: Map<string, Found>, { subject, rule, scope, held, led }: Addition): void {
  const key = `${rule} ${scope}`
  const known = found.get(key)
  if (!known) {
    found.set(key, {
      info: attackInfo(rule),
      severity: forBreadth(led.severity, breadthOf(subject)),
      scope,
      subject,
      held,
      lead: led,
    })
    return
  }
  known.held.push(...held)
  // Of findings that are made here, the lead has its severity.
  const worst = worse(known.lead as Led, led)
  known.severity = forBreadth(worst.severity, breadthOf(subject))
  known.lead = worst
}

function addTo<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key)
  if (list) list.push(value)
  else map.set(key, [value])
}

// Where all parts are held: what a way leads to is no measure, since that changes with what else there is.
function scopeOfParts(parts: readonly (readonly HeldBy[])[]): string {
  const scopes = parts.map((held) => held.flatMap(({ bounds }) => bounds.map(({ binding }) => scopeOf(binding))))
  return scopes.find((each) => each.length > 0 && !each.includes('*'))?.[0] ?? '*'
}
