import { questions } from '../audit-log/questions/questions.ts'
import type { TimelineRow } from '../audit-log/timeline-rows.ts'
import type { TimelineData } from './browser/timeline-data.ts'
import { timelineActor } from './timeline-text.ts'

/** From the least to the gravest: of rows that are drawn as one, the gravest shows. */
export const weights: TimelineData['weights'] = [
  { name: 'routine', inner: 'small', look: 'soft' },
  { name: 'made by kubectl secure', inner: 'hollow', look: 'good' },
  { name: 'everything else', inner: '', look: 'soft' },
  { name: 'refused or failed', inner: '×', look: 'odd' },
  { name: 'finding', inner: '?', look: 'blue' },
  { name: 'grave finding', inner: '!', look: 'bad' },
]

export const kinds = [
  { id: 'change', name: 'our change', shape: 'diamond' },
  { id: 'request', name: 'our request', shape: 'hexagon' },
  { id: 'state', name: 'change of state', shape: 'square' },
  { id: 'event', name: 'Event', shape: 'triangle' },
  { id: 'audit', name: 'audit log', shape: 'circle' },
] as const

export const groups = [
  { name: 'People and tokens', isOpen: true },
  { name: 'Service accounts', isOpen: true },
  { name: 'As reported, nobody authenticated', isOpen: true },
  { name: 'Control plane, routine', isOpen: false },
]

const severities = new Map(questions.map(({ id, severity }) => [id, severity]))

/** Its place in `weights`. */
export function weightOf(row: TimelineRow): number {
  const { own, routine, questions, count, outcome } = row
  if (own) return 1
  if (routine !== undefined) return 0
  const isRefused = ['denied', 'unauthenticated', 'rejected'].includes(outcome?.result ?? '')
  // One refusal did no harm; many may be what a question is about.
  if (isRefused && count === 1) return 3
  if (questions.length === 0) return isRefused ? 3 : groupOf(row) === 3 ? 0 : 2
  return questions.some((id) => ['critical', 'high'].includes(severities.get(id) ?? '')) ? 5 : 4
}

/** Whose lane it is in: nobody who was authenticated shares one with a name that somebody wrote. */
export function laneOf(row: TimelineRow): string {
  return row.by === '' && row.kind !== 'audit' ? row.source : timelineActor(row)
}

/** Its place in `groups`. Who impersonates somebody hides in no routine. */
export function groupOf({ by, as, kind, claimed, routine }: TimelineRow): number {
  if (claimed || (by === '' && kind !== 'audit')) return routine === undefined ? 2 : 3
  const isAccount = /^system:serviceaccount:[^:/]+:[^:/]+$/.test(by)
  const isControl = isAccount
    ? /^system:serviceaccount:kube-system:[^:/]+-controller$/.test(by)
    : /^system:(node:|apiserver$|kube-controller-manager$|kube-scheduler$|kube-proxy$)/.test(by)
  if (isControl && as === undefined) return 3
  return isAccount ? 1 : 0
}
