import { closeSync, constants, fsync, openSync, type Stats } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { promisify } from 'node:util'
import { SecureError } from '../errors.ts'

const sync = promisify(fsync)

/** Opens a file of ours, and nothing that a link leads to. Throws SecureError, also for a file that others may write to. */
export async function openFile(path: string, flags: number): Promise<FileHandle> {
  // A pipe would wait for a writer.
  const safe = constants.O_NOFOLLOW | constants.O_NONBLOCK
  const handle = await explained(`cannot open ${path}`, async () => await open(path, flags | safe, 0o600))
  try {
    const found = await handle.stat()
    if (!found.isFile()) throw unsafe(path, 'it is not a file')
    checkOwner(path, found)
    return handle
  } catch (error) {
    await handle.close()
    throw error
  }
}

/** Makes the names in a directory survive a power cut. */
export async function syncDirectory(path: string): Promise<void> {
  const fd = openSync(path, constants.O_RDONLY)
  try {
    await sync(fd)
  } finally {
    closeSync(fd)
  }
}

/** Writes all of it and waits until the disk has it. Throws what the system says. */
export async function writeDurably(handle: FileHandle, bytes: Buffer): Promise<void> {
  // A second write is only needed to learn why the first fell short.
  for (let done = 0; done < bytes.length; ) done += (await handle.write(bytes, done)).bytesWritten
  await handle.sync()
}

/** Runs work on files; what the system says becomes a SecureError `journal` that begins with `what`. */
export async function explained<T>(what: string, work: () => Promise<T>, hint?: string): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (cause instanceof SecureError) throw cause
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new SecureError('journal', `${what}: ${why}`, { cause, ...(hint !== undefined && { hint }) })
  }
}

/** Refuses what is of another user or may be written by others: it could be made up. Throws SecureError `journal`. */
export function checkOwner(path: string, { uid, mode }: Stats): void {
  const self = process.getuid?.()
  if (self !== undefined && uid !== self) throw unsafe(path, `it belongs to the user with the id ${uid}`)
  if ((mode & 0o022) !== 0) throw unsafe(path, `others may write to it (mode ${(mode & 0o777).toString(8)})`)
}

/** The refusal to use a place that others may have written to. */
export function unsafe(path: string, why: string): SecureError {
  return new SecureError('journal', `${path} is not used, as records could be made up in it: ${why}`, {
    hint: 'It must be yours alone: see who made it, then remove it, set its owner and mode (go-w), or name another place.',
  })
}
