import { constants } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { explained, openFile, syncDirectory } from '../durable/storage.ts'
import { SecureError } from '../errors.ts'
import type { CaseAppender } from './append.ts'
import type { CaseEntry, Facts, Json } from './entry.ts'
import { type Index, take } from './index.ts'
import { encodePath } from './path-name.ts'
import { received } from './received.ts'
import { freePart, move } from './recover.ts'
import { directoryMaker } from './tree.ts'
import { type Source, type Written, writeStream } from './write-stream.ts'

const documentName = /^[a-z][a-z0-9-]*$/

/**
 * What writes the files of a case. A file is a `.partN` until the disk has all of it and the journal says so, and only then gets its
 * name: what is killed in between is finished by `recover`.
 */
export function fileWriter(dir: string, index: Index, journal: CaseAppender) {
  const makeDirectory = directoryMaker(dir)
  const writing = new Set<string>()

  const record = async (entry: CaseEntry) => {
    await journal.append(entry)
    take(index, entry)
  }

  const write = async (
    file: string,
    source: Source,
    opened: (part: string) => void,
  ): Promise<Written & { part: string }> => {
    await makeDirectory(dirname(join(dir, file)))
    const { part, handle } = await openPart(dir, file)
    try {
      opened(part)
      const written = await writeStream(join(dir, part), handle, source)
      await explained(`cannot write to ${dirname(join(dir, file))}`, () => syncDirectory(dirname(join(dir, file))))
      return { ...written, part }
    } finally {
      await handle.close()
    }
  }

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
      const written = await write(file, bytesOf, (part) => journal.announce({ type: 'open', ...at, file: part }))
      const { sha256, bytes, part, failure } = written
      if ('failure' in written) {
        const why = failure instanceof Error ? failure.message : String(failure)
        await record({ type: 'cut', ...at, file: part, sha256, bytes, why })
        throw failure
      }
      await record({ type: 'artefact', ...at, file, sha256, bytes })
      await move(dir, part, file)
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
      await move(dir, part, file)
    })
  }

  const hasWhole = (path: readonly string[]) => index.kept.has(encodePath(path))
  return { writeArtefact, writeDocument, hasWhole }
}

async function openPart(dir: string, file: string): Promise<{ part: string; handle: FileHandle }> {
  for (;;) {
    const part = freePart(dir, file)
    const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_EXCL
    try {
      return { part, handle: await openFile(join(dir, part), flags) }
    } catch (error) {
      const { cause } = error as { cause?: NodeJS.ErrnoException }
      if (cause?.code !== 'EEXIST') throw error
    }
  }
}
