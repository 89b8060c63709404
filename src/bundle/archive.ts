import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { genesis } from '../durable/chain.ts'
import { SecureError } from '../errors.ts'
import { encrypt } from './age.ts'
import type { CaseHead } from './entry.ts'
import { gzip } from './gzip.ts'
import { readChunks } from './hash-file.ts'
import { type OpenJournal, openJournal } from './open-journal.ts'
import { readJournal } from './read-journal.ts'
import { recover } from './recover.ts'
import { bagFiles, bagName, caseTime, journalFile } from './tag-files.ts'
import { tar } from './tar-write.ts'

/** A case as one archive, that is made as it is read. */
export type Archive = {
  head: CaseHead
  manifestDigest: string
  journalHead: string
  bytes: AsyncIterable<Uint8Array>
  /** Once those were read: the SHA-256 of what is encrypted, or of the archive itself. */
  plainDigest(): string
}

/** Opens a case that nobody has open, and makes its archive. Throws SecureError `journal` where it is not as it was recorded. */
export async function withArchive<T>(
  dir: string,
  encryptTo: readonly string[],
  use: (archive: Archive) => Promise<T>,
): Promise<T> {
  const opened = await openJournal(dir, () => new Date())
  try {
    if (opened.torn) await opened.end.append({ type: 'resume', torn: opened.torn.toString('latin1') })
    await recover(dir, opened.index, opened.end, false)
    const { files, manifestDigest, journalHead } = await contents(dir, opened)
    const plain = createHash('sha256')
    async function* packed() {
      for await (const chunk of gzip(tar(tarFiles(dir, opened, files)))) {
        plain.update(chunk)
        yield chunk
      }
    }
    return await use({
      head: opened.head,
      manifestDigest,
      journalHead,
      bytes: encryptTo.length > 0 ? encrypt(packed(), encryptTo) : packed(),
      plainDigest: () => plain.digest('hex'),
    })
  } finally {
    await opened.end.close()
    await opened.release()
  }
}

async function contents(dir: string, { index, head }: OpenJournal) {
  // Read again: recovering may have added to it.
  const { last, lines, sha256, bytes } = await readJournal(readChunks(join(dir, journalFile)), () => undefined)
  const journalHead = last?.hash ?? genesis
  return { ...bagFiles({ head, index, journal: { sha256, bytes, lines, head: journalHead } }), journalHead }
}

function* tarFiles(dir: string, { head }: OpenJournal, files: ReturnType<typeof bagFiles>['files']) {
  // Each piece is packed before the next is read.
  const memory = Buffer.allocUnsafeSlow(1024 * 1024)
  for (const { file, sha256, bytes, content } of files) {
    const name = `${bagName(head)}/${file}`
    const chunks = () => (content ? [content] : checked(join(dir, file), sha256, bytes, memory))
    yield { name, size: bytes, mtime: caseTime(head), content: chunks }
  }
}

async function* checked(path: string, sha256: string, bytes: number, memory: Buffer): AsyncGenerator<Buffer> {
  const hash = createHash('sha256')
  let length = 0
  for await (const chunk of readChunks(path, memory)) {
    hash.update(chunk)
    length += chunk.length
    if (length > bytes) break
    yield chunk
  }
  if (length !== bytes || hash.digest('hex') !== sha256) throw changed(path)
}

function changed(path: string): SecureError {
  return new SecureError('journal', `${path} is not as it was written, so nothing was sealed`, {
    hint: 'Resume the case: what was changed is set aside and recorded as such, and the rest can be sealed.',
  })
}
