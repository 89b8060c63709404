import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { genesis } from '../durable/chain.ts'
import { SecureError } from '../errors.ts'
import { encrypt } from './age.ts'
import { gzip } from './gzip.ts'
import { readChunks } from './hash-file.ts'
import { type OpenJournal, openJournal } from './open-journal.ts'
import { publish, put, writeTemporary } from './publish.ts'
import { readJournal } from './read-journal.ts'
import { recover } from './recover.ts'
import { readKey, signed, statement } from './sign.ts'
import { bagFiles, bagName, caseTime, journalFile } from './tag-files.ts'
import { tar } from './tar-write.ts'

export type SealOptions = {
  /** A private Ed25519 key in PEM: its signature is written beside as `<case>.dsse.json`. */
  sign?: string | undefined
  /** age recipients: only what they can read is written. */
  encryptTo?: readonly string[] | undefined
}

export type Sealed = {
  file: string
  /** SHA-256 of `file`, also beside it in `<file>.sha256`. */
  digest: string
  /** SHA-256 of tagmanifest-sha256.txt, which stands for every file in the bag. */
  manifestDigest: string
  /** The hash of the journal's last line. */
  journalHead: string
  envelope?: string
}

/**
 * Seals a case that nobody has open into `out` (`<case>.tar.gz`; `.age` is added where it is encrypted): a BagIt bag, the same bytes for the same
 * case. It has that name only once all of it is on the disk. Throws SecureError: `usage` where `out` is there or a key is none, `journal`
 * where the case is not as it was recorded or the disk is full.
 */
export async function seal(dir: string, out: string, options: SealOptions = {}): Promise<Sealed> {
  if (!out.endsWith('.tar.gz')) throw new SecureError('usage', `${out} has to end in .tar.gz`)
  const key = options.sign === undefined ? undefined : readKey(options.sign, 'private')
  const isEncrypted = options.encryptTo !== undefined && options.encryptTo.length > 0
  const file = isEncrypted ? `${out}.age` : out
  if (existsSync(file))
    throw new SecureError('usage', `${file} is there already`, { hint: 'Name another file, or remove that one.' })
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
    const temporary = `${file}.sealing`
    const digest = await writeTemporary(temporary, isEncrypted ? encrypt(packed(), options.encryptTo ?? []) : packed())
    const subjects = [
      { name: `${bagName(opened.head)}/tagmanifest-sha256.txt`, digest: { sha256: manifestDigest } },
      { name: basename(out), digest: { sha256: plain.digest('hex') } },
      ...(isEncrypted ? [{ name: basename(file), digest: { sha256: digest } }] : []),
    ]
    const { id, created, tool } = opened.head
    const predicate = { case: id, created, tool: `${tool.name} ${tool.version}`, journalHead }
    const envelope = key && out.replace(/\.tar\.gz$/, '.dsse.json')
    // What is beside comes first: a sealed archive is never without it.
    if (key && envelope !== undefined)
      await publish(envelope, `${JSON.stringify(signed(statement(subjects, predicate), key))}\n`)
    await publish(`${file}.sha256`, `${digest}  ${basename(file)}\n`)
    await put(temporary, file)
    return { file, digest, manifestDigest, journalHead, ...(envelope !== undefined && { envelope }) }
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
  for (const { file, sha256, bytes, content } of files) {
    const name = `${bagName(head)}/${file}`
    const chunks = () => (content ? [content] : checked(join(dir, file), sha256, bytes))
    yield { name, size: bytes, mtime: caseTime(head), content: chunks }
  }
}

async function* checked(path: string, sha256: string, bytes: number): AsyncGenerator<Buffer> {
  const hash = createHash('sha256')
  let length = 0
  for await (const chunk of readChunks(path)) {
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
