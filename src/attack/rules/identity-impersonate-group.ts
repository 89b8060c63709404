import { serviceAccountOf } from '../../rbac/identity.ts'
import type { AttackGraph, AttackRule } from '../model.ts'
import { abilitiesOf } from './abilities.ts'
import { accounts, groups, users } from './identity-impersonate.ts'
import { type Half, type Joint, ofJoints } from './joints.ts'
import { isFirst } from './once.ts'
import { partsOf } from './parts.ts'

const anyGroup: Half = { ability: 'impersonate-group', isClusterWide: true, parts: (held) => partsOf(held, groups) }
const anyUser: Half = {
  ability: 'impersonate-user',
  isClusterWide: true,
  parts: (held) => partsOf(held, users).filter(({ name }) => name === undefined || !serviceAccountOf(name)),
}
const anyAccount: Half = {
  ability: 'impersonate-account',
  isClusterWide: false,
  parts: (held) => partsOf(held, accounts),
}

// Whom it names beside the group does not matter.
const asMember: Joint['outcome'] = ({ name = 'system:masters' }, _, graph) => {
  return { rule: 'imp-group', to: graph.node({ kind: 'subject', subject: { kind: 'Group', name }, borrowed: true }) }
}

const members = ofJoints(
  [anyUser, anyAccount].map((other) => ({ one: anyGroup, other, outcome: asMember, isOwn: true })),
)

export const impersonateGroupRule: AttackRule = {
  id: 'imp-group',
  title: 'Acts as a member of the group, by impersonation together with some user',
  ...members,
  joins: (graph, world) => {
    lendAccounts(graph)
    members.joins(graph, world)
  },
}

// Who has everything in a namespace gives its accounts' names to whoever has a group: this alone of a namespace leads out of it.
function lendAccounts(graph: AttackGraph): void {
  const isUsed = (['somebody', 'anybody'] as const).some((holder) => abilitiesOf(graph, 'impersonate-group', holder)[0])
  if (!isUsed) return
  for (const [id, node] of graph.nodes.entries()) {
    if (node.kind !== 'namespace-admin' || !node.all || !isFirst(graph, `lend accounts ${id}`)) continue
    const ability = {
      kind: 'ability',
      ability: 'impersonate-account',
      scope: node.namespace,
      holder: 'anybody',
    } as const
    graph.add({ rule: 'bind', from: [id], to: graph.node(ability) })
  }
}
