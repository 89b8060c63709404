import type { RunReport } from '../change/reports.ts'
import type { Decision } from '../network/decide.ts'
import type { ReachPorts } from '../network/reach-report.ts'
import type { apiVersion, Gap } from '../snapshot/snapshot.ts'

/** What was asked to be isolated. */
export type Target = {
  kind:
    | 'Pod'
    | 'Deployment'
    | 'StatefulSet'
    | 'DaemonSet'
    | 'ReplicaSet'
    | 'Job'
    | 'CronJob'
    | 'ServiceAccount'
    | 'Node'
  namespace?: string
  name: string
  uid: string
}

/** PARTIAL: something is cut, and something is open or not proved. */
export type IsolationVerdict = 'ISOLATED' | 'PARTIAL' | 'NOT ENFORCED' | 'UNKNOWN'

/** Flows between the pod and parties that are alike, computed from all policies after the change. */
export type FlowLine = {
  direction: 'ingress' | 'egress'
  /** The other side, in words: `pods payments/api-0, payments/api-1`, `world (0.0.0.0/0)`. */
  peer: string
  traffic: ReachPorts[]
  verdict: 'allowed' | 'unknown'
  by: Decision[]
  reason: string
}
export type Computed = {
  open: FlowLine[]
  /** How many flows (group to group) were open before and are denied now. */
  cut: number
  complete: boolean
  gaps: Gap[]
}

/** One connection tried from a canary: what was to be seen, and what was. */
export type ProbeTry = {
  from: 'control' | 'twin'
  to: 'control' | 'twin'
  protocol: 'TCP' | 'UDP'
  address: string
  port: number
  expected: 'connects' | 'blocked'
  seen: 'connects' | 'blocked' | 'refused' | 'error'
  detail: string
}
export type ProbeReport = {
  /** enforced: control connects and the twin does not; not-enforced: both do; inconclusive: no control, or nothing to compare. */
  result: 'enforced' | 'not-enforced' | 'inconclusive'
  why: string
  node: string
  /** Whether the twin reaches its own node where the control does: policies alone do not tell. Absent: not seen. */
  ownNode?: 'blocked' | 'open'
  /** The image that ran, by its digest. */
  imageId?: string
  tries: ProbeTry[]
}

/** What became of the connections that were open. */
export type LiveReport = {
  result: 'severed' | 'survived' | 'not-tried' | 'unknown'
  why: string
  /** How it was done: inside the pod, or by a helper on its node. */
  way?: 'ephemeral container' | 'node helper'
  before?: number
  destroyed?: number
  /** Connections that still move or could. */
  alive: string[]
  /** Packets and sockets watched for how long after the cut, in milliseconds. */
  watchedMs?: number
  /** Containers that hold NET_ADMIN and could undo it. */
  canUndo: string[]
}

/** One pod of the target. */
export type PodIsolation = {
  namespace: string
  name: string
  uid: string
  node?: string
  verdict: IsolationVerdict
  /** Why the verdict is no better, first reason first. */
  reasons: string[]
  computed: Computed
  probe: ProbeReport
  live: LiveReport
}

export type IsolationWarning = {
  kind:
    | 'replacement'
    | 'disruption'
    | 'controller'
    | 'gitops'
    | 'host'
    | 'probe'
    | 'identity'
    | 'service'
    | 'enforcer'
    | 'bypass'
  text: string
  /** What to do about it, as a command or in words. */
  next?: string
}

export type IsolationReport = {
  apiVersion: typeof apiVersion
  kind: 'IsolationReport'
  plan: string
  incident?: string
  target: Target[]
  verdict: IsolationVerdict
  reasons: string[]
  /** What is let through because it was asked for, as `in from …` and `out to …`; it is not in what is open. */
  exceptions?: string[]
  pods: PodIsolation[]
  run: RunReport
  warnings: IsolationWarning[]
  /** Subjects that could lift the isolation, and how; the workload's own account first. */
  canLift: { subject: string; how: string[] }[]
  /** The command that takes all of it back. */
  undo: string
  evidence?: { directory: string; complete: boolean; missing: string[] }
  /** Milliseconds since the command began. */
  timing: { cut?: number; verdict: number }
}
