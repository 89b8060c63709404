import { sourceOf } from '../event.ts'
import type { Outcome } from '../outcome.ts'
import { actorsOf, type AuditRequest } from '../request.ts'

export type Severity = 'critical' | 'high' | 'medium' | 'low' | 'info'

/** The lines that show it. */
export type EvidenceRef = { auditID: string; at: AuditRequest['at'] }

/** Something an actor did, or tried: an answer to a question. All text in it is hostile. */
export type Finding = {
  question: string
  severity: Severity
  attack: string[]
  /** When it began, and when it ended where it lasted. */
  time: string
  until?: string
  /** Who was authenticated, and whom they acted as. */
  by: string
  as?: string
  /** The peer's address: what a client cannot write itself. */
  from?: string
  userAgent?: string
  what: string
  namespace?: string
  name?: string
  outcome: Outcome
  /** Why this is likely the control plane's own work; it is still shown. */
  routine?: string
  /** How many requests it stands for. */
  count: number
  /** The first and the last of them, at most 20. */
  evidence: EvidenceRef[]
  truncated?: true
}

/** Of a question, what its findings repeat. */
type About = { id: string; severity: Severity; attack: string[] }

// Of a question about all writes it is true of deletions alone.
const dataDestruction = 'T1485'

/** A finding of one request. */
export function findingOf(request: AuditRequest, { id, severity, attack }: About, what: string): Finding {
  const from = sourceOf(request)
  const { object, outcome, completed, userAgent, truncated } = request
  const routine = routineOf(request)
  const lasted = request.stages.includes('ResponseStarted') && completed !== undefined
  return {
    question: id,
    // What was refused did no harm, and tells who tried.
    severity: outcome.result === 'denied' || outcome.result === 'unauthenticated' ? 'low' : routine ? 'info' : severity,
    attack: request.verb.startsWith('delete') ? attack : attack.filter((technique) => technique !== dataDestruction),
    time: request.time,
    ...(lasted && { until: completed }),
    ...actorsOf(request),
    ...(from !== undefined && { from }),
    ...(userAgent !== undefined && { userAgent }),
    what,
    ...(object?.namespace && { namespace: object.namespace }),
    ...(object?.name && { name: object.name }),
    outcome,
    ...(routine && { routine }),
    count: 1,
    evidence: [{ auditID: request.auditID, at: request.at }],
    ...(truncated && { truncated: true as const }),
  }
}

/** A finding that stands for several requests. */
export function findingOfMany(requests: AuditRequest[], about: About, what: string, count = requests.length): Finding {
  const [first, last] = [requests[0] as AuditRequest, requests.at(-1) as AuditRequest]
  const shown = requests.length <= 20 ? requests : [...requests.slice(0, 10), ...requests.slice(-10)]
  return {
    ...findingOf(first, about, what),
    severity: about.severity,
    until: last.time,
    count,
    evidence: shown.map(({ auditID, at }) => ({ auditID, at })),
  }
}

/** Why a request is likely the control plane's own. Whoever holds these identities holds the cluster, so that this only sorts, and hides nothing. */
export function routineOf({
  user,
  impersonatedUser,
  object,
}: Pick<AuditRequest, 'user' | 'impersonatedUser' | 'object'>): string | undefined {
  if (!user || impersonatedUser) return undefined
  if (['system:apiserver', 'system:kube-controller-manager', 'system:kube-scheduler'].includes(user.username))
    return 'a component of the control plane'
  if (user.username.startsWith('system:node:') && object?.subresource !== 'exec') return 'a kubelet'
  const controller = /^system:serviceaccount:kube-system:.*-(?:controller|garbage-collector)$/.test(user.username)
  return controller ? 'a controller of the control plane' : undefined
}
