import type { apiVersion, Gap } from '../snapshot/snapshot.ts'
import type { Decision } from './decide.ts'
import type { Enforcement } from './enforcer.ts'
import type { Enforcer, Verdict } from './model.ts'
import type { Protocol } from './traffic.ts'

/** One side of a question: a pod, all pods of a namespace, a node, addresses, or everything outside of the cluster. */
export type EndFilter =
  | { kind: 'pod'; namespace: string; name: string }
  | { kind: 'namespace'; namespace: string }
  | { kind: 'node'; name: string }
  | { kind: 'cidr'; cidr: string }
  | { kind: 'external' }

export type ReachQuery = {
  from?: EndFilter
  to?: EndFilter
  protocol?: Protocol
  port?: number
  /** Only these verdicts; absent: all. What is left out of a complete report has another one. */
  verdicts?: Verdict[]
}

/** Parties that no policy tells apart. */
export type ReachGroup = {
  id: number
  kind: 'pod' | 'host' | 'external'
  /** `pod ns/name` and `node name`; empty where it is addresses. */
  members: string[]
  /** CIDRs and `first-last`, without the addresses of pods and nodes. */
  ranges: string[]
}

export type ReachPorts = { protocol: Protocol; ports: { from: number; to: number }[] }

/** What holds from every member of one group to every member of others; a pod to itself is left out. */
export type ReachRow = {
  from: number
  to: number[]
  /** Between pods and nodes: whether the pod's own node is meant. Absent where it makes no difference. */
  where?: 'own-node' | 'other-nodes'
  connections: ReachConnection[]
}

export type ReachConnection = {
  verdict: Verdict
  traffic: ReachPorts[]
  by: Decision[]
  reason: string
}

/** Something that a change opens or cuts; `unclear` where before or after it cannot be told. */
export type ReachChange = {
  change: 'opened' | 'cut' | 'unclear'
  before: Verdict
  after: Verdict
  traffic: ReachPorts[]
  /** What decided before, and what decides after. */
  byBefore: Decision[]
  byAfter: Decision[]
  reason: string
}

export type ReachDiffRow = { from: number; to: number[]; where?: 'own-node' | 'other-nodes'; changes: ReachChange[] }

/** What every answer about reachability begins with. */
type ReachHead = {
  apiVersion: typeof apiVersion
  query: ReachQuery
  enforcer: Enforcer
  /** Whether what policies say is carried out at all, and where; absent where nobody looked. */
  enforcement?: Pick<Enforcement, 'enforced' | 'evidence' | 'perNode'>
  complete: boolean
  gaps: Gap[]
  notes: string[]
  groups: ReachGroup[]
}

export type ReachDiffReport = ReachHead & { kind: 'ReachDiffReport'; rows: ReachDiffRow[] }
export type ReachReport = ReachHead & { kind: 'ReachReport'; rows: ReachRow[] }
/** A report whose rows are read once, and not kept. */
export type ReachStream = Omit<ReachReport, 'rows'> & { rows: Iterable<ReachRow> }
