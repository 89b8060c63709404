import { object, type Raw } from '../../audit-log/read/fields.ts'
import type { Kept } from '../../bundle/entry.ts'
import type { Artefact, Bundle } from '../../bundle/read.ts'
import type { Gap } from '../../snapshot/snapshot.ts'
import { shownPath } from '../show.ts'
import type { BundleClocks } from './clocks.ts'
import type { EventRows } from './events.ts'
import { type LogFile, logRows, readLog } from './logs.ts'
import { type ObjectAt, objectAlone, objectsOfList } from './objects-in.ts'
import { objectRows, type Type } from './objects.ts'
import { type Pod, podOf } from './pods.ts'
import type { Found } from './row.ts'

/**
 * What a bundle tells of what happened, beside its audit logs: objects and logs; its Events go into `events`. It is read once and in its order; in memory
 * are one object, the Events, and a few words of each log. What cannot be read is a gap. Throws Damage where it is not as it was recorded.
 */
export async function* bundleRows(
  bundle: Bundle,
  { clocks, prefix, gaps, events }: { clocks: BundleClocks; prefix: string; gaps: Gap[]; events: EventRows },
): AsyncGenerator<Found> {
  const pods = new Map<string, Pod>()
  const logs: LogFile[] = []
  for await (const artefact of bundle.artefacts(isTelling)) {
    const file = `${prefix}${shownPath(artefact)}`
    if (artefact.path?.[0] === 'logs') {
      const hides = 'when its last lines were written'
      logs.push({ ...(await readLog(artefact, (why) => gaps.push({ what: `read ${file}`, why, hides }))), file })
      continue
    }
    const type = typeOf(artefact)
    for await (const raw of whole(artefact, file, gaps)) {
      const around = { clocks, file, line: raw.line }
      if (type.resource === 'events' && isEvents(type.group)) events.add(raw.raw, around)
      else yield* objectRows(raw.raw, type, around, podAt(raw.raw, type, pods))
    }
  }
  yield* logRows(logs, pods, clocks)
}

function isTelling({ path }: Kept): boolean {
  const [room, ...rest] = path ?? []
  return room === 'logs' ? rest.length > 3 : room === 'raw' || (room === 'scene' && rest[0] === 'events')
}

function typeOf({ path }: Kept): Type {
  const [room, group = '', , resource = ''] = path ?? []
  return room === 'scene' ? { group: '', resource: 'events' } : { group: group === '_core' ? '' : group, resource }
}

const isEvents = (group: string) => group === '' || group === 'events.k8s.io'

// A kind of somebody else's group may have the same plural.
function podAt(raw: Raw, { group, resource }: Type, pods: Map<string, Pod>): Pod | undefined {
  if (group !== '' || resource !== 'pods') return undefined
  const pod = podOf(raw)
  const uid = object(raw['metadata'])?.['uid']
  if (typeof uid === 'string') pods.set(uid, pod)
  return pod
}

/** The objects of an artefact; those that cannot be read are one gap. */
async function* whole(artefact: Artefact, file: string, gaps: Gap[]): AsyncGenerator<Extract<ObjectAt, { raw: Raw }>> {
  const isAlone = artefact.path?.at(-2) === 'by-name'
  let broken = 0
  let first = ''
  for await (const one of isAlone ? objectAlone(artefact.content()) : objectsOfList(artefact.content())) {
    if ('raw' in one) yield one
    else {
      broken += 1
      first ||= one.why
    }
  }
  // The end of what was cut is a gap of the journal's already.
  if (broken > (artefact.cut === undefined ? 0 : 1))
    gaps.push({ what: `read ${broken} objects of ${file}`, why: first, hides: 'what they tell of what happened' })
}
