import { createReadStream } from 'node:fs'
import { lstat, readdir } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { SecureError } from '../errors.ts'
import type { Run } from './run.ts'

/** Copies audit logs, a file or all files below a directory, as they are. Links are not followed. */
export async function collectAuditLogs(run: Run, source: string, number: number): Promise<void> {
  const missing = { what: `the audit log ${source}`, hides: 'who asked the API server for what' }
  await run.attempt(missing, async () => {
    const root = resolve(source)
    for await (const { path, parts } of filesOf(root, [])) {
      const file = ['audit', `${number}-${basename(root)}`, ...parts]
      if (run.evidence.has(file)) continue
      const { size, mtime } = await orRefused(path, () => lstat(path))
      run.tally.planned++
      await orRefused(path, () =>
        run.evidence.artefact(file, { source: path, size, modified: mtime.toISOString() }, counted(run, path)),
      )
      run.tally.done++
    }
  })
}

async function* filesOf(path: string, parts: string[]): AsyncGenerator<{ path: string; parts: string[] }> {
  const found = await orRefused(path, () => lstat(path))
  if (found.isFile()) yield { path, parts: parts.length > 0 ? parts : ['log'] }
  else if (found.isDirectory()) {
    const names = await orRefused(path, () => readdir(path))
    for (const name of names.toSorted()) yield* filesOf(join(path, name), [...parts, name])
  }
}

async function* counted(run: Run, path: string): AsyncGenerator<Buffer> {
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>) {
    run.tally.bytes += chunk.length
    yield chunk
  }
}

async function orRefused<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (cause instanceof SecureError) throw cause
    throw new SecureError('usage', `cannot read ${path}: ${(cause as Error).message}`, { cause })
  }
}
