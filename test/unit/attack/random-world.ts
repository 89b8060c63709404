import fc from 'fast-check'
import type { Bootstrap } from '../../../src/attack/bootstrap.ts'
import type { AttackWorld } from '../../../src/attack/model.ts'
import { indexRbac } from '../../../src/rbac/rbac-index.ts'
import type { ClusterState } from '../../../src/snapshot/cluster-state.ts'
import type { Binding, PolicyRule, Role, Subject } from '../../../src/snapshot/objects.ts'
import { defaultResources } from '../../../src/snapshot/defaults/defaults.ts'
import { account, group, rule, snapshotOf, user } from '../rbac/worlds.ts'

const namespaces = ['shop', 'kube-system']
const rbac = ['rbac.authorization.k8s.io']

/** Rights of which some ways are made, alone or together. */
export const rights: PolicyRule[] = [
  rule({ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }),
  rule({ verbs: ['create'], resources: ['pods'] }),
  rule({ verbs: ['create'], resources: ['pods/exec'] }),
  rule({ verbs: ['get'], resources: ['secrets'] }),
  rule({ verbs: ['create'], resources: ['secrets'] }),
  rule({ verbs: ['create'], resources: ['serviceaccounts/token'] }),
  rule({ verbs: ['impersonate'], resources: ['users', 'serviceaccounts'] }),
  rule({ verbs: ['impersonate'], resources: ['groups'] }),
  rule({ verbs: ['create'], apiGroups: rbac, resources: ['rolebindings', 'clusterrolebindings'] }),
  rule({ verbs: ['bind'], apiGroups: rbac, resources: ['clusterroles'] }),
  rule({ verbs: ['update', 'escalate'], apiGroups: rbac, resources: ['clusterroles', 'roles'] }),
  rule({ verbs: ['patch'], resources: ['namespaces'] }),
  rule({ verbs: ['get', 'list'], resources: ['configmaps'] }),
]

const subjects: Subject[] = [
  user('alice'),
  user('bob'),
  group('dev'),
  group('system:authenticated'),
  ...namespaces.map((namespace) => account(namespace, 'app')),
  group('system:serviceaccounts'),
  group('system:serviceaccounts:shop'),
]

export type Drawn = { roles: number[][]; bindings: { role: number; at: number; subjects: number[] }[] }

/** Small worlds: a few roles of those rights, bound here and there; the same pods, accounts and namespaces in all. */
export const drawnWorlds: fc.Arbitrary<Drawn> = fc.record({
  roles: fc.array(fc.uniqueArray(fc.nat({ max: rights.length - 1 }), { minLength: 1, maxLength: 2 }), {
    minLength: 1,
    maxLength: 4,
  }),
  bindings: fc.array(
    fc.record({
      role: fc.nat({ max: 3 }),
      at: fc.nat({ max: 2 }),
      subjects: fc.uniqueArray(fc.nat({ max: subjects.length - 1 }), { minLength: 1, maxLength: 3 }),
    }),
    { minLength: 1, maxLength: 6 },
  ),
})

const resources = await defaultResources()

export function worldOf({ roles, bindings }: Drawn): AttackWorld {
  const clusterRoles = roles.map((numbers, index): Role => {
    return {
      kind: 'ClusterRole',
      name: `role-${index}`,
      labels: {},
      rules: numbers.flatMap((number) => rights[number] ?? []),
    }
  })
  const drawn = bindings.map(({ role, at, subjects: numbers }, index): Binding => {
    const namespace = namespaces[at]
    return {
      kind: namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding',
      ...(namespace === undefined ? {} : { namespace }),
      name: `binding-${index}`,
      roleRef: { kind: 'ClusterRole', name: `role-${role % roles.length}` },
      subjects: numbers.flatMap((number) => subjects[number] ?? []),
    }
  })
  const state = stateOf()
  const snapshot = snapshotOf({
    source: { kind: 'cluster', server: 'https://here' },
    clusterRoles,
    clusterRoleBindings: drawn.filter(({ namespace }) => namespace === undefined),
    roleBindings: drawn.filter(({ namespace }) => namespace !== undefined),
    namespaces: state.namespaces,
    serviceAccounts: state.accounts,
    pods: state.pods,
    resources,
  })
  return { snapshot, index: indexRbac(snapshot), state }
}

export function stateOf(): ClusterState {
  return {
    pods: namespaces.map((namespace) => ({
      namespace,
      name: 'app-0',
      serviceAccount: 'app',
      node: 'worker',
      phase: 'Running',
      labels: {},
      token: true,
      secrets: [],
      escapes: [],
    })),
    nodes: [{ name: 'worker', labels: {}, controlPlane: false }],
    namespaces: [
      { name: 'shop', labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
      { name: 'kube-system', labels: {} },
    ],
    accounts: namespaces.map((namespace) => ({ namespace, name: 'app', annotations: {} })),
    secrets: namespaces.map((namespace) => ({ namespace, name: 'token', serviceAccount: 'app' })),
    workloads: [],
    webhooks: [],
    admissionPolicies: [],
    conversions: [],
    persistentVolumes: [],
    groups: new Set(),
    version: '1.34',
    gaps: [],
  }
}

/** Nothing is the cluster's own, but for what bindings of this name grant. */
export function bootstrapWithout(own?: string): Bootstrap {
  return {
    isDefaultRole: () => false,
    isDefaultBinding: ({ name }) => name === own,
    extraSubjects: ({ name, subjects }) => (name === own ? [] : subjects),
    addedBy: () => [],
    systemSubjects: new Set(),
    notes: [],
  }
}
