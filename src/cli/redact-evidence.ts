import { existsSync, rmSync } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import about from '../../package.json' with { type: 'json' }
import type { CaseHead } from '../bundle/entry.ts'
import { hashStream } from '../bundle/hash-file.ts'
import { encodePart } from '../bundle/path-name.ts'
import { readBundle } from '../bundle/read.ts'
import { seal, type Sealed, sealTo } from '../bundle/seal.ts'
import { fileContent } from '../bundle/source.ts'
import { stateDirectory } from '../change/journal/names.ts'
import { explained } from '../durable/storage.ts'
import { SecureError } from '../errors.ts'
import { sizeText } from '../evidence/tally.ts'
import { pseudonymKey } from '../redact/key-file.ts'
import type { LiveSecrets } from '../redact/live-cluster.ts'
import { redactBundle } from '../redact/redact-bundle.ts'
import type { RedactReport } from '../redact/report.ts'
import type { RedactProfile } from '../redact/scene.ts'
import { note } from '../terminal/messages.ts'
import { startProgress } from '../terminal/progress.ts'
import { writeAll } from './collect-stream.ts'
import { identityText, keyText } from './evidence-flags.ts'

export type RedactWords = {
  profile: string
  key?: string | undefined
  output?: string | undefined
  identity?: string | undefined
  'encrypt-to'?: string[] | undefined
  sign?: string | undefined
}

/**
 * Makes the redacted derivative of a bundle and seals it, to a file or to standard output. Whatever fails leaves no file. Throws SecureError.
 * `live` asks a cluster for the Secrets that are looked for.
 */
export async function redactEvidence(
  file: string,
  words: RedactWords,
  live: ((head: CaseHead) => Promise<LiveSecrets>) | undefined,
): Promise<{ report: RedactReport; sealed: Omit<Sealed, 'file'> & { file: string } }> {
  const isStream = words.output === '-'
  if (isStream) checkStream(words)
  const bundle = await readBundle(file, { identity: await identityText(words.identity) })
  const out = isStream ? '' : outputOf(file, words.output)
  const { key, id, isNew } = await pseudonymKey(words.key ?? keyPath(bundle.head))
  if (isNew) note(`made a key of pseudonyms: ${words.key ?? keyPath(bundle.head)}; it never goes with the bundle`)
  const secrets = await live?.(bundle.head)
  const isDirectory = (await stat(file)).isDirectory()
  const sha256 = isDirectory ? null : (await hashStream(fileContent(file))).sha256
  const place = isStream ? tmpdir() : dirname(out)
  const parent = await explained(`cannot write to ${place}`, () => mkdtemp(join(place, '.kubectl-secure-redact-')))
  // What is half done is no derivative.
  const onInterrupt = () => {
    rmSync(parent, { recursive: true, force: true })
    process.exit(130)
  }
  process.once('SIGINT', onInterrupt)
  const progress = startProgress('redacting')
  try {
    const directory = join(parent, 'case')
    let bytes = 0
    const report = await redactBundle(bundle, {
      directory,
      profile: words.profile as RedactProfile,
      key,
      keyId: id,
      sha256,
      tool: { name: about.name, version: about.version },
      live: secrets,
      onFile: (done, of, size) => progress.update(`${done}/${of}, ${sizeText((bytes += size))}`),
    })
    const options = {
      encryptTo: words['encrypt-to'],
      sign: words.sign === undefined ? undefined : await keyText(words.sign),
    }
    if (!isStream) return { report, sealed: await seal(directory, out, options) }
    const sealed = await sealTo(directory, words['encrypt-to'] ?? [], writeAll)
    return { report, sealed: { ...sealed, file: 'to standard output' } }
  } finally {
    progress.stop()
    process.off('SIGINT', onInterrupt)
    await rm(parent, { recursive: true, force: true })
  }
}

function checkStream({ sign }: RedactWords): void {
  const refuse = (why: string, hint: string) => new SecureError('usage', `--output -: ${why}`, { hint })
  if (sign !== undefined) throw refuse('a signature is a file of its own', 'Name a file: --output FILE.')
  if (process.stdout.isTTY) throw refuse('standard output is a terminal', 'Send it to a file or a pipe.')
}

/** Beside the bundle unless it is said, under a name that is free. */
function outputOf(file: string, output: string | undefined): string {
  if (output !== undefined) {
    const out = resolve(output).replace(/\.age$/, '')
    if (!out.endsWith('.tar.gz')) throw new SecureError('usage', `--output ${output} has to end in .tar.gz, or be -`)
    if (existsSync(out) || existsSync(`${out}.age`))
      throw new SecureError('usage', `${output} is there already`, { hint: 'Name another file, or remove that one.' })
    return out
  }
  const base = join(dirname(resolve(file)), basename(resolve(file)).replace(/(?:\.tar\.gz|\.tar)?(?:\.age)?$/, ''))
  for (let count = 1; ; count++) {
    const out = `${base}-redacted${count === 1 ? '' : `-${count}`}.tar.gz`
    if (!existsSync(out) && !existsSync(`${out}.age`)) return out
  }
}

// One a case: the same value has the same pseudonym in all its derivatives, and in no other's. Not beside the bundle, with which it would travel.
function keyPath({ id }: CaseHead): string {
  return join(stateDirectory(process.env, homedir()), 'redact', `${encodePart(id.replace(/-redacted$/, ''))}.key`)
}
