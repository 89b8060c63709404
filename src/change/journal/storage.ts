import { constants, type Stats } from 'node:fs'
import { type FileHandle, lstat, mkdir, open, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { SecureError } from '../../errors.ts'

/** Makes the directory of a cluster's journals, for its owner alone, and what is above it; all of it survives a power cut. */
export async function makeDirectory(stateDir: string, directory: string): Promise<void> {
  for (const path of [dirname(stateDir), stateDir, directory]) {
    await explained(`cannot make ${path}`, async () => {
      const first = await mkdir(path, { recursive: true, mode: 0o700 })
      if (first === undefined) return
      for (let made = path; made.length >= first.length; made = dirname(made)) await syncDirectory(dirname(made))
    })
  }
}

/**
 * Refuses directories that others may write to or that lie elsewhere: what is in them could be made up. Above them a link is
 * fine (a home directory may be one). Returns false where there is none.
 */
export async function checkDirectories(stateDir: string, directory: string): Promise<boolean> {
  const above = await missingIsUndefined(stat(dirname(stateDir)), dirname(stateDir))
  if (!above) return false
  // Not so strict as below: ~/.local/state may be writable to a group that has its owner as only member.
  if ((above.mode & 0o1002) === 0o0002) throw unsafe(dirname(stateDir), 'anyone may rename what is in it')
  for (const path of [stateDir, directory]) {
    const found = await missingIsUndefined(lstat(path), path)
    if (!found) return false
    if (!found.isDirectory()) throw unsafe(path, found.isSymbolicLink() ? 'it is a link' : 'it is not a directory')
    checkOwner(path, found)
  }
  return true
}

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
  const handle = await open(path, constants.O_RDONLY)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Writes all of it and waits until the disk has it. Throws what the system says. */
export async function writeDurably(handle: FileHandle, bytes: Buffer): Promise<void> {
  // One write for one line; a second is only needed to learn why the first fell short.
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

function checkOwner(path: string, { uid, mode }: Stats): void {
  const self = process.getuid?.()
  if (self !== undefined && uid !== self) throw unsafe(path, `it belongs to the user with the id ${uid}`)
  if ((mode & 0o022) !== 0) throw unsafe(path, `others may write to it (mode ${(mode & 0o777).toString(8)})`)
}

function unsafe(path: string, why: string): SecureError {
  return new SecureError('journal', `${path} is not used, as journals could be made up in it: ${why}`, {
    hint: 'Journals must be yours alone: see who made it, then remove it or set its owner and mode (go-w). XDG_STATE_HOME names another place.',
  })
}

async function missingIsUndefined(found: Promise<Stats>, path: string): Promise<Stats | undefined> {
  return await explained(`cannot look at ${path}`, async () => {
    try {
      return await found
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    }
  })
}
