import { open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { SecureError, whyUnread } from '../../errors.ts'
import type { Gap } from '../../snapshot/snapshot.ts'
import { micros } from '../event.ts'
import { firstText } from './text-blocks.ts'

export type LogFiles = { files: string[]; gaps: Gap[] }

/**
 * The audit log files at a path: the file, or all below a directory in the order of the first time each holds. Names
 * are no help: `audit-2026-01-02T03-04-05.000.log.gz`, `audit.log.1` and `000000.gz` each sort their own way.
 * Throws SecureError('usage') where the path cannot be used at all.
 */
export async function logFiles(path: string): Promise<LogFiles> {
  const info = await stat(path).catch((error: unknown) => {
    throw new SecureError('usage', `audit log ${path}: ${whyUnread(error)}`, {
      hint: 'name a file, or a directory with the rotated files of a log',
    })
  })
  if (!info.isDirectory()) return { files: [path], gaps: [] }
  const gaps: Gap[] = []
  const found = await walk(path, gaps)
  const timed = await Promise.all(found.map(async (file) => ({ file, time: await firstTime(file) })))
  timed.sort((a, b) => a.time - b.time || (a.file < b.file ? -1 : 1))
  return { files: timed.map(({ file }) => file), gaps }
}

// Links to directories are not followed: they may lead round in a circle.
async function walk(directory: string, gaps: Gap[]): Promise<string[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true })
    const nested = await Promise.all(
      entries.map(async (entry) => {
        const path = join(directory, entry.name)
        if (entry.isDirectory()) return walk(path, gaps)
        const info = await stat(path).catch(() => undefined)
        return info?.isFile() ? [path] : []
      }),
    )
    return nested.flat()
  } catch (error) {
    gaps.push(fileGap(directory, error))
    return []
  }
}

/** A file, or the rest of one, that could not be read. */
export function fileGap(path: string, error: unknown, from = 'its events'): Gap {
  const why = error instanceof Error ? error.message : String(error)
  return { what: `read ${path}`, why, hides: `${from} are missing: nothing may be concluded from what is not found` }
}

// A file that cannot be read comes last, and says so when its turn comes.
async function firstTime(file: string): Promise<number> {
  const start = await open(file)
    .then(async (handle) => firstText(handle).finally(() => handle.close()))
    .catch(() => '')
  return timeIn(start) ?? Infinity
}

/** The first time that stands in the text of a log, in microseconds since 1970. */
export function timeIn(start: string): number | undefined {
  const time = /"(?:requestReceivedTimestamp|stageTimestamp|timestamp|time)\\*"\s*:\s*\\*"?([^"\\,}\s]+)/.exec(
    start,
  )?.[1]
  if (time === undefined) return undefined
  return micros(time) ?? (Number(time) * 1000 || undefined)
}
