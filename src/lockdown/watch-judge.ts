import { listAt, metaOf, numberAt, type Raw, recordAt, statusOf, textAt } from '../isolation/raw.ts'
import { planLabel } from '../change/plan.ts'
import type { Denial } from './report.ts'

/** How pods stand, by uid. */
export type Standing = ReadonlyMap<string, { namespace: string; name: string; ready: boolean; restarts: number }>

/** Whether pods are ready, and how often their containers were started again. Those that we made are none of them. */
export function podsStand(pods: readonly Raw[]): Standing {
  return new Map(
    pods
      .filter((pod) => !Object.hasOwn(metaOf(pod).labels, planLabel) && !metaOf(pod).deleting)
      .map((pod) => {
        const { uid, namespace, name } = metaOf(pod)
        const conditions = listAt(statusOf(pod), 'conditions')
        const ready = conditions.some((one) => textAt(one, 'type') === 'Ready' && textAt(one, 'status') === 'True')
        const statuses = listAt(statusOf(pod), 'containerStatuses')
        const restarts = statuses.reduce((sum, one) => sum + (numberAt(one, 'restartCount') ?? 0), 0)
        return [uid, { namespace, name, ready, restarts }] as const
      }),
  )
}

/** What is not as it was before: pods that were ready and are not, restarts, and what events say of refusals and probes; pure. */
export function deniedBy(before: Standing, now: Standing, events: readonly Raw[], since: Date): Denial[] {
  const at = new Date().toISOString()
  const pods = [...now].flatMap(([uid, { namespace, name, ready, restarts }]): Denial[] => {
    const was = before.get(uid)
    const of = { kind: 'Pod', namespace, name }
    return [
      ...(was?.ready === true && !ready
        ? [{ at, what: 'not ready' as const, of, text: 'it is not ready any more' }]
        : []),
      ...(was && restarts > was.restarts
        ? [{ at, what: 'restarted' as const, of, text: `its containers were started again (${restarts} times so far)` }]
        : []),
    ]
  })
  return [...pods, ...events.flatMap((event) => ofEvent(event, since))]
}

const refusal = /exceeded quota|violates PodSecurity|is forbidden/

function ofEvent(event: Raw, since: Date): Denial[] {
  const at = lastSeen(event)
  const about = recordAt(event, 'involvedObject')
  const of = { kind: textAt(about, 'kind'), namespace: textAt(about, 'namespace'), name: textAt(about, 'name') }
  // Events have whole seconds.
  if (Date.parse(at) < since.getTime() - 1000 || of.name.startsWith('kubectl-secure-')) return []
  const [reason, message] = [textAt(event, 'reason'), textAt(event, 'message').slice(0, 500)]
  if (reason === 'FailedCreate' && refusal.test(message)) return [{ at, what: 'refused', of, text: message }]
  if (reason === 'Unhealthy') return [{ at, what: 'probe failed', of, text: message }]
  return []
}

function lastSeen(event: Raw): string {
  const times = [
    textAt(recordAt(event, 'series'), 'lastObservedTime'),
    textAt(event, 'lastTimestamp'),
    textAt(event, 'eventTime'),
    textAt(recordAt(event, 'metadata'), 'creationTimestamp'),
  ]
  return times.find((time) => time !== '') ?? ''
}
