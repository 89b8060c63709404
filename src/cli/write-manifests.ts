import { constants } from 'node:fs'
import { mkdir, open, realpath } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { SecureError, whyUnread } from '../errors.ts'

/**
 * Writes files below a folder, anew where they are there: the same question gives the same files. A link in the place of a file, or of a folder
 * below, is not followed.
 * Throws SecureError `usage` where the folder cannot be written.
 */
export async function writeManifests(
  folder: string,
  files: readonly { path: string; text: string }[],
  flag: string,
): Promise<void> {
  const { O_CREAT, O_NOFOLLOW, O_TRUNC, O_WRONLY } = constants
  try {
    for (const { path, text } of files) {
      const whole = join(folder, path)
      await mkdir(dirname(whole), { recursive: true })
      // What is written into may be somebody's repository: links in it could lead anywhere.
      if ((await realpath(dirname(whole))) !== join(await realpath(folder), dirname(path)))
        throw new Error(`${dirname(path)} in it is a link to elsewhere`)
      const file = await open(whole, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o644)
      await file.writeFile(text).finally(async () => await file.close())
    }
  } catch (error) {
    throw new SecureError('usage', `${flag} ${folder}: ${whyUnread(error)}`, {
      cause: error,
    })
  }
}
