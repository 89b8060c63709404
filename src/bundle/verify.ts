import { readFile, stat } from 'node:fs/promises'
import { explained } from '../durable/storage.ts'
import type { CaseEntry, CaseHead } from './entry.ts'
import { judgeBag } from './judge-bag.ts'
import { hashStream } from './hash-file.ts'
import { headOf, judgeOpenCase, judgeSealed } from './judge-case.ts'
import type { Problem } from './problems.ts'
import { scan as scanEntries } from './scan.ts'
import { readKey } from './sign.ts'
import { archiveEntries, directoryEntries, fileContent } from './source.ts'
import { type SignatureState, verifySignature } from './verify-signature.ts'

export type VerifyReport = {
  /** `bundle` of ours that is sealed, `case` that is worked on, or a `bag` that others made: then BagIt is all that was checked. */
  form: 'bundle' | 'case' | 'bag'
  isIntact: boolean
  /** What is wrong; the first thousand of `problemCount`. */
  problems: Problem[]
  problemCount: number
  signature: SignatureState
  /** SHA-256 of the file, of its tagmanifest-sha256.txt, and the hash of the journal's last line: what was printed when it was sealed. */
  digest?: string
  manifestDigest?: string
  journalHead?: string
  head?: CaseHead
  files: number
  bytes: number
  counts?: Record<CaseEntry['type'], number>
}

export type VerifyOptions = {
  /** Ed25519, PEM. */
  publicKey?: string | undefined
  /** The text of the DSSE envelope; that beside the file where it is not given. */
  envelope?: string | undefined
  /** SHA-256 that the file has to have; that beside it, in `<file>.sha256`, where it is not given. */
  digest?: string | undefined
  identity?: string | undefined
}

/**
 * Checks a sealed bundle, one that was unpacked, a case that is worked on or any BagIt bag, in one reading and without unpacking it to the
 * disk. Throws SecureError only where the file cannot be read at all, or an option is none: what is wrong with it is in the report.
 */
export async function verify(path: string, options: VerifyOptions = {}): Promise<VerifyReport> {
  const key = options.publicKey === undefined ? undefined : readKey(options.publicKey, 'public')
  const isArchive = !(await explained(`cannot open ${path}`, () => stat(path))).isDirectory()
  let digest: string | undefined
  let isPlainGzip = true
  const watch = { digest: (sha256: string) => (digest = sha256), gzip: (isOurs: boolean) => (isPlainGzip = isOurs) }
  const entries = isArchive ? archiveEntries(path, options.identity, watch) : directoryEntries(path)
  const scan = await scanEntries(entries, isArchive)
  const { problems, journal, seen, index, texts } = scan
  const isOurs = journal !== undefined || texts.has('custody/case.json')
  const isSealed = isArchive || seen.has('bagit.txt') || seen.has('tagmanifest-sha256.txt')
  const form = !isOurs ? 'bag' : isSealed ? 'bundle' : 'case'
  if (form === 'bundle') judgeSealed(scan, isArchive)
  else if (form === 'case') judgeOpenCase(scan)
  else judgeBag(scan)
  if (form === 'bundle' && !isPlainGzip)
    problems.add('archive', 'the header of gzip is not the one that it was sealed with')

  const wanted = options.digest ?? (isArchive ? digestIn(await beside(`${path}.sha256`)) : undefined)
  // Unpacking ends where the content does: the whole file is read for its digest in any case.
  digest ??= isArchive ? await digestOf(path) : undefined
  if (wanted !== undefined && digest !== wanted.toLowerCase()) {
    problems.add('archive', `its SHA-256 is ${digest}, and was ${wanted} when it was sealed`)
  }
  const envelope =
    options.envelope ?? (isArchive ? await beside(`${path.replace(/\.tar\.gz(\.age)?$/, '')}.dsse.json`) : undefined)
  const manifestDigest = seen.get('tagmanifest-sha256.txt')?.digests.sha256
  const signature = verifySignature(envelope, key, { archive: digest, manifest: manifestDigest }, problems)
  const head = headOf(scan)
  return {
    form,
    isIntact: problems.count === 0,
    problems: problems.list,
    problemCount: problems.count,
    signature,
    ...(digest !== undefined && { digest }),
    ...(manifestDigest !== undefined && { manifestDigest }),
    ...(journal?.last && { journalHead: journal.last.hash }),
    ...(head && { head }),
    files: seen.size,
    bytes: [...seen.values()].reduce((sum, one) => sum + one.bytes, 0),
    ...(journal && { counts: index.counts }),
  }
}

const maxBeside = 1024 * 1024

async function beside(path: string): Promise<string | undefined> {
  try {
    if ((await stat(path)).size > maxBeside) return undefined
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

const digestIn = (text: string | undefined) => /^[0-9a-f]{64}(?= )/i.exec(text ?? '')?.[0]

async function digestOf(path: string): Promise<string> {
  return (await hashStream(fileContent(path))).sha256
}
