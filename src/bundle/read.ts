import { createHash } from 'node:crypto'
import { lstat, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { explained } from '../durable/storage.ts'
import { SecureError } from '../errors.ts'
import { Damage } from './damage.ts'
import type { CaseEntry, CaseHead, Json, Kept, Recorded } from './entry.ts'
import { inOrder } from './index.ts'
import { type BagFile, readCustody } from './read-custody.ts'
import { readJournal } from './read-journal.ts'
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

/**
 * Opens a sealed bundle, one that was unpacked, or a case that is still worked on, to read what is in it. Its journal and documents are checked, and
 * each artefact as it is read; `verify` says more. Throws SecureError: it is none, or is damaged so that it cannot be trusted.
 */
export async function readBundle(path: string, options: { identity?: string | undefined } = {}): Promise<Bundle> {
  const isDirectory = (await explained(`cannot open ${path}`, () => stat(path))).isDirectory()
  const files = () => (isDirectory ? directoryFiles(path) : archiveFiles(path, options.identity))
  const custody = await readCustody(path, files(), !isDirectory)
  if (!custody) throw noBundle(path)
  const { head, journalHead, index, documents } = custody
  const artefact = (kept: Kept, content: () => AsyncIterable<Buffer>): Artefact => ({
    ...kept,
    content: () => checked(kept, content()),
  })

  return {
    head,
    journalHead,
    kept: index.kept,
    document: (name) => documents.get(name),
    async *artefacts(filter = () => true) {
      const wanted = new Map([...index.kept].filter(([, kept]) => filter(kept)))
      if (isDirectory) {
        for (const kept of inOrder(wanted.values())) yield artefact(kept, () => ownFile(path, kept.file))
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

// Who unpacked it may have put a link there, or a pipe that is waited for for ever.
async function* ownFile(dir: string, file: string): AsyncGenerator<Buffer> {
  const found = await explained(`cannot open ${join(dir, file)}`, () => lstat(join(dir, file)))
  if (!found.isFile()) throw new Damage('type', `${join(dir, file)} is not a file but a link, a device or the like`)
  yield* fileContent(join(dir, file))
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

function noBundle(path: string): SecureError {
  return new SecureError('usage', `${path} is no evidence of kubectl secure: it has no case.json and no journal`, {
    hint: 'Name the .tar.gz that evidence collect made, its directory, or what was unpacked from it.',
  })
}
