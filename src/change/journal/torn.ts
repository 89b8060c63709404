import { constants } from 'node:fs'
import { type FileHandle, unlink } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import type { Entry } from './entry.ts'
import { explained, openFile, syncDirectory, writeDurably } from '../../durable/storage.ts'

const maxKept = 1000

/**
 * Cuts a journal at `start`, where a line begins that was never finished, and keeps the bytes of it in `<path>.torn-N`. What the
 * line was about was not sent, as that waits for the line. Returns the note that says so.
 */
export async function cutTornLine(path: string, handle: FileHandle, bytes: Buffer, start: number): Promise<Entry> {
  const torn = bytes.subarray(start)
  const kept = await keep(path, torn)
  await explained(`cannot cut the unfinished last line off ${path}`, async () => {
    await handle.truncate(start)
    await handle.sync()
  })
  return { type: 'note', kind: 'torn-line', data: { at: start, bytes: torn.length, kept: basename(kept) } }
}

async function keep(path: string, torn: Buffer): Promise<string> {
  for (let count = 1; ; count++) {
    const name = `${path}.torn-${count}`
    try {
      await writeNew(name, torn)
      return name
    } catch (error) {
      const { code } = (error as Error).cause as NodeJS.ErrnoException
      if (code !== 'EEXIST' || count === maxKept) throw error
    }
  }
}

async function writeNew(path: string, bytes: Buffer): Promise<void> {
  const handle = await openFile(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL)
  try {
    await explained(`cannot keep an unfinished line in ${path}`, async () => {
      await writeDurably(handle, bytes)
      await syncDirectory(dirname(path))
    })
  } catch (error) {
    await unlink(path).catch(() => {})
    throw error
  } finally {
    await handle.close()
  }
}
