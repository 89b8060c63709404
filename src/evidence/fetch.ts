import { setTimeout as sleep } from 'node:timers/promises'
import type { Facts } from '../bundle/entry.ts'
import type { Request } from '../cluster/cluster.ts'
import { SecureError } from '../errors.ts'
import { chunksOf } from './chunks.ts'
import type { Run } from './run.ts'

export type Wanted = {
  path: readonly string[]
  meta?: Facts
  request: Request
  /** Whose limit it counts against: a node. */
  key?: string | undefined
  /** Sees, or changes, the bytes of a try on their way to the disk; what it returns at their end is recorded with them. */
  through?: Through
}

export type Through = (chunks: AsyncIterable<Buffer>) => AsyncGenerator<Buffer, Facts>

// What may be better in a moment; a 5xx with Retry-After was tried again already.
const passing = new Set(['bad-answer', 'unreachable', 'timeout', 'server'])
const waitsMs = [500, 2000]

/**
 * Streams the answer to a request into the case. One that is cut short is kept as a `.partN` and asked for anew from its beginning; nothing
 * is joined. Throws SecureError: what the cluster says, or `journal` where the disk fails.
 */
export async function fetchArtefact(run: Run, wanted: Wanted): Promise<{ file: string; bytes: number }> {
  for (let tries = 0; ; tries++) {
    try {
      return await fetchOnce(run, wanted, await run.limit(wanted.key))
    } catch (error) {
      const wait = waitsMs[tries]
      if (!(error instanceof SecureError) || !passing.has(error.code) || isFinal(error)) throw error
      if (wait === undefined || run.stopped !== undefined) throw error
      await sleep(wait)
    }
  }
}

// A 4xx stays one: a log of a container that has none yet.
const isFinal = ({ status }: SecureError) => status !== undefined && status.code < 500

async function fetchOnce(
  run: Run,
  { path, meta: given = {}, request, through }: Wanted,
  release: () => void,
): Promise<{ file: string; bytes: number }> {
  const row = run.recorder.begin(request)
  try {
    if (run.stopped !== undefined) throw new SecureError('interrupted', run.stopped)
    const { status, headers, body } = await run.recorder.inner.stream(row.request)
    const meta: Facts = {
      ...given,
      ...(request.method !== undefined && { method: request.method }),
      path: request.path,
      ...(request.headers?.['accept'] !== undefined && { accept: request.headers['accept'] }),
      auditId: row.auditId,
      status,
      ...(headers['content-type'] !== undefined && { contentType: headers['content-type'] }),
      ...(headers.date !== undefined && { date: headers.date }),
    }
    const counted = count(run, chunksOf(body), release)
    const { file, sha256, bytes } = await run.evidence.artefact(path, meta, through ? through(counted) : counted)
    row.end({ bytes, sha256, file })
    return { file, bytes }
  } catch (error) {
    row.end({ error })
    throw error
  } finally {
    release()
  }
}

// Once all of it has come the server is free for the next, while the disk takes this one.
async function* count(run: Run, chunks: AsyncIterable<Buffer>, release: () => void): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    run.tally.bytes += chunk.length
    yield chunk
  }
  release()
}
