import type { Binding, PolicyRule, Role, Subject } from '../../../src/snapshot/objects.ts'
import { emptySnapshot, type Snapshot } from '../../../src/snapshot/snapshot.ts'

export const user = (name: string): Subject => ({ kind: 'User', name })
export const group = (name: string): Subject => ({ kind: 'Group', name })
export const account = (namespace: string, name: string): Subject => ({ kind: 'ServiceAccount', namespace, name })

export function rule(given: Partial<PolicyRule>): PolicyRule {
  return { verbs: ['get'], apiGroups: [''], resources: ['pods'], resourceNames: [], nonResourceURLs: [], ...given }
}

export function clusterRole(name: string, ...rules: PolicyRule[]): Role {
  return { kind: 'ClusterRole', name, labels: {}, rules }
}

export function clusterBinding(name: string, role: string, ...subjects: Subject[]): Binding {
  return { kind: 'ClusterRoleBinding', name, roleRef: { kind: 'ClusterRole', name: role }, subjects }
}

export function roleBinding(namespace: string, name: string, role: string, ...subjects: Subject[]): Binding {
  return { kind: 'RoleBinding', namespace, name, roleRef: { kind: 'ClusterRole', name: role }, subjects }
}

export function snapshotOf(given: Partial<Snapshot>): Snapshot {
  return { ...emptySnapshot({ kind: 'files', paths: [] }), ...given }
}

/** Names that break careless code: prototype keys, terminal escapes, separators, odd Unicode. */
export const hostileNames = [
  '__proto__',
  'constructor',
  'hasOwnProperty',
  'a\0b',
  '\u001B[31mred',
  'new\nline',
  'x'.repeat(10_000),
  '*',
  '\u202Ertl',
]
