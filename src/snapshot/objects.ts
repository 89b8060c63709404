/** The parts of Kubernetes objects that the questions read; everything else is dropped when a snapshot is taken. */
export type PolicyRule = {
  verbs: string[]
  apiGroups: string[]
  resources: string[]
  resourceNames: string[]
  nonResourceURLs: string[]
}

export type LabelSelector = {
  matchLabels: Record<string, string>
  matchExpressions: { key: string; operator: string; values: string[] }[]
}

export type Identified = { name: string; uid?: string; resourceVersion?: string }

export type Role = Identified & {
  kind: 'Role' | 'ClusterRole'
  namespace?: string
  labels: Record<string, string>
  rules: PolicyRule[]
  /** The selectors of an aggregationRule; absent where the role is not aggregated. */
  aggregation?: LabelSelector[]
}

export type RoleRef = { kind: string; name: string }

export type Subject = { kind: 'User' | 'Group' | 'ServiceAccount'; name: string; namespace?: string }

export type Binding = Identified & {
  kind: 'RoleBinding' | 'ClusterRoleBinding'
  namespace?: string
  roleRef: RoleRef
  subjects: Subject[]
}

export type ServiceAccount = { name: string; namespace: string }
export type Pod = { name: string; namespace: string; serviceAccount: string; node?: string; phase?: string }
export type Namespace = { name: string }
