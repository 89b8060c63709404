import { lookupsOf } from '../lookups.ts'
import type { Ability, AttackGraph, AttackRule, AttackWorld, HeldIdentity, HeldRole } from '../model.ts'
import { abilitiesOf } from './abilities.ts'
import { isFirst } from './once.ts'
import { newBindings } from './new-names.ts'
import { addBoth, addWays, hasEverything, meet, type Outcome, type Part } from './parts.ts'

/** One of two rights that a request needs of one identity. */
export type Half = {
  ability: Ability
  /** Whether a RoleBinding never gives it. */
  isClusterWide: boolean
  parts(held: HeldRole | HeldIdentity, world: AttackWorld): Part[]
}

export type Place = { scope: string; name: string | undefined }

/** What leads to more only together; `outcome` is where both lead, nothing where they do not meet. */
export type Joint = {
  one: Half
  other: Half
  outcome(one: Place, other: Place, graph: AttackGraph, world: AttackWorld): Outcome | undefined
  /** Whether it takes credentials of one's own. */
  isOwn?: true
}

/*
 * Two rights may come together in one identity in three ways: one role has both; two of its bindings have one each; or one of them is passed on to it by
 * somebody who may write bindings, and whom the same attacker acts as (the API server lets everybody pass on what he has: docs/rbac.md, case 22).
 */

/** The occasions of a rule that needs two rights in one request. */
export function ofJoints(joints: Joint[]): Required<Pick<AttackRule, 'role' | 'identity' | 'given' | 'joins'>> {
  const halves = [...new Set(joints.flatMap(({ one, other }) => [one, other]))]
  const join = (held: HeldRole | HeldIdentity, graph: AttackGraph, world: AttackWorld) => {
    const parts = new Map<Half, Part[]>()
    for (const half of halves) {
      const own = half.parts(held, world)
      if (own.length > 0) parts.set(half, own)
    }
    if (parts.size === 0 || hasEverything(held)) return
    for (const { one, other, outcome, isOwn } of joints) {
      if (isOwn && held.borrowed) continue
      for (const part of parts.get(one) ?? []) {
        for (const beside of parts.get(other) ?? []) {
          const found = outcome(part, beside, graph, world)
          if (!found) continue
          addBoth(held, graph, { ability: one.ability, part }, { ability: other.ability, part: beside }, found)
        }
      }
    }
    for (const [half, own] of parts) for (const part of own) pass(half, part, held, graph, world)
    if (!('role' in held) || (held.borrowed && joints.some(({ isOwn }) => isOwn))) return
    for (const [half, own] of parts) {
      for (const part of own) addWays(held, graph, part, { rule: 'part', to: abilityAt(half, part, graph) })
    }
  }
  return {
    role: join,
    identity: join,
    given: (held, graph, world) => {
      for (const half of halves) {
        for (const part of half.parts(held, world)) {
          addWays(held, graph, part, { rule: 'part', to: abilityAt(half, part, graph, 'anybody') })
        }
      }
    },
    joins: (graph, world) => {
      for (const joint of joints) {
        joinOthers(joint, graph, world)
        const { one, other, outcome, isOwn } = joint
        const turned: Joint['outcome'] = (first, second, ...rest) => outcome(second, first, ...rest)
        joinOthers({ one: other, other: one, outcome: turned }, graph, world)
        // Whom an attacker borrows cannot, and passes on both.
        if (isOwn) joinOthers(joint, graph, world, 'anybody')
      }
    },
  }
}

// Somebody has the one, and the other is anybody's.
function joinOthers(
  { one, other, outcome }: Joint,
  graph: AttackGraph,
  world: AttackWorld,
  holder: 'somebody' | 'anybody' = 'somebody',
): void {
  for (const free of abilitiesOf(graph, other.ability, 'anybody')) {
    for (const held of abilitiesOf(graph, one.ability, holder)) {
      const found = outcome(held, free, graph, world)
      if (!found || !isFirst(graph, `joint ${held.id} ${free.id} ${found.to}`)) continue
      graph.add({ ...found, from: [held.id, free.id] })
    }
  }
}

const writers = [
  { ability: 'create-bindings', isCluster: false, kind: 'RoleBinding' },
  { ability: 'create-cluster-bindings', isCluster: true, kind: 'ClusterRoleBinding' },
] as const

function pass(half: Half, part: Part, held: HeldRole | HeldIdentity, graph: AttackGraph, world: AttackWorld): void {
  const freeAt = (scope: string) => abilityAt(half, { scope, name: part.name }, graph, 'anybody')
  for (const { ability, isCluster, kind } of writers) {
    if (half.ability === ability && 'role' in held && hasOtherName(part, newBindings(held, kind, world)))
      addWays(held, graph, part, { rule: 'bind', to: freeAt(part.scope) })
    if (half.ability === ability || (isCluster ? part.scope !== '*' : half.isClusterWide)) continue
    for (const writing of newBindings(held, kind, world)) {
      const scope = meet(writing.scope, part.scope)
      if (scope === undefined) continue
      // By RoleBindings it is passed on in each namespace, which is less than everywhere.
      for (const place of scope === '*' && !isCluster ? lookupsOf(world).namespaces : [scope]) {
        const to = freeAt(place)
        addBoth(held, graph, { ability, part: writing }, { ability: half.ability, part }, { rule: 'bind', to })
      }
    }
  }
}

// The binding by which it is passed on takes a name itself.
function hasOtherName({ scope, name }: Part, writings: readonly Part[]): boolean {
  return name === undefined || writings.some((other) => other.name !== name && meet(other.scope, scope) === scope)
}

function abilityAt({ ability }: Half, { scope, name }: Place, graph: AttackGraph, holder?: 'anybody'): number {
  const named = name === undefined ? {} : { name }
  return graph.node({ kind: 'ability', ability, scope, ...named, ...(holder ? { holder } : {}) })
}
