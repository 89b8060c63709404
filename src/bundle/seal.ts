import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import { SecureError } from '../errors.ts'
import { withArchive } from './archive.ts'
import { publish, put, writeTemporary } from './publish.ts'
import { readKey, signed, statement } from './sign.ts'
import { bagName } from './tag-files.ts'

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
  const recipients = options.encryptTo ?? []
  const isEncrypted = recipients.length > 0
  const file = isEncrypted ? `${out}.age` : out
  if (existsSync(file))
    throw new SecureError('usage', `${file} is there already`, { hint: 'Name another file, or remove that one.' })
  return await withArchive(dir, recipients, async ({ head, manifestDigest, journalHead, bytes, plainDigest }) => {
    const temporary = `${file}.sealing`
    const digest = await writeTemporary(temporary, bytes)
    const subjects = [
      { name: `${bagName(head)}/tagmanifest-sha256.txt`, digest: { sha256: manifestDigest } },
      { name: basename(out), digest: { sha256: plainDigest() } },
      ...(isEncrypted ? [{ name: basename(file), digest: { sha256: digest } }] : []),
    ]
    const { id, created, tool } = head
    const predicate = { case: id, created, tool: `${tool.name} ${tool.version}`, journalHead }
    const envelope = key && out.replace(/\.tar\.gz$/, '.dsse.json')
    // What is beside comes first: a sealed archive is never without it.
    if (key && envelope !== undefined)
      await publish(envelope, `${JSON.stringify(signed(statement(subjects, predicate), key))}\n`)
    await publish(`${file}.sha256`, `${digest}  ${basename(file)}\n`)
    await put(temporary, file)
    return { file, digest, manifestDigest, journalHead, ...(envelope !== undefined && { envelope }) }
  })
}

/**
 * Seals a case into a stream, encrypted: the same bytes as into a file, but for what age adds by chance. `write` gets them piece by piece, and
 * is waited for. Throws SecureError as {@link seal}, and what `write` throws.
 */
export async function sealTo(
  dir: string,
  encryptTo: readonly string[],
  write: (piece: Uint8Array) => Promise<void>,
): Promise<Omit<Sealed, 'file' | 'envelope'>> {
  return await withArchive(dir, encryptTo, async ({ manifestDigest, journalHead, bytes }) => {
    const hash = createHash('sha256')
    for await (const piece of bytes) {
      hash.update(piece)
      await write(piece)
    }
    return { digest: hash.digest('hex'), manifestDigest, journalHead }
  })
}
