import { createHash } from 'node:crypto'
import { Damage } from './damage.ts'
import type { CaseHead, Json } from './entry.ts'
import { parseHead } from './head.ts'
import { emptyIndex, type Index, take } from './index.ts'
import { type JournalEnd, readJournal } from './read-journal.ts'
import { journalFile } from './tag-files.ts'

export type BagFile = { file: string; content(): AsyncIterable<Buffer> }

/** What a bundle says of itself. */
export type Custody = {
  head: CaseHead
  index: Index
  /** The hash of the journal's last line. */
  journalHead: string
  /** By their names, without `custody/` and `.json`. */
  documents: Map<string, Json>
}

const maxDocument = 64 * 1024 * 1024
const headFile = 'custody/case.json'
const documentFile = /^custody\/([^/]*)\.json$/

/**
 * Reads what comes before the evidence, and holds it against the journal, and that against the seal. Undefined where there is no journal
 * or no head. Throws {@link Damage} where it is not as it was recorded.
 */
export async function readCustody(
  path: string,
  files: AsyncIterable<BagFile>,
  isArchive: boolean,
): Promise<Custody | undefined> {
  const index = emptyIndex()
  const texts = new Map<string, Buffer>()
  let journal: JournalEnd | undefined
  let sealedHead: string | undefined
  const once = (file: string, before: unknown) => {
    if (before !== undefined) throw new Damage('duplicate', `${path}: ${file} is there a second time`)
  }
  for await (const { file, content } of files) {
    if (file === journalFile) {
      once(file, journal)
      journal = await readJournal(content(), (entry) => take(index, entry))
      if (journal.broken) throw brokenJournal(path, journal)
    } else if (documentFile.test(file)) {
      once(file, texts.get(file))
      texts.set(file, await gathered(file, content()))
    } else if (file === 'bag-info.txt') {
      once(file, sealedHead)
      sealedHead = /^Journal-Head: (.*)$/m.exec((await gathered(file, content())).toString('utf8'))?.[1] ?? ''
    } else if (file.startsWith('data/')) break
  }
  if (!texts.has(headFile) || !journal?.last) return undefined
  const isSealed = isArchive || sealedHead !== undefined
  // Of a case that is worked on, the last line may be being written.
  if (journal.torn && isSealed) throw brokenJournal(path, journal)
  // A chain that ends early is whole as far as it goes: only the seal knows that there was more.
  if (isSealed && sealedHead !== journal.last.hash) throw otherEnd(path)
  const documents = new Map<string, Json>()
  for (const { file, sha256 } of index.documents.values()) {
    const text = texts.get(file)
    // Of a case that is worked on it may not have its name yet.
    if (!text && !isSealed) continue
    if (!text) throw new Damage('missing', `${file} is in the journal and not in ${path}`)
    if (createHash('sha256').update(text).digest('hex') !== sha256)
      throw new Damage('changed', `${file} is not as it was recorded`)
    documents.set(documentFile.exec(file)?.[1] ?? '', parsed(file, text.toString('utf8')))
  }
  const head = parseHead(texts.get(headFile)?.toString('utf8') ?? '', headFile)
  if (!index.documents.has(headFile)) throw new Damage('added', `${headFile} is not in the journal of ${path}`)
  return { head, index, journalHead: journal.last.hash, documents }
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
