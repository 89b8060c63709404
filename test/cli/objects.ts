const group = 'rbac.authorization.k8s.io'

/** Manifests by hand: a ClusterRole to read secrets, and bindings of it. YAML, with a line break at the end. */
export const reader = `apiVersion: ${group}/v1
kind: ClusterRole
metadata:
  name: reader
rules:
- apiGroups: [""]
  resources: [secrets]
  verbs: [get]
`

export function bound(name: string, user: string, role = 'reader'): string {
  return `apiVersion: ${group}/v1
kind: ClusterRoleBinding
metadata: {name: ${name}}
roleRef: {apiGroup: ${group}, kind: ClusterRole, name: ${role}}
subjects: [{kind: User, name: ${JSON.stringify(user)}}]
`
}

/** The same as objects, for JSON. */
export const readerObject = {
  apiVersion: `${group}/v1`,
  kind: 'ClusterRole',
  metadata: { name: 'reader' },
  rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }],
}

export function boundObject(name: string, user: string): object {
  return {
    apiVersion: `${group}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef: { apiGroup: group, kind: 'ClusterRole', name: 'reader' },
    subjects: [{ kind: 'User', name: user }],
  }
}

export const whoReads = ['who-can', 'get', 'secrets', '-A']
