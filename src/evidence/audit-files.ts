import { createReadStream } from 'node:fs'
import { lstat, readdir } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { SecureError } from '../errors.ts'
import type { Missing, Run } from './run.ts'

// So often a directory is looked at: who makes files for ever is not waited for.
const maxLooks = 10

/**
 * Copies audit logs, a file or all files below a directory, as they are. Links are not followed. A log that is rotated meanwhile has another
 * name when all were copied: then it is looked again.
 */
export async function collectAuditLogs(run: Run, source: string, number: number): Promise<void> {
  await run.attempt(missingOf(source), async () => {
    const root = resolve(source)
    const found = await orRefused(root, () => lstat(root))
    const files = found.isDirectory() ? filesBelow(root, []) : found.isFile() ? [{ path: root, parts: ['log'] }] : []
    for await (const { path, parts } of files) {
      const file = ['audit', `${number}-${basename(root)}`, ...parts]
      if (!run.evidence.has(file)) await run.attempt(missingOf(path), () => copy(run, path, file))
    }
  })
}

function missingOf(path: string): Missing {
  return { what: `the audit log ${path}`, hides: 'who asked the API server for what' }
}

async function copy(run: Run, path: string, file: string[]): Promise<void> {
  const { size, mtime } = await orRefused(path, () => lstat(path))
  run.tally.planned++
  await orRefused(path, () =>
    run.evidence.artefact(file, { source: path, size, modified: mtime.toISOString() }, counted(run, path)),
  )
  run.tally.done++
}

async function* filesBelow(path: string, parts: string[]): AsyncGenerator<{ path: string; parts: string[] }> {
  const seen = new Set<string>()
  for (let looks = 0; looks < maxLooks; looks++) {
    const all = await orRefused(path, () => readdir(path, { withFileTypes: true }))
    const fresh = all.filter(({ name }) => !seen.has(name)).toSorted((one, other) => (one.name < other.name ? -1 : 1))
    if (fresh.length === 0) return
    for (const entry of fresh) {
      seen.add(entry.name)
      const below = { path: join(path, entry.name), parts: [...parts, entry.name] }
      if (entry.isDirectory()) yield* filesBelow(below.path, below.parts)
      else if (entry.isFile()) yield below
    }
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
