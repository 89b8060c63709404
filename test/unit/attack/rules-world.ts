import type { AttackNode, AttackWorld } from '../../../src/attack/model.ts'
import { indexRbac } from '../../../src/rbac/rbac-index.ts'
import type { ClusterState, Escape, PodState } from '../../../src/snapshot/cluster-state.ts'
import type { PolicyRule } from '../../../src/snapshot/objects.ts'
import { clusterBinding, clusterRole, roleBinding, rule, snapshotOf, user } from '../rbac/worlds.ts'

/** What a user may do, in a namespace or (undefined) everywhere. */
export type Right = [who: string, where: string | undefined, rule: Partial<PolicyRule>]

/** A live cluster with these rights and this state. */
export function worldWith(rights: Right[], state: Partial<ClusterState> = {}): AttackWorld {
  const whole: ClusterState = {
    pods: [],
    nodes: [],
    namespaces: [],
    accounts: [],
    secrets: [],
    workloads: [],
    webhooks: [],
    admissionPolicies: [],
    conversions: [],
    persistentVolumes: [],
    groups: new Set(),
    version: '1.34',
    gaps: [],
    ...state,
  }
  const snapshot = snapshotOf({
    source: { kind: 'cluster', server: 'https://here' },
    clusterRoles: rights.map(([, , given], at) => clusterRole(`role-${at}`, rule(given))),
    clusterRoleBindings: rights.flatMap(([who, where], at) =>
      where === undefined ? [clusterBinding(`binding-${at}`, `role-${at}`, user(who))] : [],
    ),
    roleBindings: rights.flatMap(([who, where], at) =>
      where === undefined ? [] : [roleBinding(where, `binding-${at}`, `role-${at}`, user(who))],
    ),
    namespaces: whole.namespaces,
    serviceAccounts: whole.accounts,
  })
  return { snapshot, index: indexRbac(snapshot), state: whole }
}

export function podIn(namespace: string, name: string, more: Partial<PodState> = {}): PodState {
  const known = { phase: 'Running', node: 'worker', labels: {}, token: true, secrets: [], escapes: [] }
  return { namespace, name, serviceAccount: name, ...known, ...more }
}

export const escape = (kind: Escape['kind'], root: boolean): Escape => ({ kind, root, field: 'spec' })
export const space = (name: string, level?: string) => {
  return { name, labels: level === undefined ? {} : { 'pod-security.kubernetes.io/enforce': level } }
}
export const as = (name: string): AttackNode => ({ kind: 'subject', subject: user(name) })
export const sa = (namespace: string, name: string): AttackNode => {
  return { kind: 'subject', subject: { kind: 'ServiceAccount', namespace, name } }
}
export const nodeNamed = (name: string): AttackNode => ({ kind: 'node', name })
export const podNamed = (namespace: string, name: string): AttackNode => ({ kind: 'pod', namespace, name })
export const admin: AttackNode = { kind: 'admin' }
export const anyNode: AttackNode = { kind: 'any-node' }
