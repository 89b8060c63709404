import type { Facts } from '../bundle/entry.ts'
import type { Plan } from '../change/plan.ts'
import type { ResourceAttributes } from '../cluster/access-review.ts'
import type { ErrorCode } from '../errors.ts'

export const profiles = ['quick', 'standard', 'full'] as const
export type Profile = (typeof profiles)[number]

/** What is to be collected. */
export type CollectRequest = {
  /** As typed: `pod/api-0`, `deployment/api`, `node/worker-1`. */
  targets: string[]
  /** Pods that the caller knows already. */
  pods?: { namespace: string; name: string; uid: string }[]
  namespace: string
  /** Logs of all namespaces. */
  all: boolean
  profile: Profile
  /** Logs that are not older. */
  sinceSeconds?: number
  incident?: string
  /** Files and directories on this machine; `node:` for those of the API servers' nodes. */
  auditLogs: string[]
  concurrency: number
  maxLogBytes: number
  /** Live facts of the targets, which take changes: those that were agreed to, and what none can be made for; `seen`: uids of the pods. */
  volatile?: { plan?: Plan; left: EvidenceGap[]; seen: string[] }
}

/** A container's log is asked for by these; a pod's successor has another uid. */
export type PodRef = {
  namespace: string
  name: string
  uid: string
  node?: string
  containers: { name: string; restarted: boolean; isEphemeral: boolean }[]
}

/** What could not be had, as the journal has it (a RequestGap of bundle-layout.ts, where it is of one request). */
export type EvidenceGap = {
  what: string
  why: string
  /** What a reader must not conclude. */
  hides: string
  method?: string
  path?: string
  code?: ErrorCode
  /** What would have given it. */
  right?: ResourceAttributes
}

export type CollectReport = {
  /** The working form. */
  directory: string
  status: 'complete' | 'partial' | 'failed'
  artefacts: number
  bytes: number
  requests: number
  gaps: EvidenceGap[]
  /** Roles that grant what was refused. */
  missingRoles: Facts[]
}
