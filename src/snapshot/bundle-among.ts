import { open, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { SecureError } from '../errors.ts'

/**
 * The bundle that --snapshot names: an archive (gzip, tar, age) or a directory with custody/case.json; undefined where all paths are manifests.
 * Throws SecureError `usage` where a bundle and something else are named: an answer is of one moment.
 */
export async function bundleAmong(paths: string[]): Promise<string | undefined> {
  const kinds = await Promise.all(paths.map(isBundle))
  const bundle = paths[kinds.indexOf(true)]
  if (bundle === undefined || paths.length === 1) return bundle
  throw new SecureError(
    'usage',
    `--snapshot: ${bundle} is a bundle of evidence, and there is something else beside it`,
    {
      hint: 'Ask of one bundle, or of manifests.',
    },
  )
}

// What is not there, or cannot be opened, is the reader's to say.
async function isBundle(path: string): Promise<boolean> {
  try {
    if ((await stat(path)).isDirectory()) return (await stat(join(path, 'custody', 'case.json'))).isFile()
    const file = await open(path, 'r')
    try {
      const start = Buffer.alloc(262)
      await file.read(start, 0, start.length, 0)
      const text = start.toString('latin1')
      return text.startsWith('\x1f\x8b') || text.startsWith('age-encryption.org/') || text.endsWith('ustar')
    } finally {
      await file.close()
    }
  } catch {
    return false
  }
}
