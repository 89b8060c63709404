import { decodeEvent } from './decode-event.ts'
import type { Piece } from './bounded-bytes.ts'
import { object } from './fields.ts'
import type { LineEvents } from './line-event.ts'
import { parseJson } from './parse-json.ts'
import { type Unwrapped, unwrapText } from './unwrap.ts'

/**
 * The events of a line or record. `foreign` where it is something else: an empty line, a log line of another program. `lines` knows those that the API
 * server wrote; it may be left out, and the events are the same.
 */
export function pieceEvents(
  { line, bytes, from, to, tail }: Piece,
  file: string,
  lines?: LineEvents,
): Unwrapped & { foreign: boolean } {
  const plain = tail ? undefined : lines?.read(bytes, from, to, { file, line })
  if (plain) return { events: [plain], unreadable: 0, foreign: false }
  const whole = bytes.toString('utf8', from, to)
  const start = whole.search(/[{[]/)
  const none = { events: [], unreadable: 0, foreign: true }
  // NULs of a disk that lost power may be many; other words before an event are few: times, stream names, priorities.
  if (start < 0) return { ...none, unreadable: 0 }
  const before = whole.slice(0, start).replaceAll('\0', '')
  if (before.length > 512) return none
  const shipped = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)/.exec(before)?.[0]
  const found = unwrapText(whole.slice(start), { at: { file, line }, shipped }, 0, tail ? 'too-long' : 'cut')
  if (tail) addTail(found, tail.toString('utf8'))
  return { ...found, foreign: found.events.length === 0 && found.unreadable === 0 }
}

// Behind the bodies come the times and annotations, in Go's order of fields. The last place where they begin is theirs:
// what a body holds stands before it, and in strings quotes are escaped.
function addTail({ events }: Unwrapped, tail: string): void {
  const from = tail.lastIndexOf(',"requestReceivedTimestamp":"')
  const [event] = events
  if (from < 0 || !event || events.length > 1) return
  try {
    const raw = object(parseJson(`{${tail.slice(from + 1).trimEnd()}`))
    const end = raw && decodeEvent({ verb: event.verb, ...raw }, event.at)
    if (!end) return
    Object.assign(event, { annotations: end.annotations, received: end.received, staged: end.staged })
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
}
