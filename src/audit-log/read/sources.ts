import { open } from 'node:fs/promises'
import { Readable } from 'node:stream'
import type { Gap } from '../../snapshot/snapshot.ts'
import { fileGap, type LogFiles, logFiles } from './files.ts'
import { fileBlocks } from './text-blocks.ts'

/** Log files that come one after the other, such as those in an archive. */
export type LogParts = { parts: () => AsyncIterable<{ name: string; content: AsyncIterable<Buffer> }> }
/** A file or a directory of rotated ones, a stream such as standard input, or parts of something else. */
export type LogSource = string | Readable | LogParts

type OnBytes = (count: number) => void
export type LogPart = { path: string; blocks: (onBytes: OnBytes) => AsyncIterable<Buffer> }

/**
 * The files of all sources, one after the other. A file that cannot be opened is a gap. Throws SecureError('usage') where a path cannot
 * be used at all, before any is read: a slip of the pen in the last must not cost the reading of the others.
 */
export async function* logParts(sources: readonly LogSource[], gaps: Gap[]): AsyncGenerator<LogPart> {
  const found = await Promise.all(
    sources.map(async (source) => (typeof source === 'string' ? await logFiles(source) : source)),
  )
  for (const source of found) {
    if (source instanceof Readable) yield { path: '-', blocks: (onBytes) => counted(source, onBytes) }
    else if ('files' in source) yield* fileParts(source, gaps)
    else
      for await (const { name, content } of source.parts())
        yield { path: name, blocks: (onBytes) => counted(content, onBytes) }
  }
}

async function* fileParts({ files, gaps: unread }: LogFiles, gaps: Gap[]): AsyncGenerator<LogPart> {
  gaps.push(...unread)
  for (const path of files) {
    const handle = await open(path).catch((error: unknown) => void gaps.push(fileGap(path, error)))
    if (!handle) continue
    try {
      yield { path, blocks: (onBytes) => fileBlocks(handle, onBytes) }
    } finally {
      await handle.close()
    }
  }
}

async function* counted(source: AsyncIterable<unknown>, onBytes: OnBytes): AsyncGenerator<Buffer> {
  for await (const chunk of source) {
    const block = typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Buffer)
    onBytes(block.length)
    yield block
  }
}
