import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { explained } from '../durable/storage.ts'
import { SecureError } from '../errors.ts'
import { decrypt } from './age.ts'
import { gunzip } from './gunzip.ts'
import { chunksOf } from './hash-file.ts'
import { readTar, type TarEntry } from './tar-read.ts'
import { walk } from './tree.ts'

/** One file of a bag, wherever it lies. */
export type BagEntry = {
  /** As the archive has it; of a directory, below it and with slashes. Hostile text. */
  name: string
  kind: 'file' | 'directory' | 'other'
  size: number | undefined
  content(): AsyncIterable<Buffer>
  tar?: TarEntry
}

export type Watch = {
  /** The archive's bytes as they lie on the disk. */ digest?(sha256: string): void
  gzip?(isOurs: boolean): void
}

/** The files of a `.tar.gz` (`.age` with its identity), a `.tar`, in their order. Throws Damage where it cannot be read on. */
export async function* archiveEntries(
  file: string,
  identity: string | undefined,
  watch: Watch = {},
): AsyncGenerator<BagEntry> {
  const handle = await explained(`cannot open ${file}`, () => open(file, 'r'))
  try {
    const hash = createHash('sha256')
    async function* raw() {
      for await (const chunk of chunksOf(file, handle)) {
        if (watch.digest) hash.update(chunk)
        yield chunk
      }
      watch.digest?.(hash.digest('hex'))
    }
    const start = Buffer.alloc(21)
    await explained(`cannot read ${file}`, () => handle.read(start, 0, start.length, 0))
    const isEncrypted = start.toString('latin1') === 'age-encryption.org/v1'
    if (isEncrypted && identity === undefined) throw needsIdentity(file)
    const plain = isEncrypted ? decrypt(raw(), identity ?? '') : raw()
    const isTar = !isEncrypted && start[0] !== 0x1f
    for await (const tar of readTar(isTar ? plain : gunzip(plain, ({ isOurs }) => watch.gzip?.(isOurs)))) {
      const kind = tar.type === '0' || tar.type === '7' ? 'file' : tar.type === '5' ? 'directory' : 'other'
      yield { name: tar.name, kind, size: tar.size, content: tar.content, tar }
    }
  } finally {
    await handle.close()
  }
}

/** The files below a directory, those that tell what the others are first; no link is followed. */
export async function* directoryEntries(dir: string): AsyncGenerator<BagEntry> {
  const data: { file: string; isFile: boolean }[] = []
  const entry = ({ file, isFile }: { file: string; isFile: boolean }): BagEntry => {
    return { name: file, kind: isFile ? 'file' : 'other', size: undefined, content: () => fileContent(join(dir, file)) }
  }
  for await (const found of walk(dir)) {
    if (found.file.startsWith('data/')) data.push(found)
    else yield entry(found)
  }
  for (const found of data) yield entry(found)
}

export async function* fileContent(path: string): AsyncGenerator<Buffer> {
  const handle = await explained(`cannot open ${path}`, () => open(path, 'r'))
  try {
    yield* chunksOf(path, handle)
  } finally {
    await handle.close()
  }
}

function needsIdentity(file: string): SecureError {
  return new SecureError('usage', `${file} is encrypted with age`, {
    hint: 'Give an identity that it was encrypted to.',
  })
}
