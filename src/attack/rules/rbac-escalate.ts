import type { Ability, AttackGraph, AttackRule } from '../model.ts'
import { everythingIn } from './everything.ts'
import { type Half, type Joint, ofJoints, type Place } from './joints.ts'
import { addWays, creatable, hasEverything, meet, partsOf } from './parts.ts'
import { joinRewriting } from './rbac-rewriting.ts'
import { rbacPower } from './rbac-powers.ts'

const joints = (['roles', 'cluster-roles'] as const).flatMap((word): Joint[] => {
  const isClusterWide = word === 'cluster-roles'
  const power = (verb: string) => rbacPower(verb, word.replace('-', ''))
  const [create, update, patch, escalate] = [power('create'), power('update'), power('patch'), power('escalate')]
  const escalates: Half = {
    ability: `escalate-${word}`,
    isClusterWide,
    parts: (held) => partsOf(held, escalate),
  }
  const changes: Half = { ability: `change-${word}`, isClusterWide, parts: (held) => partsOf(held, update, patch) }
  const creates: Half = { ability: `post-${word}`, isClusterWide, parts: (held) => partsOf(held, create) }
  return [
    {
      one: changes,
      other: escalates,
      outcome: (change, beside, graph) => {
        const met = overlap(change, beside)
        if (!met || met.name === '') return undefined
        // It holds a ClusterRole that says so: that one will do.
        if (isClusterWide && met.name === undefined) return { rule: 'escalate', to: everythingIn(graph, '*') }
        return { rule: 'part', to: abilityIn(graph, `rewrite-${word}`, met) }
      },
    },
    {
      one: creates,
      other: escalates,
      outcome: (post, beside, graph) => {
        const scope = meet(post.scope, beside.scope)
        // A POST is asked about without a name.
        if (scope === undefined || post.name !== undefined || (beside.name !== undefined && beside.name !== '')) {
          return undefined
        }
        return { rule: 'part', to: abilityIn(graph, `make-${word}`, { scope, name: undefined }) }
      },
    },
  ]
})

const helpers = (['roles', 'cluster-roles'] as const).flatMap((word) => {
  const power = rbacPower('create', word.replace('-', ''))
  return [{ ability: `create-${word}` as const, power }]
})

const ways = ofJoints(joints)

/**
 * Writes into a role what it does not have: the request and `escalate` on the role are needed of one identity. A POST is asked about without a name, so
 * `escalate` on names is for what exists. Source: pkg/registry/rbac/role/policybased, and rbac.RoleEscalationAuthorized; seen on a real server.
 */
export const escalateRule: AttackRule = {
  id: 'escalate',
  title: 'Writes any rights into a role that it holds, or may give itself while it is empty',
  ...ways,
  role: (held, graph, world) => {
    ways.role(held, graph, world)
    if (hasEverything(held)) return
    // Empty, for whoever may fill it.
    for (const { ability, power } of helpers) {
      for (const part of creatable(held, power)) {
        addWays(held, graph, part, { rule: 'part', to: abilityIn(graph, ability, part) })
      }
    }
  },
  joins: (graph, world) => {
    ways.joins(graph, world)
    joinRewriting(graph, world)
  },
}

function overlap(one: Place, other: Place): Place | undefined {
  const scope = meet(one.scope, other.scope)
  if (scope === undefined) return undefined
  if (one.name !== undefined && other.name !== undefined && one.name !== other.name) return undefined
  return { scope, name: one.name ?? other.name }
}

function abilityIn(graph: AttackGraph, ability: Ability, { scope, name }: Place): number {
  return graph.node({ kind: 'ability', ability, scope, ...(name === undefined ? {} : { name }) })
}
