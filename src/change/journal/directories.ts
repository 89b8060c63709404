import { lstat, mkdir, stat } from 'node:fs/promises'
import type { Stats } from 'node:fs'
import { dirname } from 'node:path'
import { checkOwner, explained, syncDirectory, unsafe } from '../../durable/storage.ts'

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
