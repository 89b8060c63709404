import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { explained } from '../durable/storage.ts'
import { SecureError } from '../errors.ts'
import { Damage } from './damage.ts'
import type { CaseEntry, CaseHead, Json, Kept, Recorded } from './entry.ts'
import { parseHead } from './head.ts'
import { emptyIndex, inOrder, take } from './index.ts'
import { type JournalEnd, readJournal } from './read-journal.ts'
import { archiveEntries, directoryEntries, fileContent } from './source.ts'
import { journalFile } from './tag-files.ts'

/** A piece of evidence with its bytes. The stream throws {@link Damage} at its end where they are not what the journal recorded. */
export type Artefact = Kept & { content(): AsyncIterable<Buffer> }

export type Bundle = {
  head: CaseHead
  /** The hash of the journal's last line. */
  journalHead: string
  /** What there is, by file. */
  kept: ReadonlyMap<string, Kept>
  /** What custody/NAME.json says. */
  document(name: string): Json | undefined
  /** The artefacts that a filter lets pass, in the order of their files. An archive is read once for that, to its end or to where you stop. */
  artefacts(filter?: (kept: Kept) => boolean): AsyncGenerator<Artefact>
  /** The journal's lines of some types. */
  entries<T extends CaseEntry['type']>(...types: T[]): AsyncGenerator<Extract<Recorded, { type: T }>>
}

const maxDocument = 64 * 1024 * 1024

/**
 * Opens a sealed bundle, one that was unpacked, or a case that is still worked on, to read what is in it. Its journal is checked, and each
 * artefact as it is read; `verify` says more. Throws SecureError: it is none, or is damaged so that it cannot be trusted.
 */
export async function readBundle(path: string, options: { identity?: string | undefined } = {}): Promise<Bundle> {
  const isDirectory = (await explained(`cannot open ${path}`, () => stat(path))).isDirectory()
  const files = () => (isDirectory ? directoryFiles(path) : archiveFiles(path, options.identity))
  const index = emptyIndex()
  const documents = new Map<string, Json>()
  let head: CaseHead | undefined
  let journal: JournalEnd | undefined
  let sealedHead: string | undefined
  for await (const { file, content } of files()) {
    if (file === journalFile) {
      journal = await readJournal(content(), (entry) => take(index, entry))
      // Of a case that is worked on, the last line may be being written.
      if (journal.broken || (journal.torn && !isDirectory)) throw brokenJournal(path, journal)
    } else if (/^custody\/[^/]*\.json$/.test(file)) {
      const text = (await gathered(file, content())).toString('utf8')
      if (file === 'custody/case.json') head = parseHead(text, file)
      documents.set(file.slice('custody/'.length, -'.json'.length), parsed(file, text))
    } else if (file === 'bag-info.txt') {
      sealedHead = /^Journal-Head: (.*)$/m.exec((await gathered(file, content())).toString('utf8'))?.[1]
    } else if (file.startsWith('data/')) break
  }
  if (!head || !journal?.last) throw noBundle(path)
  // A chain that ends early is whole as far as it goes: only the seal knows that there was more.
  if (sealedHead !== undefined && sealedHead !== journal.last.hash) throw otherEnd(path)
  const artefact = (kept: Kept, content: () => AsyncIterable<Buffer>): Artefact => ({
    ...kept,
    content: () => checked(kept, content()),
  })

  return {
    head,
    journalHead: journal.last.hash,
    kept: index.kept,
    document: (name) => documents.get(name),
    async *artefacts(filter = () => true) {
      const wanted = new Map([...index.kept].filter(([, kept]) => filter(kept)))
      if (isDirectory) {
        for (const kept of inOrder(wanted.values())) yield artefact(kept, () => fileContent(join(path, kept.file)))
        return
      }
      // The rest of an archive is not unpacked for nothing.
      if (wanted.size === 0) return
      for await (const { file, content } of files()) {
        const kept = wanted.get(file)
        if (!kept) continue
        wanted.delete(file)
        yield artefact(kept, content)
        if (wanted.size === 0) return
      }
      throw new Damage('missing', `${[...wanted.keys()][0]} is in the journal and not in ${path}`)
    },
    async *entries(...types) {
      for await (const { file, content } of files()) {
        if (file !== journalFile) continue
        const found: Recorded[] = []
        const wanted = new Set<string>(types)
        await readJournal(content(), (entry) => {
          if (wanted.has(entry.type)) found.push(entry)
          return undefined
        })
        for (const entry of found) yield entry as Extract<Recorded, { type: (typeof types)[number] }>
        return
      }
    },
  }
}

type BagFile = { file: string; content(): AsyncIterable<Buffer> }

async function* archiveFiles(path: string, identity: string | undefined): AsyncGenerator<BagFile> {
  let base: string | undefined
  for await (const { name, kind, content } of archiveEntries(path, identity)) {
    if (kind !== 'file') continue
    base ??= name.slice(0, name.indexOf('/') + 1)
    if (name.startsWith(base)) yield { file: name.slice(base.length), content }
  }
}

async function* directoryFiles(path: string): AsyncGenerator<BagFile> {
  for await (const { name, kind, content } of directoryEntries(path)) {
    if (kind === 'file') yield { file: name, content }
  }
}

async function* checked({ file, sha256, bytes }: Kept, content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const hash = createHash('sha256')
  let length = 0
  for await (const chunk of content) {
    hash.update(chunk)
    length += chunk.length
    if (length <= bytes) yield chunk
  }
  if (length !== bytes || hash.digest('hex') !== sha256)
    throw new Damage('changed', `${file} is not as it was recorded`)
}

async function gathered(file: string, content: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of content) {
    parts.push(part)
    length += part.length
    if (length > maxDocument) throw new Damage('too-large', `${file} is larger than ${maxDocument} bytes`)
  }
  return Buffer.concat(parts)
}

function parsed(file: string, text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch (cause) {
    throw new Damage('changed', `${file} is not JSON: ${(cause as Error).message}`)
  }
}

function brokenJournal(path: string, { broken, lines }: JournalEnd): Damage {
  const [line, why] = broken ? [broken.line, broken.why] : [lines + 1, 'it is not whole']
  return new Damage('journal', `${path}: ${journalFile}, line ${line}, is not as it was written: ${why}`)
}

function otherEnd(path: string): Damage {
  return new Damage(
    'journal',
    `${path}: ${journalFile} does not end as it did when it was sealed: lines are missing or were added`,
  )
}

function noBundle(path: string): SecureError {
  return new SecureError('usage', `${path} is no evidence of kubectl secure: it has no case.json and no journal`, {
    hint: 'Name the .tar.gz that evidence collect made, its directory, or what was unpacked from it.',
  })
}
