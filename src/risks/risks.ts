import type { Bootstrap } from '../attack/bootstrap.ts'
import type { AttackGraph, AttackWorld } from '../attack/model.ts'
import { createPowers } from '../attack/powers.ts'
import type { Role } from '../snapshot/objects.ts'
import { attackFindings } from './attack-findings.ts'
import { creatorsOf } from './creators.ts'
import { type Finding, severities } from './finding.ts'
import type { Found } from './found.ts'
import { bondsOf, holdingsOf } from './holdings.ts'
import { joinWays } from './joined.ts'
import { reachOf } from './reach.ts'
import { bindingFindings } from './rules/binding-findings.ts'
import { grantFindings } from './rules/grant-findings.ts'
import { roleFindings } from './rules/role-findings.ts'
import { stateFindings } from './rules/state-findings.ts'
import { writerOf } from './write-out.ts'

export type RiskInput = {
  world: AttackWorld
  graph: AttackGraph
  bootstrap: Bootstrap
  /** The roles that the cluster is created with (snapshot/defaults). */
  defaults: readonly Role[]
  /** Only what is about this namespace. */
  namespace?: string | undefined
}

/** All risks of a world, the worst first, and what writes them out. A pure function of what was read. */
export function risksOf({ world, graph, bootstrap, defaults, namespace }: RiskInput): {
  found: Found[]
  write: (found: Found) => Finding
} {
  const reach = reachOf(graph)
  const bonds = bondsOf(world.index, bootstrap)
  const found: Found[] = []
  const attacks = attackFindings(graph, reach)
  const held = createPowers()
  const grants = grantFindings(held, world)
  const opened = Array.from(holdingsOf(bonds), (holdings) => ({ holdings, ways: attacks(holdings) }))
  joinWays(
    opened.flatMap(({ ways }) => ways),
    graph,
    reach,
  )
  for (const { holdings, ways } of opened) {
    // What is but a part of a way, and finds no other, opens nothing.
    const whole = ways.filter(({ lead }) => lead?.what !== 'part')
    found.push(...whole, ...grants(holdings, whole))
  }
  found.push(...bindingFindings(world, bonds), ...roleFindings(world, bonds, bootstrap, defaults))
  found.push(...stateFindings(world, graph, reach, creatorsOf(bonds, held)))
  const wanted = namespace === undefined ? found : found.filter((each) => isAbout(each, namespace))
  return { found: wanted.sort(inOrder), write: writerOf(world.snapshot, reach, bootstrap.isDefaultRole) }
}

// What is in the namespace, what may be done in it alone, and what its accounts may do anywhere.
function isAbout({ scope, subject, object }: Found, namespace: string): boolean {
  const isItself = object?.kind === 'Namespace' && object.name === namespace
  return scope === namespace || subject?.namespace === namespace || object?.namespace === namespace || isItself
}

/** The worst first; then what is reached sooner; then by rule, scope and who, so that the order is the same each time. */
function inOrder(one: Found, other: Found): number {
  return (
    severities.indexOf(one.severity) - severities.indexOf(other.severity) ||
    (one.lead?.hops ?? 9) - (other.lead?.hops ?? 9) ||
    compare(one.info.id, other.info.id) ||
    compare(one.scope, other.scope) ||
    compareWho(one.subject ?? one.object, other.subject ?? other.object) ||
    compareWho(one.held[0]?.bounds[0]?.binding, other.held[0]?.bounds[0]?.binding)
  )
}

type Who = { kind: string; namespace?: string | undefined; name: string } | undefined

function compareWho(one: Who, other: Who): number {
  return (
    compare(one?.kind ?? '', other?.kind ?? '') ||
    compare(one?.namespace ?? '', other?.namespace ?? '') ||
    compare(one?.name ?? '', other?.name ?? '')
  )
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}
