import type { Enforcer } from '../network/model.ts'
import type { Gap } from '../snapshot/snapshot.ts'
import type { Peer } from './peers.ts'
import type { Raw } from './raw.ts'
import type { Target } from './report.ts'

/** What the user asked to isolate. */
export type TargetQuery =
  | { kind: Exclude<Target['kind'], 'Node'>; namespace: string; name: string }
  | { kind: 'Node'; name: string }
  | { selector: string; namespace: string }

/** Pods that were chosen one by one, in any namespaces: those and no namesakes. */
export type PodSet = { pods: readonly { namespace: string; name: string; uid: string }[] }

/** An API group and a version of it that the cluster serves: `crd.projectcalico.org/v1`. */
export type ServedGroups = ReadonlySet<string>

/** All that the cut is planned from, as it was read. Every object has its apiVersion and kind. */
export type Scene = {
  target: Target[]
  /** The pods that are meant, whether they can be cut off or not. */
  pods: Raw[]
  /** The controllers of those pods, where they could be read, and the workloads that were named. */
  owners: Raw[]
  /** Of the pods' namespaces. */
  services: Raw[]
  namespaces: Raw[]
  /** Policies of every kind: cluster-wide ones, those of the pods' namespaces and, where `everywhere`, all others; Calico's tiers. */
  policies: Raw[]
  everywhere: boolean
  served: ServedGroups
  enforcer: Enforcer
  /** For --revoke: RBAC bindings, and Secrets of the type service account token (their metadata alone). */
  bindings: Raw[]
  tokenSecrets: Raw[]
  /** For the exception `dns`: the Service of the cluster's DNS. */
  dns?: Raw
  /** For Cilium: the labels that it takes for the identity of a pod, as its configuration has them. */
  ciliumLabels?: string
  gaps: Gap[]
}

export type IsolateOptions = {
  allowFrom?: Peer[]
  allowTo?: Peer[]
  revoke?: boolean
  cordon?: boolean
  evidenceFirst?: boolean
  acceptRestart?: boolean
}

/** The checks that changes of an isolation wait for (`gate`). */
export const gates = {
  /** The twin of the pod is cut off: policies select by the new label. */
  enforced: 'enforced',
  /** The pods that were taken off a Job have no controller any more, so that suspending it cannot delete them. */
  released: 'released',
} as const
