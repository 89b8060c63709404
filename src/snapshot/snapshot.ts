import type { ApiResource } from '../cluster/discovery.ts'
import type { Binding, Namespace, Pod, Role, ServiceAccount } from './objects.ts'

/** The version of every JSON answer (docs/formats.md). */
export const apiVersion = 'kubectl-secure.github.io/v1'

/** What could not be read, why, and what answers it may hide. */
export type Gap = {
  /** What is missing, in words: `list clusterrolebindings`, `roles.yaml: document 3, line 17`. */
  what: string
  /** The resource, namespace and object it concerns, where it is of one. */
  resource?: string
  namespace?: string
  name?: string
  why: string
  /** What a reader must not conclude. */
  hides: string
}

export type Snapshot = {
  source:
    | { kind: 'cluster'; server: string }
    | { kind: 'files'; paths: string[] }
    /** Evidence of a cluster; `taken` is when it was begun. */
    | { kind: 'bundle'; path: string; taken: string }
  clusterRoles: Role[]
  roles: Role[]
  clusterRoleBindings: Binding[]
  roleBindings: Binding[]
  serviceAccounts: ServiceAccount[]
  pods: Pod[]
  namespaces: Namespace[]
  /** From discovery; absent where it was not to be had: the resources of Kubernetes 1.34 are assumed. */
  resources?: ApiResource[]
  /** Why there may be types that `resources` does not have; absent where it is known to be complete. */
  unknownTypes?: string
  /** CustomResourceDefinitions found in files, as the discovery they would become. */
  customResources: ApiResource[]
  /** Names of ClusterRoles whose rules are assumed from Kubernetes' defaults because they could not be read. */
  assumedRoles: string[]
  gaps: Gap[]
  /** Remarks on how it was taken that hide nothing. */
  notes: string[]
}

export function emptySnapshot(source: Snapshot['source']): Snapshot {
  return {
    source,
    clusterRoles: [],
    roles: [],
    clusterRoleBindings: [],
    roleBindings: [],
    serviceAccounts: [],
    pods: [],
    namespaces: [],
    customResources: [],
    assumedRoles: [],
    gaps: [],
    notes: [],
  }
}
