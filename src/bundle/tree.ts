import { mkdir, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { explained, syncDirectory } from '../durable/storage.ts'

/** Makes directories below `root`, for their owner alone; they survive a power cut. */
export function directoryMaker(root: string): (directory: string) => Promise<void> {
  const made = new Map<string, Promise<void>>([[root, Promise.resolve()]])
  const make = (directory: string): Promise<void> => {
    const known = made.get(directory)
    if (known) return known
    const making = (async () => {
      await make(dirname(directory))
      await explained(`cannot make ${directory}`, async () => {
        const first = await mkdir(directory, { recursive: true, mode: 0o700 })
        if (first !== undefined) await syncDirectory(dirname(directory))
      })
    })()
    made.set(directory, making)
    // A full disk may have room later.
    making.catch(() => made.delete(directory))
    return making
  }
  return make
}

/** What lies below a directory, with slashes and sorted; directories themselves are left out, links and devices are not followed. */
export async function* walk(root: string, below = ''): AsyncGenerator<{ file: string; isFile: boolean }> {
  const entries = await explained(`cannot list ${join(root, below)}`, () =>
    readdir(join(root, below), { withFileTypes: true }),
  )
  entries.sort((one, other) => (one.name < other.name ? -1 : 1))
  for (const entry of entries) {
    const file = below === '' ? entry.name : `${below}/${entry.name}`
    if (entry.isDirectory()) yield* walk(root, file)
    else yield { file, isFile: entry.isFile() }
  }
}
