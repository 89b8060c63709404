import type { AttackRule } from '../model.ts'
import { danglingAccountRule } from './rbac-dangling-account.ts'
import { danglingRoleRule } from './rbac-dangling-role.ts'
import { aggregateRule } from './rbac-aggregate.ts'
import { bindRule } from './rbac-bind.ts'
import { escalateRule } from './rbac-escalate.ts'
import { wildcardRule } from './rbac-wildcard.ts'

const mastersRule: AttackRule = {
  id: 'masters',
  title: 'Is in the group that the API server allows everything, without asking RBAC',
  state: (graph) => {
    const masters = graph.node({ kind: 'subject', subject: { kind: 'Group', name: 'system:masters' } })
    graph.add({ rule: 'masters', from: [masters], to: graph.node({ kind: 'admin' }) })
  },
}

/** Ways by the rights on RBAC objects. */
export const rbacRules: AttackRule[] = [
  mastersRule,
  wildcardRule,
  bindRule,
  escalateRule,
  aggregateRule,
  danglingRoleRule,
  danglingAccountRule,
]
