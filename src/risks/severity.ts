import type { Subject } from '../snapshot/objects.ts'
import { type Finding, type Reached, severities, type Severity } from './finding.ts'

/** Everybody who can open a connection; everybody with any credential, so that who takes over one pod is among them. */
export type Breadth = 'anonymous' | 'everybody' | 'named'

const anonymous = new Set(['system:anonymous', 'system:unauthenticated'])
const everybody = new Set(['system:authenticated', 'system:serviceaccounts'])

export function breadthOf(subject: Subject | undefined): Breadth {
  if (!subject || subject.kind === 'ServiceAccount') return 'named'
  if (anonymous.has(subject.name)) return 'anonymous'
  return subject.kind === 'Group' && everybody.has(subject.name) ? 'everybody' : 'named'
}

const bases: Record<Reached['what'] | 'part', Severity> = {
  admin: 'critical',
  node: 'high',
  namespace: 'medium',
  account: 'medium',
  secret: 'medium',
  pod: 'medium',
  part: 'low',
}
// So many rights, or pieces of state, have to fall into place.
const farHops = 4

type Way = Pick<Reached, 'hops'> & { what: Reached['what'] | 'part'; waits: boolean; unsure: boolean }

/** How bad a way is for somebody named: what it ends in, less where it is long, waits or is not sure. */
export function severityOfWay(way: Way): Severity {
  const lower = (way.hops >= farHops ? 1 : 0) + (way.waits || way.unsure ? 1 : 0)
  return shift(bases[way.what], lower)
}

/** The same for all whom a subject stands for: more where they are many. What is worse for one is never less bad for all. */
export function forBreadth(severity: Severity, breadth: Breadth): Severity {
  if (breadth === 'anonymous') return severity === 'low' ? 'high' : 'critical'
  return breadth === 'everybody' ? shift(severity, -1) : severity
}

function shift(severity: Severity, by: number): Severity {
  const place = Math.min(Math.max(severities.indexOf(severity) + by, 0), severities.length - 1)
  return severities[place] ?? severity
}

export function isWorse(one: Severity, other: Severity): boolean {
  return severities.indexOf(one) < severities.indexOf(other)
}

export function isAtLeast(severity: Severity, threshold: Severity): boolean {
  return !isWorse(threshold, severity)
}

const ends: Record<Reached['what'], string> = {
  admin: 'everything in the cluster',
  node: 'root on a node',

  namespace: 'everything in a namespace',
  account: 'acts as a service account',
  secret: 'reads secrets',
  pod: 'runs code in a pod',
}

/** Why a finding is that severe, in words; the texts in it are raw. */
export function reasonsFor(reached: Reached | undefined, subject: Subject | undefined): Finding['because'] {
  const reasons: string[] = []
  if (reached) {
    const { what, text, hops, waits, unsure } = reached
    reasons.push(`${ends[what]}${what === 'admin' ? '' : ` (${text})`} in ${hops === 1 ? 'one hop' : `${hops} hops`}`)
    if (hops >= farHops) reasons.push('the way is long')
    if (waits) reasons.push('it waits for somebody else')
    if (unsure) reasons.push('it may not work: not everything about it is known')
  }
  const breadth = breadthOf(subject)
  if (breadth === 'anonymous') reasons.push('nobody has to log in for it')
  if (breadth === 'everybody') reasons.push('whoever has any credential, as code in any pod has, holds it')
  return reasons
}
