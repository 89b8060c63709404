import { closeSync, constants, openSync, renameSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { explained } from '../durable/storage.ts'
import { SecureError } from '../errors.ts'
import type { CaseAppender } from './append.ts'
import { committer } from './commit.ts'
import type { CaseEntry, Facts, Json } from './entry.ts'
import { type Index, take } from './index.ts'
import { encodePath } from './path-name.ts'
import { received } from './received.ts'
import { directoryMaker } from './tree.ts'
import { type Source, writeStream } from './write-stream.ts'

const documentName = /^[a-z][a-z0-9-]*$/

/**
 * What writes the files of a case. A file is a `.partN` until the disk has all of it and the journal says so, and only then gets its
 * name: what is killed in between is finished by `recover`.
 */
export function fileWriter(dir: string, index: Index, journal: CaseAppender) {
  const { named, commit } = committer(journal)
  const makeDirectory = directoryMaker(dir, named)
  const writing = new Set<string>()

  const record = async (entry: CaseEntry) => {
    await commit(entry)
    take(index, entry)
  }

  const write = async (file: string, source: Source, opened: (part: string) => void) => {
    const directory = dirname(join(dir, file))
    const { part, fd } = await explained(`cannot make ${join(dir, file)}`, async () => {
      makeDirectory(directory)
      return openPart(dir, file)
    })
    try {
      named(directory)
      opened(part)
      return { ...(await writeStream(join(dir, part), fd, source)), part }
    } finally {
      closeSync(fd)
    }
  }

  // Not synced: what the journal says is there is found under either name.
  const giveName = async (part: string, file: string) =>
    await explained(`cannot rename ${join(dir, part)}`, async () => renameSync(join(dir, part), join(dir, file)))

  const once = async <T>(file: string, work: () => Promise<T>): Promise<T> => {
    if (writing.has(file) || index.kept.has(file) || index.documents.has(file)) {
      throw new SecureError('usage', `${file} is in the case already, and nothing in it is written twice`)
    }
    writing.add(file)
    try {
      return await work()
    } finally {
      writing.delete(file)
    }
  }

  const writeArtefact = async (path: readonly string[], meta: Facts, source: Source) => {
    // At once: it may fail before there is a file.
    const bytesOf = source instanceof Readable ? received(source) : source
    if (path.length === 0) throw new SecureError('usage', 'an artefact needs a path')
    const file = encodePath(path)
    const at = { path: [...path], meta }
    return await once(file, async () => {
      const open = (part: string) => journal.announce({ type: 'open', ...at, file: part })
      const { sha256, bytes, part, ...end } = await write(file, bytesOf, open)
      if ('failure' in end) {
        const why = end.failure instanceof Error ? end.failure.message : String(end.failure)
        await record({ type: 'cut', ...at, file: part, sha256, bytes, why })
        throw end.failure
      }
      await record({ type: 'artefact', path: [...path], meta: { ...meta, ...end.learned }, file, sha256, bytes })
      await giveName(part, file)
      return { file, sha256, bytes }
    })
  }

  const writeDocument = async (name: string, value: Json) => {
    if (!documentName.test(name)) throw new SecureError('usage', `${JSON.stringify(name)} is no name of a document`)
    const file = `custody/${name}.json`
    await once(file, async () => {
      const { sha256, bytes, part } = await write(
        file,
        Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`),
        () => {},
      )
      await record({ type: 'document', file, sha256, bytes })
      await giveName(part, file)
    })
  }

  const hasWhole = (path: readonly string[]) => index.kept.has(encodePath(path))
  return { writeArtefact, writeDocument, hasWhole }
}

function openPart(dir: string, file: string): { part: string; fd: number } {
  const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
  for (let count = 1; ; count++) {
    const part = `${file}.part${count}`
    try {
      return { part, fd: openSync(join(dir, part), flags, 0o600) }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
}
