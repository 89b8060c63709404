import type { Gap } from './snapshot.ts'

/*
 * What attack paths and risks need to know of a cluster beside RBAC: kept small when it is read (5,000 pods are a few MiB), and never
 * the value of a secret.
 */

/** A way from code in a container to root on its node, or to other pods on it. */
export type Escape = {
  kind:
    | 'privileged'
    | 'host-pid'
    | 'host-network'
    | 'host-ipc'
    | 'host-path'
    | 'runtime-socket'
    | 'capability'
    | 'shared-pid'
  /** Where in the pod: `spec.containers[0].securityContext.privileged`. */
  field: string
  /** The capability, the path on the host; hostile text. */
  detail?: string
  /** Whether it gives root on the node by itself; else it only helps, or discloses. */
  root: boolean
  /**
   * What of the node's it lets read: the credential of its kubelet, the tokens of all pods there; on a node of the control plane the keys that
   * make admins.
   */
  discloses?: ('kubelet-credential' | 'pod-tokens' | 'control-plane-keys')[]
  /** Why it may not work after all: `the container runs as user 1000, not as root`. */
  unsure?: string
}

export type PodState = {
  namespace: string
  name: string
  uid?: string
  serviceAccount: string
  node?: string
  phase?: string
  labels: Record<string, string>
  /** Mirror of a static pod: the API server cannot change it, and it has no token. */
  mirror?: true
  /** Whether a token of its account is mounted (automount, or a projected token for the API server). */
  token: boolean
  /** Its secrets by name: volumes, env, imagePullSecrets. */
  secrets: string[]
  /** Those of its secrets that the kubelet alone gets, and code in the pod does not see: imagePullSecrets, volume drivers'. */
  nodeSecrets?: string[]
  controller?: { kind: string; name: string }
  escapes: Escape[]
}

export type NodeState = {
  name: string
  labels: Record<string, string>
  /** By its role labels or taints, or as it runs a static API server. */
  controlPlane: boolean
  /** `aws:///…` and the like; absent where there is none. */
  providerId?: string
}

export type NamespaceState = { name: string; labels: Record<string, string>; terminating?: true }

export type AccountState = {
  namespace: string
  name: string
  annotations: Record<string, string>
  /** `automountServiceAccountToken: false`. */
  noAutomount?: true
}

/** A Secret without its content: read as metadata alone. */
export type SecretState = {
  namespace: string
  name: string
  /** Of a legacy token: the account it is for (annotation kubernetes.io/service-account.name). */
  serviceAccount?: string
  /** Where manifests or evidence tell. */
  type?: string
}

export type WebhookState = {
  kind: 'mutating' | 'validating'
  configuration: string
  name: string
  service?: { namespace: string; name: string }
  url?: string
  failurePolicy: 'Fail' | 'Ignore'
  rules: { operations: string[]; groups: string[]; resources: string[]; scope: string }[]
}

/** A controller whose pods others can be had by: a Deployment, DaemonSet, CronJob and so on. */
export type WorkloadState = { kind: string; namespace: string; name: string; serviceAccount: string; escapes: Escape[] }

export type ClusterState = {
  pods: PodState[]
  nodes: NodeState[]
  namespaces: NamespaceState[]
  accounts: AccountState[]
  secrets: SecretState[]
  workloads: WorkloadState[]
  webhooks: WebhookState[]
  /** Names of ValidatingAdmissionPolicies with a binding, and of CRDs whose conversion is a webhook. */
  admissionPolicies: string[]
  conversions: string[]
  persistentVolumes: { name: string; hostPath?: string; claim?: { namespace: string; name: string } }[]
  /** API groups that are served, or that the files have objects of. */
  groups: Set<string>
  /** `1.34`; absent where it is not known. */
  version?: string
  /** What could not be read. `hides` names the ways that may not be seen. */
  gaps: Gap[]
}
