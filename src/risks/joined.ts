import type { AttackGraph, Step } from '../attack/model.ts'
import { reachers } from '../attack/search-all.ts'
import { subjectKey } from '../rbac/identity.ts'
import type { Found } from './found.ts'
import { leadOfCost, type Led } from './lead.ts'
import type { Reach } from './reach.ts'
import { breadthOf, forBreadth, isWorse, severityOfWay } from './severity.ts'

/**
 * Makes findings worse that lead further together with others of the same subject: ways on which several rights join later than at the first step, which
 * one look backwards does not see. A way raises those findings that it begins with.
 */
export function joinWays(found: readonly Found[], graph: AttackGraph, reach: Reach): void {
  for (const goal of ['admin', 'node'] as const) {
    const bySource = new Map<number, Found[]>()
    for (const each of weaker(found, goal)) {
      const id = each.subject && graph.find({ kind: 'subject', subject: each.subject })
      if (id === undefined) continue
      const list = bySource.get(id)
      if (list) list.push(each)
      else bySource.set(id, [each])
    }
    const goals = reach.goalsOf(goal)
    // Everybody's own ways may well begin with everybody.
    const isEverybody = (id: number) => reach.without.has(id)
    const sources = [...bySource.keys()]
    const ways = [
      waysOf(
        reach,
        sources.filter((id) => !isEverybody(id)),
        goals,
        reach.without,
      ),
      waysOf(reach, sources.filter(isEverybody), goals),
    ].flat()
    for (const { source, way } of ways) {
      for (const each of bySource.get(source) ?? []) {
        const step = way.steps.find((id) => opens(each, graph.steps[id], graph))
        if (step === undefined) continue
        const lead = { ...leadOfCost(step, goal, way.cost), joined: way.steps }
        // For somebody named: what is critical for all may yet lead to a node, or to everything.
        const severity = severityOfWay(lead)
        if (!isWorse(severity, (each.lead as Led).severity)) continue
        each.severity = forBreadth(severity, breadthOf(each.subject))
        const led: Led = { ...lead, severity }
        each.lead = led
      }
    }
  }
}

function waysOf(
  { search }: Reach,
  sources: number[],
  goals: ReadonlySet<number>,
  without: ReadonlySet<number> = new Set(),
) {
  // Even to look for nobody's ways is to look over the whole graph.
  if (sources.length === 0) return []
  const { found, wayOf } = reachers(search, sources, goals, { without })
  return found.flatMap(({ source }) => {
    const way = wayOf(source)
    return way ? [{ source, way }] : []
  })
}

// Who has a finding that leads there alone needs no other: what else it holds is as bad as it is by itself.
function weaker(found: readonly Found[], goal: 'admin' | 'node'): Found[] {
  const isThere = ({ lead }: Found) => lead !== undefined && (lead.what === 'admin' || lead.what === goal)
  const alone = new Set(found.flatMap((each) => (isThere(each) && each.subject ? [subjectKey(each.subject)] : [])))
  return found.filter(
    ({ lead, subject }) => lead !== undefined && subject !== undefined && !alone.has(subjectKey(subject)),
  )
}

// Who has everything in a scope has one finding for all that this is: also for what is but a part of a way.
function opens({ info, held, scope }: Found, step: Step | undefined, { nodes }: AttackGraph): boolean {
  if (step?.rule !== info.id && !(step?.rule === 'part' && info.id === 'wildcard')) return false
  const start = nodes[step.from[0] ?? -1]
  if (start?.kind === 'role' && start.scope !== scope) return false
  return (step.rights ?? []).some(({ role }) => held.some(({ bounds }) => bounds[0]?.role === role))
}
