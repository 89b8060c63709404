import { isEncoded } from './path-name.ts'
import type { Scan, Seen } from './scan.ts'

export type Expected = { file: string; sha256: string; bytes: number }

/** Holds what was read against what has to be there: changed, missing, added, renamed, in another order. */
export function compare(
  scan: Scan,
  expected: Expected[],
  options: { isArchive: boolean; mayBeThere(file: string): boolean },
): void {
  const { problems } = scan
  const known = new Map(expected.map((one) => [one.file, one]))
  const missing = new Map<string, string>()
  for (const { file, sha256, bytes } of expected) {
    const seen = scan.seen.get(file)
    if (!seen) missing.set(file, sha256)
    else if (seen.bytes !== bytes)
      problems.add('changed', `it has ${seen.bytes} bytes, and had ${bytes} when it was recorded`, { file })
    else if (seen.digests.sha256 !== sha256)
      problems.add('changed', 'its bytes are not those that were recorded', { file })
  }
  for (const seen of scan.seen.values())
    if (!known.has(seen.file) && !options.mayBeThere(seen.file)) added(scan, seen, missing)
  absent(scan, [...missing.keys()])
  if (options.isArchive) order(scan, expected, known)
}

function added({ problems }: Scan, { file, digests }: Seen, missing: Map<string, string>): void {
  const from = [...missing].find(([, sha256]) => sha256 === digests.sha256)?.[0]
  if (file === 'fetch.txt')
    problems.add('fetch', 'it names files that are elsewhere: those were never sealed', { file })
  else if (from !== undefined) {
    missing.delete(from)
    problems.add('renamed', `it was ${JSON.stringify(from)}`, { file })
  } else if (file.startsWith('data/') && !isEncoded(file))
    problems.add('path', 'it was added, under a name that no case gives', { file })
  else problems.add('added', 'nothing was recorded under that name', { file })
}

/** Files that did not come: missing, or behind the place where reading ended. */
export function absent({ problems, ended }: Scan, files: string[]): void {
  const [first] = files
  if (ended && first !== undefined) {
    problems.add('unread', `reading ended before this and ${files.length - 1} other files: nothing is known of them`, {
      file: first,
    })
  } else for (const file of files) problems.add('missing', 'it was recorded, and is not there', { file })
}

function order({ seen, problems }: Scan, expected: Expected[], known: Map<string, Expected>): void {
  const should = expected.filter(({ file }) => seen.has(file))
  let at = 0
  for (const file of seen.keys()) {
    if (!known.has(file)) continue
    const right = should[at++]?.file
    if (right === file) continue
    problems.add('reordered', `it comes where ${JSON.stringify(right)} has its place`, { file })
    return
  }
}
