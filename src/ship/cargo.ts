import { open, readFile, stat } from 'node:fs/promises'
import { hashStream } from '../bundle/hash-file.ts'
import { Problems } from '../bundle/problems.ts'
import { readBundle } from '../bundle/read.ts'
import { isRedacted } from '../bundle/redacted.ts'
import { fileContent } from '../bundle/source.ts'
import { verify } from '../bundle/verify.ts'
import { verifySignature } from '../bundle/verify-signature.ts'
import { explained } from '../durable/storage.ts'
import { SecureError } from '../errors.ts'
import { digestName, envelopeName } from './destination.ts'

/** A sealed bundle that may leave this machine, and the small files that lie beside it, by what is put after its name. */
export type Cargo = {
  file: string
  bytes: number
  sha256: string
  beside: { nameOf(archive: string): string; body: Buffer }[]
}

const ageStart = 'age-encryption.org/v1\n'
const maxBeside = 1024 * 1024

/**
 * What may leave: a bundle that is encrypted with age, or a redacted derivative; as it was sealed. Throws SecureError: `usage` where it is
 * neither, `journal` where it is not as it was sealed.
 */
export async function cargoOf(file: string): Promise<Cargo> {
  const found = await explained(`cannot open ${file}`, () => stat(file))
  if (!found.isFile()) throw mayNotLeave(file, 'it is a case that is not sealed')
  const digest = await besideOf(digestName(file))
  const envelope = await besideOf(envelopeName(file))
  const sha256 = (await isEncrypted(file))
    ? await digestOfEncrypted(file, digest, envelope)
    : await digestOfRedacted(file)
  const beside = [
    { nameOf: digestName, body: digest },
    { nameOf: envelopeName, body: envelope },
  ]
  return {
    file,
    bytes: found.size,
    sha256,
    beside: beside.flatMap((one) => (one.body ? [{ ...one, body: one.body }] : [])),
  }
}

async function isEncrypted(file: string): Promise<boolean> {
  const handle = await explained(`cannot open ${file}`, () => open(file, 'r'))
  try {
    const start = Buffer.alloc(ageStart.length)
    await explained(`cannot read ${file}`, () => handle.read(start, 0, start.length, 0))
    return start.toString('latin1') === ageStart
  } finally {
    await handle.close()
  }
}

// Without its identity nothing can be said of what is inside, only that it is what was sealed.
async function digestOfEncrypted(
  file: string,
  digest: Buffer | undefined,
  envelope: Buffer | undefined,
): Promise<string> {
  const sealed = /^[0-9a-f]{64}(?= )/.exec(digest?.toString('latin1') ?? '')?.[0]
  if (sealed === undefined)
    throw new SecureError(
      'usage',
      `${digestName(file)} is not there, or has no SHA-256: nothing tells whether ${file} is whole`,
      {
        hint: 'It was written when the bundle was sealed. "evidence seal" seals the case again.',
      },
    )
  const { sha256 } = await hashStream(fileContent(file))
  if (sha256 !== sealed) throw damaged(file, `its SHA-256 is ${sha256}, and was ${sealed} when it was sealed`)
  const problems = new Problems()
  verifySignature(envelope?.toString('utf8'), undefined, { archive: sha256 }, problems)
  for (const { what } of problems.list) throw damaged(envelopeName(file), what)
  return sha256
}

async function digestOfRedacted(file: string): Promise<string> {
  if (!(await isDerivative(file))) throw mayNotLeave(file, 'it is not encrypted, and is not redacted')
  const { isIntact, problems, problemCount, form, digest } = await verify(file)
  const more = problemCount > 1 ? ` (and ${problemCount - 1} more)` : ''
  if (!isIntact || form !== 'bundle' || digest === undefined) throw damaged(file, `${problems[0]?.what ?? form}${more}`)
  return digest
}

async function isDerivative(file: string): Promise<boolean> {
  try {
    return isRedacted((await readBundle(file)).head)
  } catch (error) {
    // What cannot be read may be anything.
    if (error instanceof SecureError) throw mayNotLeave(file, `it is not encrypted, and ${error.message}`)
    throw error
  }
}

async function besideOf(path: string): Promise<Buffer | undefined> {
  try {
    if ((await stat(path)).size > maxBeside) throw damaged(path, 'it is far too long')
    return await readFile(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    return await explained(`cannot read ${path}`, () => Promise.reject(error as Error))
  }
}

function mayNotLeave(file: string, why: string): SecureError {
  return new SecureError('usage', `${file} may not leave this machine: ${why}`, {
    hint: 'Encrypt it ("evidence seal DIR --encrypt-to age1…"), or redact it ("evidence redact FILE"), and upload what that writes.',
  })
}

function damaged(file: string, why: string): SecureError {
  return new SecureError('journal', `${file} is not as it was sealed, and was not sent: ${why}`, {
    hint: '"evidence verify" tells all that is wrong with it. "evidence seal" seals the case again.',
  })
}
