import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { SecureError } from '../errors.ts'

/** The manifest files at a path: the file itself, or all .yaml, .yml and .json below a directory, in a stable order. */
export async function manifestFiles(path: string): Promise<string[]> {
  const info = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new SecureError(
      'usage',
      `snapshot ${path}: ${error.code === 'ENOENT' ? 'no such file or directory' : error.message}`,
      {
        hint: '--snapshot takes a file or a directory of manifests, as `kubectl get -o yaml` writes them',
      },
    )
  })
  if (!info.isDirectory()) return [path]
  // Links to directories are not followed: a hostile tree may loop.
  const entries = await readdir(path, { withFileTypes: true, recursive: true })
  const files = entries
    .filter((entry) => !entry.isDirectory() && /\.(?:ya?ml|json)$/i.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
  if (files.length === 0) {
    throw new SecureError('usage', `snapshot ${path}: no .yaml, .yml or .json files in it`)
  }
  return files
}

/** A manifest's text; throws with the reason where it cannot be read (a link to nowhere, no right, too large). */
export async function readManifest(file: string): Promise<string> {
  const info = await stat(file)
  if (!info.isFile()) throw new Error('not a regular file')
  const bytes = await readFile(file)
  // oxlint-disable-next-line unicorn/text-encoding-identifier-case
  return (bytes[0] === 0xef ? bytes.subarray(3) : bytes).toString('utf8')
}
