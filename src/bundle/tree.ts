import { mkdirSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { explained } from '../durable/storage.ts'

// Here and beside: what the system does at once is done on this thread. To hand it to another costs ten times as much as it does.

/** Makes directories below `root`, for their owner alone; `named` gets each that a name was put into, for who syncs it. Throws what the system says. */
export function directoryMaker(root: string, named: (directory: string) => void): (directory: string) => void {
  const made = new Set([root])
  const make = (directory: string): void => {
    if (made.has(directory)) return
    make(dirname(directory))
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    // Also where it was there: who made it may have been killed before its name was synced.
    named(dirname(directory))
    made.add(directory)
  }
  return make
}

/** What lies below a directory, with slashes and sorted; directories themselves are left out, links and devices are not followed. */
export async function* walk(root: string, below = ''): AsyncGenerator<{ file: string; isFile: boolean }> {
  const entries = await explained(`cannot list ${join(root, below)}`, async () =>
    readdirSync(join(root, below), { withFileTypes: true }),
  )
  entries.sort((one, other) => (one.name < other.name ? -1 : 1))
  for (const entry of entries) {
    const file = below === '' ? entry.name : `${below}/${entry.name}`
    if (entry.isDirectory()) yield* walk(root, file)
    else yield { file, isFile: entry.isFile() }
  }
}
