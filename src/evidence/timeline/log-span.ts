import { micros } from '../../audit-log/event.ts'

const newline = 0x0a
// RFC 3339 with nanoseconds and a zone, and the space behind it.
const longest = 40
// Only a torn file has lines without a time; a few tell whether one has.
const tries = 8

/**
 * The times in front of the first and the last line of a log, as it goes by: as `pods/log?timestamps` gives it (`TIME text`) or as it lies on a
 * node (`TIME stdout F text`). Lines may be of any length; a few bytes are held.
 */
export class LogSpan {
  first: string | undefined
  last: string | undefined
  #edge: Buffer

  /** `isWhole`: it begins with a line, and not in the middle of one. */
  constructor(isWhole: boolean) {
    this.#edge = isWhole ? Buffer.from('\n') : Buffer.alloc(0)
  }

  push(chunk: Buffer): void {
    const edge = Buffer.concat([this.#edge, chunk.subarray(0, longest)])
    for (let at = edge.indexOf(newline); at >= 0 && at < this.#edge.length; at = edge.indexOf(newline, at + 1))
      this.#see(timeAt(edge, at + 1))
    if (this.first === undefined) this.#see(forwards(chunk))
    this.#see(backwards(chunk))
    this.#edge = Buffer.from(chunk.length >= longest ? chunk.subarray(-longest) : edge.subarray(-longest))
  }

  #see(time: string | undefined): void {
    if (time === undefined) return
    this.first ??= time
    this.last = time
  }
}

function forwards(chunk: Buffer): string | undefined {
  let at = chunk.indexOf(newline)
  for (let count = 0; at >= 0 && count < tries; count++) {
    const time = timeAt(chunk, at + 1)
    if (time !== undefined) return time
    at = chunk.indexOf(newline, at + 1)
  }
  return undefined
}

function backwards(chunk: Buffer): string | undefined {
  let at = chunk.lastIndexOf(newline)
  for (let count = 0; at >= 0 && count < tries; count++) {
    const time = timeAt(chunk, at + 1)
    if (time !== undefined) return time
    at = at === 0 ? -1 : chunk.lastIndexOf(newline, at - 1)
  }
  return undefined
}

function timeAt(bytes: Buffer, start: number): string | undefined {
  const text = bytes.toString('latin1', start, start + longest)
  const end = text.indexOf(' ')
  if (end < 0) return undefined
  const time = text.slice(0, end)
  return micros(time) === undefined ? undefined : time
}
