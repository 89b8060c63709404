import type { Readable } from 'node:stream'
import { SecureError } from '../errors.ts'

export type WatchEvent = { type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'; object: unknown }

const types = new Set<unknown>(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK'])
// Twice the largest object that an API server stores.
const maxLine = 8 * 1024 * 1024

/**
 * The events of a watch, a line of JSON each. It ends when the server ends it, or the connection is lost between two events.
 * Throws SecureError: `gone` when the version has expired, `server` for another error event, `bad-answer` for a line that is
 * broken or cut short, and the reason of `signal`. Rule: apimachinery's pkg/watch and pkg/apis/meta/v1 WatchEvent.
 */
export async function* watchEvents(path: string, body: Readable, signal: AbortSignal): AsyncGenerator<WatchEvent> {
  for await (const line of linesOf(path, body, signal)) {
    if (line.trim() !== '') yield eventOf(path, line)
  }
}

async function* linesOf(path: string, body: Readable, signal: AbortSignal): AsyncGenerator<string> {
  let pending: Buffer[] = []
  let size = 0
  try {
    for await (const piece of body as AsyncIterable<Buffer>) {
      let start = 0
      for (let end = piece.indexOf(10); end >= 0; end = piece.indexOf(10, start)) {
        yield Buffer.concat([...pending, piece.subarray(start, end)]).toString('utf8')
        start = end + 1
        pending = []
        size = 0
      }
      pending.push(piece.subarray(start))
      size += piece.length - start
      if (size > maxLine) throw bad(path, `an event is longer than ${maxLine / 1024 / 1024} MiB`)
    }
  } catch (error) {
    const isLost = error instanceof SecureError && ['bad-answer', 'unreachable', 'timeout'].includes(error.code)
    if (signal.aborted || !isLost || size > 0) throw error
  }
  if (size > 0) throw bad(path, 'the watch ended in the middle of an event')
}

function eventOf(path: string, line: string): WatchEvent {
  let event: { type?: unknown; object?: unknown } | null
  try {
    event = JSON.parse(line) as typeof event
  } catch (cause) {
    throw bad(path, 'an event is broken JSON', cause)
  }
  if (event?.type === 'ERROR') throw errorEvent(path, event.object)
  if (!types.has(event?.type)) throw bad(path, 'a line is not an event of a watch')
  return event as WatchEvent
}

function errorEvent(path: string, object: unknown): SecureError {
  const { code, message } = (object ?? {}) as { code?: unknown; message?: unknown }
  const said = typeof message === 'string' ? message.slice(0, 500).replace(/\s+/g, ' ') : 'the server does not say why'
  return new SecureError(code === 410 ? 'gone' : 'server', `GET ${path}: the watch ended: ${said}`)
}

function bad(path: string, message: string, cause?: unknown): SecureError {
  return new SecureError('bad-answer', `GET ${path}: ${message}`, { cause })
}
