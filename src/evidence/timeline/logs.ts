import { micros } from '../../audit-log/event.ts'
import { textBlocks } from '../../audit-log/read/text-blocks.ts'
import type { SourceClock } from '../../audit-log/timeline-clock.ts'
import type { Artefact } from '../../bundle/read.ts'
import { SecureError } from '../../errors.ts'
import type { BundleClocks } from './clocks.ts'
import { LogSpan } from './log-span.ts'
import type { Pod } from './pods.ts'
import { type Found, rowOf, type Said } from './row.ts'

/** Of a file of a log: whose it is, when its lines begin and end, and what is not in it. */
export type LogFile = {
  file: string
  namespace: string
  pod: string
  uid: string
  container: string
  /** `current`, `previous`, `rotated/0.log.20260101-120000.gz`, and the end of a long one: `current.tail`. */
  name: string
  bytes: number
  first: string | undefined
  last: string | undefined
  /** Why it is not whole. */
  cut: string | undefined
  /** Where it begins in the whole log: the end of a long one is a file of its own. */
  from: number
}

// A container that has begun may write nothing for a while.
const silent = 10_000_000

/** Reads the times of a log; all of it goes by, and little is held. `damaged` gets why it could not be read to its end. Throws Damage. */
export async function readLog(
  { path = [], file, meta, bytes, cut, content }: Artefact,
  damaged: (why: string) => void,
): Promise<LogFile> {
  const [, namespace = '', folder = '', container = '', ...rest] = path
  const name = rest.join('/').replace(/\.log$/, '')
  const split = folder.lastIndexOf('_')
  const of = meta['of']
  const span = new LogSpan(of === undefined)
  try {
    for await (const block of textBlocks(content())) span.push(block)
  } catch (error) {
    if (error instanceof SecureError) throw error
    damaged((error as Error).message)
  }
  return {
    file: path.length > 0 ? path.join('/') : file,
    namespace,
    pod: folder.slice(0, split),
    uid: folder.slice(split + 1),
    container,
    name,
    bytes,
    first: span.first,
    last: span.last,
    cut,
    from: Array.isArray(of) && typeof meta['from'] === 'number' ? meta['from'] : 0,
  }
}

/** The logs of all containers as rows: from the first line of each file to its last, what is between them, and where a container began anew. */
export function* logRows(files: LogFile[], pods: ReadonlyMap<string, Pod>, clocks: BundleClocks): Generator<Found> {
  const containers = new Map<string, LogFile[]>()
  for (const one of files) {
    const key = JSON.stringify([one.uid, one.container])
    containers.set(key, [...(containers.get(key) ?? []), one])
  }
  for (const all of containers.values()) {
    const pod = pods.get(all[0]?.uid ?? '')
    const clock = pod?.node === undefined ? { source: 'node/unknown' } : clocks.node(pod.node)
    yield* containerLogs(all, pod, clock)
  }
}

function* containerLogs(files: LogFile[], pod: Pod | undefined, clock: SourceClock): Generator<Found> {
  const found = (file: LogFile, time: string, until: string | undefined, what: string): Found => {
    const { namespace, pod: name, uid, container } = file
    const said: Said = {
      by: `container ${container}`,
      claimed: true,
      what: `log ${file.name} of container ${container}: ${what}`,
      namespace,
      name,
      ...(until !== undefined && until !== time && { until }),
      at: [{ file: file.file, line: 1 }],
    }
    return { row: rowOf(time, clock, said), of: uid }
  }
  let before: LogFile | undefined
  for (const one of inTime(files)) {
    if (one.first === undefined) continue
    const tail = files.find(({ name }) => name === `${one.name}.tail`)
    const notes = [
      `${one.bytes} bytes from its first line to its last`,
      ...(one.cut === undefined ? [] : [`it was cut: ${one.cut}`]),
      ...beginning(one, before, pod),
    ]
    yield found(one, one.first, one.last, notes.join('; '))
    before = laterEnd(before, one)
    if (tail?.first === undefined || tail.last === undefined) continue
    const skipped = tail.from - one.bytes
    if (skipped > 0)
      yield found(
        one,
        one.last ?? one.first,
        tail.first,
        `${skipped} bytes that are not in the evidence (--max-log-bytes)`,
      )
    yield found(tail, tail.first, tail.last, `its end, ${tail.bytes} bytes`)
    before = laterEnd(before, tail)
  }
}

function laterEnd(one: LogFile | undefined, other: LogFile): LogFile {
  return one && (micros(one.last ?? '') ?? 0) > (micros(other.last ?? '') ?? 0) ? one : other
}

function inTime(files: LogFile[]): LogFile[] {
  return files
    .filter(({ name }) => !name.endsWith('.tail'))
    .toSorted((a, b) => (micros(a.first ?? '') ?? Infinity) - (micros(b.first ?? '') ?? Infinity))
}

// How a file goes on from the one before; where there is none, how much later it begins than its container did.
function beginning({ name, container, first }: LogFile, before: LogFile | undefined, pod: Pod | undefined): string[] {
  const from = before ? before.last : pod?.started.get(container)
  const apart = (micros(first ?? '') ?? 0) - (micros(from ?? '') ?? 0)
  if (from === undefined || (!before && (name !== 'current' || apart < silent))) return []
  const later = `${(Math.abs(apart) / 1_000_000).toFixed(1)} s`
  // It was rotated while it was read.
  if (before && apart < 0) return [`it begins ${later} before the end of ${before.name}: what both have is there twice`]
  if (!before)
    return [
      `it begins ${later} after its container: what was before was rotated away or is older than --since, or there was none`,
    ]
  return [
    before.name.startsWith('previous')
      ? `the container began anew, ${later} after the run before`
      : `${later} after the end of ${before.name}`,
  ]
}
