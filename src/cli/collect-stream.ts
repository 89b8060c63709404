import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sealTo } from '../bundle/seal.ts'
import type { Engine } from '../change/engine.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { SecureError } from '../errors.ts'
import type { CollectReport, CollectRequest } from '../evidence/request.ts'
import { sizeText } from '../evidence/tally.ts'
import { collectedText } from '../terminal/evidence-text.ts'
import { note } from '../terminal/messages.ts'
import { collectEvidence, newCaseId, type SealWords } from './collect-evidence.ts'

type StreamWords = SealWords & { output?: string | undefined; resume?: boolean | undefined }

/** Whether the sealed bundle goes to standard output. Throws SecureError `usage` where it must not. */
export function isStreamed(words: StreamWords): boolean {
  if (words.output !== '-') return false
  const refuse = (why: string, hint: string) => new SecureError('usage', `--output -: ${why}`, { hint })
  if (!words['encrypt-to']?.length)
    throw refuse(
      'originals leave this machine encrypted, or not at all',
      'Name who is to read them: --encrypt-to age1…; or write a redacted derivative: "evidence redact FILE --output -".',
    )
  if (words.sign !== undefined)
    throw refuse(
      'a signature is a file of its own',
      'Seal to a directory: --output DIR; then "evidence upload" sends both.',
    )
  if (words.resume) throw refuse('--resume needs the directory of the case', 'Name it: --output DIR.')
  if (process.stdout.isTTY) throw refuse('standard output is a terminal', 'Send it to a file or a pipe.')
  return true
}

/**
 * Collects into a directory of its own, and writes the sealed bundle to standard output. The directory is removed once all of it was taken; where
 * something fails it stays, and the error names it. Throws SecureError.
 */
export async function collectToStream(
  cluster: Cluster,
  request: CollectRequest | undefined,
  encryptTo: readonly string[],
  command: string[],
  engine?: Engine,
): Promise<CollectReport> {
  const parent = await mkdtemp(join(tmpdir(), 'kubectl-secure-'))
  const directory = join(parent, newCaseId())
  note(`what is collected lies in ${directory}, not encrypted, until all of it went to standard output`)
  try {
    const report = await collectEvidence(cluster, request, directory, command, engine)
    const sealed = await sealTo(directory, encryptTo, writeAll)
    await rm(parent, { recursive: true })
    const gone = { ...report, directory: undefined }
    process.stderr.write(collectedText(gone, sizeText(report.bytes), { ...sealed, file: 'to standard output' }))
    return { ...report, directory: 'the bundle' }
  } catch (error) {
    if (!existsSync(join(directory, 'custody', 'journal.jsonl'))) await rm(parent, { recursive: true, force: true })
    else if (error instanceof SecureError) throw kept(error, directory)
    throw error
  }
}

/** Writes a piece of a bundle to standard output. Here a reader that goes before the end is a failure: what it has is no bundle. */
export async function writeAll(piece: Uint8Array): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    process.stdout.write(piece, (cause) => {
      if (!cause) return resolve()
      reject(new SecureError('journal', `standard output took no more of the bundle: ${cause.message}`, { cause }))
    })
  })
}

function kept(error: SecureError, directory: string): SecureError {
  const next = `Nothing is lost: the case is in ${directory}, not encrypted. "evidence seal" seals it there, "evidence collect --resume --output" goes on.`
  return error.with({ hint: error.hint === undefined ? next : `${error.hint}\n${next}` })
}
