import { createHash } from 'node:crypto'
import { Damage } from './damage.ts'
import { emptyIndex, type Index, take } from './index.ts'
import { type Algorithm, algorithms, isKnown, type Manifest, manifestKind, readManifest } from './manifest.ts'
import { folded, nameProblem } from './name-problem.ts'
import { Problems } from './problems.ts'
import { type JournalEnd, readJournal } from './read-journal.ts'
import type { BagEntry } from './source.ts'
import { journalFile } from './tag-files.ts'
import type { TarEntry } from './tar-read.ts'
import { tarHeader } from './tar-write.ts'

export type Seen = {
  file: string
  bytes: number
  digests: Partial<Record<Algorithm, string>>
  /** Of its header in an archive; `isPlain` where it is the one that seal writes for that name, size and time. */
  header?: { mtime: number; isPlain: boolean }
}

/** All that was read of a bag. */
export type Scan = {
  /** In the order in which they came. */
  seen: Map<string, Seen>
  /** The bag's directory in the archive. */
  base: string
  /** The content of the small files that tell what the others are. */
  texts: Map<string, string>
  manifests: Manifest[]
  index: Index
  journal: JournalEnd | undefined
  problems: Problems
  /** What reading ended at; undefined where it came to the end. */
  ended: Damage | undefined
}

const maxText = 1024 * 1024
const maxEntries = 5_000_000
// More than the journal and bag-info.txt account for is not a bundle that was added to, it is a bomb.
const slack = 64 * 1024 * 1024
const texts = new Set(['bagit.txt', 'bag-info.txt', 'custody/case.json'])

/** Reads every file of a bag once, hashes it and keeps no more than its digest. What cannot be read on ends it. */
export async function scan(entries: AsyncIterable<BagEntry>, isArchive: boolean): Promise<Scan> {
  const problems = new Problems()
  const found: Scan = {
    seen: new Map(),
    base: '',
    texts: new Map(),
    manifests: [],
    index: emptyIndex(),
    journal: undefined,
    problems,
    ended: undefined,
  }
  const foldedNames = new Map<string, string>()
  let base: string | undefined = isArchive ? undefined : ''
  let current = ''
  let bytes = 0
  let count = 0
  let limit = Infinity
  try {
    for await (const entry of entries) {
      current = entry.name
      if (++count > maxEntries) throw new Damage('too-large', `there are more than ${maxEntries} entries`)
      const wrong = isArchive ? nameProblem(entry.name) : undefined
      if (wrong) {
        problems.add(wrong.kind, wrong.what, { file: entry.name })
        continue
      }
      if (entry.kind === 'directory') continue
      base ??= entry.name.slice(0, entry.name.indexOf('/') + 1)
      if (!entry.name.startsWith(base) || (isArchive && base === '')) {
        problems.add('path', `it is not in the bag's directory ${JSON.stringify(base)}`, { file: entry.name })
        continue
      }
      const file = entry.name.slice(base.length)
      if (!isArchive && /^case\.[0-9a-f]{12}\.lock$/.test(file)) continue
      if (entry.kind === 'other') {
        problems.add('type', 'it is not a file but a link, a device or the like', { file })
        continue
      }
      if (found.seen.has(file)) {
        problems.add('duplicate', 'it is there a second time', { file })
        continue
      }
      const twin = foldedNames.get(folded(file))
      if (twin === undefined) foldedNames.set(folded(file), file)
      else problems.add('collision', `some file systems take it for ${JSON.stringify(twin)}`, { file })
      const seen = await read(file, entry, found, limit - bytes)
      bytes += seen.bytes
      found.seen.set(file, seen)
      if (file === journalFile || file === 'bag-info.txt') limit = limitOf(found)
    }
  } catch (error) {
    if (!(error instanceof Damage)) throw error
    found.ended = error
    problems.add(error.kind, error.message, current === '' ? {} : { file: current.slice((base ?? '').length) })
  }
  found.base = base ?? ''
  return found
}

async function read(file: string, entry: BagEntry, found: Scan, left: number): Promise<Seen> {
  const hashes = wanted(found).map((algorithm) => ({ algorithm, hash: createHash(algorithm) }))
  let bytes = 0
  async function* hashed() {
    for await (const chunk of entry.content()) {
      bytes += chunk.length
      if (bytes > left) throw new Damage('too-large', 'there is more than the bag says of itself')
      for (const { hash } of hashes) hash.update(chunk)
      yield chunk
    }
  }
  const kind = manifestKind(file)
  if (file === journalFile) {
    found.journal = await readJournal(hashed(), (line) => take(found.index, line))
  } else if (kind && isKnown(kind.algorithm)) {
    found.manifests.push(await readManifest(file, { ...kind, algorithm: kind.algorithm }, hashed(), found.problems))
  } else if (texts.has(file)) {
    const parts: Buffer[] = []
    for await (const part of hashed()) if (bytes <= maxText) parts.push(part)
    found.texts.set(file, Buffer.concat(parts).toString('utf8'))
  }
  // What a reader of lines gave up on, and all else.
  else for await (const _ of hashed());
  const digests = Object.fromEntries(hashes.map(({ algorithm, hash }) => [algorithm, hash.digest('hex')]))
  return { file, bytes, digests, ...(entry.tar && { header: await headerFacts(entry.tar) }) }
}

async function headerFacts({ name, size, mtime, header }: TarEntry) {
  const isSane = Number.isSafeInteger(mtime) && mtime >= 0 && mtime < 2 ** 31
  const plain = isSane ? await tarHeader({ name, size, mtime: new Date(mtime * 1000) }) : undefined
  return { mtime, isPlain: plain?.equals(header) ?? false }
}

// Until a manifest says which digests it has, any may be asked for.
function wanted({ manifests, journal }: Scan): Algorithm[] {
  if (manifests.length === 0) return journal ? ['sha256'] : [...algorithms]
  return [...new Set<Algorithm>(['sha256', ...manifests.map(({ algorithm }) => algorithm)])]
}

function limitOf({ index, journal, texts: known }: Scan): number {
  if (journal) {
    const of = [...index.kept.values(), ...index.documents.values()]
    return journal.broken ? Infinity : of.reduce((sum, { bytes }) => sum + bytes, slack + journal.bytes)
  }
  const oxum = /^Payload-Oxum: (\d{1,15})\./m.exec(known.get('bag-info.txt') ?? '')?.[1]
  return oxum === undefined ? Infinity : Number(oxum) + slack + 512 * 1024 * 1024
}
