import { existsSync, lstatSync } from 'node:fs'
import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { explained, syncDirectory } from '../durable/storage.ts'
import { SecureError } from '../errors.ts'
import type { CaseEntry, Facts } from './entry.ts'
import { hashFile } from './hash-file.ts'
import { type Index, take } from './index.ts'
import { decodePart, isEncoded } from './path-name.ts'
import { walk } from './tree.ts'

type Found = { append(entry: CaseEntry): Promise<void> }

const partOf = /\.part[1-9]\d{0,5}$/

/**
 * Brings the files of a case in line with its journal after a process that was killed, a power cut or a hand that was in between: finishes
 * renames, keeps what is unfinished as `.partN`, sets aside what is not as it was recorded. Nothing is deleted.
 * With `isThorough` every file is hashed, else a file of the recorded size is taken for it.
 */
export async function recover(dir: string, index: Index, journal: Found, isThorough: boolean): Promise<void> {
  const record = async (entry: CaseEntry) => {
    take(index, entry)
    await journal.append(entry)
  }
  const parts = await unrecorded(dir, index)
  for (const { file, sha256, bytes } of [...index.documents.values(), ...index.kept.values()]) {
    const size = sizeOf(join(dir, file))
    if (size === bytes && (!isThorough || (await hashFile(join(dir, file))).sha256 === sha256)) continue
    const finished = size === undefined ? await partWith(dir, file, sha256, parts) : undefined
    if (finished !== undefined) {
      await move(dir, finished, file)
      parts.delete(finished)
    } else {
      await setAside(dir, file, size, index, record)
    }
  }
  for (const file of parts) {
    // An unfinished document is not evidence: what it says is told again.
    if (file.startsWith('custody/')) continue
    const aside = partOf.test(file) ? file : freePart(dir, file)
    if (aside !== file) await move(dir, file, aside)
    await record(await cutEntry(dir, aside, index))
  }
}

async function setAside(
  dir: string,
  file: string,
  size: number | undefined,
  index: Index,
  record: (entry: CaseEntry) => Promise<void>,
) {
  const why = size === undefined ? 'it is not there any more' : 'it is not as it was written'
  if (file === 'custody/case.json') throw notAsWritten(join(dir, file), why)
  const kept = index.kept.get(file)
  await record({ type: 'lost', file, why })
  if (size === undefined) return
  const aside = freePart(dir, file)
  await move(dir, file, aside)
  if (!kept) return
  const found = await hashFile(join(dir, aside))
  const path = kept.path && { path: kept.path }
  await record({
    type: 'cut',
    ...path,
    file: aside,
    ...found,
    meta: kept.meta,
    why: 'it was changed after it was written',
  })
}

async function cutEntry(dir: string, file: string, index: Index): Promise<CaseEntry> {
  const open = index.open.get(file)
  const path = open?.path ?? decoded(file)
  const meta: Facts = open?.meta ?? {}
  const why = open ? 'the process that was writing it ended' : 'nothing in the journal tells where it is from'
  return { type: 'cut', ...(path && { path }), file, ...(await hashFile(join(dir, file))), meta, why }
}

function decoded(file: string): string[] | undefined {
  const path: string[] = []
  for (const name of file.replace(partOf, '').split('/').slice(1)) {
    const part = decodePart(name)
    if (part === undefined || part === 'long') return undefined
    path.push(part.part)
  }
  return path
}

async function unrecorded(dir: string, index: Index): Promise<Set<string>> {
  const parts = new Set<string>()
  const isKnown = (file: string) => index.kept.has(file) || index.documents.has(file)
  for (const room of ['custody', 'data']) {
    if (!existsSync(join(dir, room))) continue
    for await (const { file, isFile } of walk(dir, room)) {
      if (isFile && !isKnown(file) && (partOf.test(file) || isEncoded(file))) parts.add(file)
    }
  }
  return parts
}

async function partWith(dir: string, file: string, sha256: string, parts: Set<string>): Promise<string | undefined> {
  for (const part of parts) {
    if (part.replace(partOf, '') === file && (await hashFile(join(dir, part))).sha256 === sha256) return part
  }
  return undefined
}

/** The first `.partN` of a file that is not there. */
export function freePart(dir: string, name: string): string {
  const file = name.replace(partOf, '')
  for (let count = 1; ; count++) if (!existsSync(join(dir, `${file}.part${count}`))) return `${file}.part${count}`
}

export async function move(dir: string, from: string, to: string): Promise<void> {
  await explained(`cannot rename ${join(dir, from)}`, async () => {
    await rename(join(dir, from), join(dir, to))
    await syncDirectory(join(dir, to, '..'))
  })
}

function sizeOf(path: string): number | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false })
  return found?.isFile() ? found.size : undefined
}

function notAsWritten(path: string, why: string): SecureError {
  return new SecureError('journal', `${path} names the case, and ${why}`, {
    hint: 'Keep the directory as it is, and begin a new case beside it.',
  })
}
