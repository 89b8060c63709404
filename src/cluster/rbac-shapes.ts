import type { Shape } from './protobuf.ts'

// Field numbers of k8s.io/api/rbac/v1/generated.proto and apimachinery's meta/v1/generated.proto; they never change.
const text = (name: string) => ({ name, of: 'string' }) as const
const texts = (name: string) => ({ name, of: 'string', many: true }) as const

const metadata: Shape[number] = {
  name: 'metadata',
  of: {
    1: text('name'),
    3: text('namespace'),
    5: text('uid'),
    6: text('resourceVersion'),
    11: { name: 'labels', of: 'map' },
  },
}
const rules: Shape[number] = {
  name: 'rules',
  many: true,
  of: {
    1: texts('verbs'),
    2: texts('apiGroups'),
    3: texts('resources'),
    4: texts('resourceNames'),
    5: texts('nonResourceURLs'),
  },
}
const selectors: Shape[number] = {
  name: 'clusterRoleSelectors',
  many: true,
  of: {
    1: { name: 'matchLabels', of: 'map' },
    2: { name: 'matchExpressions', many: true, of: { 1: text('key'), 2: text('operator'), 3: texts('values') } },
  },
}
const binding: Shape = {
  1: metadata,
  2: { name: 'subjects', many: true, of: { 1: text('kind'), 3: text('name'), 4: text('namespace') } },
  3: { name: 'roleRef', of: { 2: text('kind'), 3: text('name') } },
}

/** What the questions read of RBAC objects; by the list's kind. */
export const rbacShapes: Record<string, Shape> = {
  ClusterRoleList: { 1: metadata, 2: rules, 3: { name: 'aggregationRule', of: { 1: selectors } } },
  RoleList: { 1: metadata, 2: rules },
  ClusterRoleBindingList: binding,
  RoleBindingList: binding,
}
