import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { SecureError, whyUnread } from '../errors.ts'

/** What stands at a path: manifests, and the directories below it that could not be read. */
export type Manifests = { files: string[]; closed: { path: string; why: string }[] }

/** The file itself, or all .yaml, .yml and .json below a directory, in a stable order. Throws SecureError('usage'). */
export async function manifestFiles(path: string): Promise<Manifests> {
  const info = await stat(path).catch((error: unknown) => {
    throw new SecureError('usage', path === '' ? '--snapshot is empty' : `snapshot ${path}: ${whyUnread(error)}`, {
      hint: '--snapshot takes a file or a directory of manifests, as `kubectl get -o yaml` writes them',
    })
  })
  if (!info.isDirectory()) return { files: [path], closed: [] }
  const found: Manifests = { files: [], closed: [] }
  await walk(path, found)
  if (found.files.length === 0 && found.closed.length === 0) {
    throw new SecureError('usage', `snapshot ${path}: no .yaml, .yml or .json files in it`)
  }
  found.files.sort()
  return found
}

// Links to directories are not followed: a hostile tree may loop.
async function walk(directory: string, found: Manifests): Promise<void> {
  try {
    for (const entry of await readdir(directory, { withFileTypes: true })) {
      const path = join(directory, entry.name)
      if (entry.isDirectory()) await walk(path, found)
      else if (/\.(?:ya?ml|json)$/i.test(entry.name)) found.files.push(path)
    }
  } catch (error) {
    found.closed.push({ path: directory, why: error instanceof Error ? error.message : String(error) })
  }
}

/** What a manifest's file holds; throws with the reason where it cannot be read (a link to nowhere, no right, too large). */
export async function readManifest(file: string): Promise<Buffer> {
  const info = await stat(file)
  if (!info.isFile()) throw new Error('not a regular file')
  return await readFile(file)
}

/** A manifest's text; throws where no text is as long. */
export function textOfManifest(bytes: Buffer): string {
  // PowerShell writes UTF-16; kubectl reads it too. The decoder drops the byte order mark.
  const mark = bytes.length < 2 ? 0 : bytes.readUInt16BE(0)
  return new TextDecoder(mark === 0xfffe ? 'utf-16le' : mark === 0xfeff ? 'utf-16be' : 'utf-8').decode(bytes)
}
