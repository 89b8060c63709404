import type { Change, ObjectRef } from '../change/plan.ts'
import type { Peer, PeerPort } from '../isolation/peers.ts'
import type { Raw } from '../isolation/raw.ts'
import type { Direction } from '../network/model.ts'
import type { Protocol } from '../network/traffic.ts'
import type { NetworkObjects } from '../snapshot/network-objects.ts'
import type { LabelSelector } from '../snapshot/objects.ts'
import type { Gap, Snapshot } from '../snapshot/snapshot.ts'

/** How far a namespace is closed; each closes what those before it do, and more. */
export const levels = ['baseline', 'restricted', 'quarantine'] as const
export type Level = (typeof levels)[number]

/** What is closed; each can be chosen alone. */
export const parts = ['network', 'pods', 'tokens', 'rbac', 'quota'] as const
export type Part = (typeof parts)[number]

export type LockdownOptions = {
  level: Level
  parts: readonly Part[]
  /** Only workloads whose pods have these labels; absent: all of the namespace. */
  selector?: LabelSelector
  /** `--allow`: asked for by the responder; who is meant is looked up in the scene. */
  asked: Allow[]
  /** `--flows`: seen on the wire. Never allowed by themselves: an intruder's are among them. */
  observed: Need[]
  /** Also namespaces that the cluster rests on. */
  force: boolean
}

/** All that a lockdown of one namespace is planned from. Every raw object has its apiVersion and kind. */
export type LockdownScene = {
  namespace: Raw
  /** Of the whole cluster: pods, namespaces, nodes and policies of every kind. */
  network: NetworkObjects
  /** Of the namespace: what has a pod template, and pods without a controller. */
  workloads: Raw[]
  /**
   * What declares connections, of the whole cluster: Services, EndpointSlices, Ingresses and their classes, Gateways and their
   * routes, webhook configurations, APIServices, CRDs with conversion webhooks, Service- and PodMonitors.
   */
  declaring: Raw[]
  /** Of the namespace: ServiceAccounts, LimitRanges, ResourceQuotas; names of ConfigMaps and Secrets, and ConfigMaps' values where they may be read. */
  accounts: Raw[]
  limitRanges: Raw[]
  quotas: Raw[]
  configMaps: Raw[]
  /** With the rights on pods, Secrets and policies of the namespace: its RoleBindings, the cluster-wide ones and their roles. */
  rbac: Snapshot
  /** Of the namespace: HorizontalPodAutoscalers; absent where they were not read. */
  autoscalers?: Raw[]
  /**
   * At quarantine: RoleBindings and ClusterRoleBindings of the whole cluster as the API server sent them, since a patch names what
   * is in them to the letter; and the namespace's Secrets of the type service account token (their metadata alone). Absent: not read.
   */
  bindings?: Raw[]
  tokenSecrets?: Raw[]
  /** `v1.34`: what Pod Security labels are pinned to. */
  version: string
  gaps: Gap[]
}

/** Where a rule, or a fear, comes from. */
export type Source = {
  how: 'declared' | 'observed' | 'asked'
  /** In words: `env CART_URL of Deployment shop/web`, `Service shop/cart, port http`, `--allow from=…`. */
  what: string
  ref?: ObjectRef
  /** The field: `spec.template.spec.containers[0].env[2]`. */
  at?: string
} & (Word | { word?: undefined })

/**
 * On whose word a connection is declared: the namespace's own, the cluster's (objects of no namespace, or what RBAC grants), or another
 * namespace's, which is then named: whoever can write there could have said so.
 */
export type Word = { word: 'own' | 'cluster' } | { word: 'foreign'; namespace: string }

/** One side of a connection. */
export type End =
  /** Pods that the workload, or the selector of a Service, means. */
  | { kind: 'pods'; namespace: string; selector: LabelSelector; name: string }
  | { kind: 'namespace'; namespace: string }
  /** One party by its addresses: the API server, say, has several. */
  | { kind: 'block'; cidrs: string[]; name: string }
  /** Whoever can reach it: the world, for what is published. */
  | { kind: 'anyone'; name: string }
  /** What a policy cannot name: a host outside by its DNS name, pods without labels, host-network pods whose node is not known. */
  | { kind: 'unnamed'; name: string }

/** A connection that somebody counts on. Ports are those of the destination's pods, not of a Service; none: all ports. */
export type Need = {
  from: End
  to: End
  ports: { protocol: Protocol; port: number | string; endPort?: number }[]
  by: Source[]
}

/** What others declare about the namespace; `open`: the plan lets some of it in, all the same. */
export type ForeignNeed = Need & { open: boolean }

/** What `--allow` asks for (network/allow.ts has the grammar). Without a workload: for all of the namespace. */
export type Allow = {
  direction: Direction
  peer: Peer | ({ kind: 'api' } & PeerPort)
  /** `web` or `Deployment/web`. */
  workload?: string
  typed: string
}

/** Something that works now and would not any more. */
export type Breakage = {
  part: Part
  what: 'connection' | 'rollout' | 'token' | 'right' | 'quota' | 'debug'
  /** Whose it is. */
  of: { kind: string; namespace: string; name: string }
  /** One line: what would stop. */
  text: string
  certainty: 'certain' | 'possible'
  evidence: Source[]
  /** The flag that keeps it: `--allow to=10.0.0.7/32:443/TCP`, `--only …`. */
  keep?: string
}

/** What one part of a lockdown changes, and what it would break. */
export type PartPlan = {
  part: Part
  changes: Change[]
  breaks: Breakage[]
  notes: string[]
  gaps: Gap[]
}
