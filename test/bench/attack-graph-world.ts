import type { AttackWorld } from '../../src/attack/model.ts'
import { indexRbac } from '../../src/rbac/rbac-index.ts'
import type { Binding, PolicyRule, Subject } from '../../src/snapshot/objects.ts'
import { emptySnapshot } from '../../src/snapshot/snapshot.ts'
import { bigShape } from './big-rbac.ts'

const read = ['get', 'list', 'watch']

/** The large cluster of big-rbac.ts in memory, with 5,000 pods, `times` as large; some of its teams' roles lead further. */
export function bigWorld(times: number): AttackWorld {
  const snapshot = emptySnapshot({ kind: 'cluster', server: 'https://bench' })
  const namespaces = bigShape.namespaces * times
  const namespaceOf = (index: number) => `team-${index % namespaces}`
  for (let index = 0; index < bigShape.clusterroles * times; index += 1) {
    snapshot.clusterRoles.push({ kind: 'ClusterRole', name: `tool-${index}`, labels: {}, rules: rulesOf(index) })
    snapshot.clusterRoleBindings.push(bindingOf(index, 'ClusterRole', `tool-${index}`, undefined))
  }
  const edit = [rule(['impersonate'], '', ['serviceaccounts']), rule(['*'], '', ['pods', 'secrets'])]
  snapshot.clusterRoles.push(
    { kind: 'ClusterRole', name: 'cluster-admin', labels: {}, rules: [rule(['*'], '*', ['*'])] },
    { kind: 'ClusterRole', name: 'edit', labels: {}, rules: edit },
  )
  for (let index = 0; index < bigShape.roles * times; index += 1) {
    const namespace = namespaceOf(index)
    snapshot.roles.push({ kind: 'Role', namespace, name: `app-${index}`, labels: {}, rules: rulesOf(index) })
  }
  const rounds = Math.floor(bigShape.roles / bigShape.namespaces)
  for (let index = 0; index < bigShape.rolebindings * times; index += 1) {
    const near = (index % namespaces) + namespaces * (Math.floor(index / namespaces) % rounds)
    const [kind, name] = index % 3 === 0 ? ['ClusterRole', 'edit'] : ['Role', `app-${near}`]
    snapshot.roleBindings.push(bindingOf(index, kind ?? '', name ?? '', namespaceOf(index)))
  }
  return { snapshot, index: indexRbac(snapshot), state: stateOf(times, namespaces, namespaceOf) }

  function bindingOf(index: number, kind: string, name: string, namespace: string | undefined): Binding {
    const place = namespace === undefined ? {} : { namespace }
    const subjects = subjectsOf(index, namespaceOf(index))
    const ofKind = namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding'
    return { kind: ofKind, name: `b-${index}`, ...place, roleRef: { kind, name }, subjects }
  }
}

function stateOf(times: number, namespaces: number, namespaceOf: (index: number) => string): AttackWorld['state'] {
  const count = <T>(length: number, of: (index: number) => T) => Array.from({ length }, (_, index) => of(index))
  return {
    pods: count(5_000 * times, (index) => ({
      namespace: namespaceOf(index),
      name: `pod-${index}`,
      serviceAccount: `app-${index % 40}`,
      node: `node-${index % 100}`,
      labels: { app: `app-${index % 40}` },
      token: true,
      secrets: [],
      escapes: [],
    })),
    nodes: count(100 * times, (index) => ({ name: `node-${index}`, labels: {}, controlPlane: index < 3 })),
    namespaces: count(namespaces, (index) => ({ name: `team-${index}`, labels: {} })),
    accounts: count(namespaces * 40, (index) => ({
      namespace: namespaceOf(index),
      name: `app-${Math.floor(index / namespaces)}`,
      annotations: {},
    })),
    secrets: [],
    workloads: [],
    webhooks: [],
    admissionPolicies: [],
    conversions: [],
    persistentVolumes: [],
    groups: new Set(['', 'apps', 'batch', 'rbac.authorization.k8s.io']),
    version: '1.34',
    gaps: [],
  }
}

function rulesOf(index: number): PolicyRule[] {
  const group = 'rbac.authorization.k8s.io'
  return [
    rule(read, '', ['pods', 'pods/log', 'services', 'configmaps']),
    rule([...read, 'update', 'patch'], 'apps', ['deployments', 'statefulsets']),
    index % 5 === 0 ? rule(['get'], '', ['secrets'], `key-${index}`) : rule(['create', 'delete'], 'batch', ['jobs']),
    ...(index % 97 === 0 ? [rule(['create'], '', ['pods', 'serviceaccounts/token'])] : []),
    ...(index % 101 === 0 ? [rule(['create', 'bind'], group, ['rolebindings', 'clusterroles'])] : []),
    ...(index % 103 === 0 ? [rule(['update', 'escalate'], group, ['clusterroles'], `tool-${index}`)] : []),
  ]
}

function subjectsOf(index: number, namespace: string): Subject[] {
  return [
    { kind: 'ServiceAccount', name: `app-${index % 40}`, namespace },
    { kind: 'Group', name: `team-${index % 250}` },
    { kind: 'User', name: `user-${index % 900}@example.com` },
  ]
}

function rule(verbs: string[], group: string, resources: string[], ...resourceNames: string[]): PolicyRule {
  return { verbs, apiGroups: [group], resources, resourceNames, nonResourceURLs: [] }
}
