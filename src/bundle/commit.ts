import { batched } from '../durable/batch.ts'
import { explained, syncDirectory } from '../durable/storage.ts'
import type { CaseAppender } from './append.ts'
import type { CaseEntry } from './entry.ts'

export type Committer = {
  /** A name was put into this directory, of a file or of another directory. */
  named(directory: string): void
  /** Records a file whose bytes the disk has; resolves once the disk has its name and the line. Throws SecureError `journal`. */
  commit(entry: CaseEntry): Promise<void>
}

/**
 * Records files, together with all others that wait for it: first every directory that got a name since is synced, once; then their lines
 * are written, with one sync. So no line ever speaks of a file that a power cut may still take.
 */
export function committer(journal: CaseAppender): Committer {
  let unsynced = new Set<string>()
  const { add } = batched<CaseEntry>(async (entries) => {
    const directories = unsynced
    unsynced = new Set()
    try {
      await Promise.all(
        [...directories].map((one) => explained(`cannot write to ${one}`, () => syncDirectory(one), hint)),
      )
    } catch (error) {
      for (const one of directories) unsynced.add(one)
      throw error
    }
    await Promise.all(entries.map((entry) => journal.append(entry)))
  })
  return { named: (directory) => void unsynced.add(directory), commit: add }
}

const hint = 'What was recorded before it is safe. Mend what is named, then resume the case.'
