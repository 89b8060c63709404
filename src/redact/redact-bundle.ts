import type { KeyObject } from 'node:crypto'
import { createCase } from '../bundle/case.ts'
import type { CaseHead, Json } from '../bundle/entry.ts'
import { encodePath } from '../bundle/path-name.ts'
import type { Bundle } from '../bundle/read.ts'
import { isRedacted } from '../bundle/redacted.ts'
import { fromBytes, toBytes } from './chars.ts'
import { contentWriter } from './derived-content.ts'
import { jsonRedactor } from './derived-json.ts'
import { copyRow, documentsOf, headOf, pathsOf } from './derived-rows.ts'
import { keywords } from './keywords.ts'
import { knownNames } from './known-names.ts'
import type { LiveSecrets } from './live-cluster.ts'
import { liveValues } from './live-values.ts'
import { isDistinct, isPersonal, namesOf } from './names.ts'
import { pseudonyms } from './pseudonym.ts'
import type { Redactor } from './redactor.ts'
import { reportOf, type RedactReport, Tally } from './report.ts'
import type { RedactProfile } from './scene.ts'
import { secondEngine } from './second-engine.ts'
import { Work } from './work.ts'

export type RedactRequest = {
  /** The directory of the derivative; a new one. What is not yet known to be clean lies beside it. */
  directory: string
  profile: RedactProfile
  key: KeyObject
  keyId: string
  /** Of the parent's file; null of a directory. */
  sha256: string | null
  tool: { name: string; version: string }
  live?: LiveSecrets | undefined
  onFile?: (done: number, of: number, bytes: number) => void
}

/**
 * Makes the derivative of a bundle as a case that can be sealed: everything in it went through the rules, and then through another engine.
 * What cannot be redacted wholly is left out, with a gap. Throws SecureError, or what else went wrong: then nothing of it may be used.
 */
export async function redactBundle(bundle: Bundle, request: RedactRequest): Promise<RedactReport> {
  const { profile, live } = request
  const isSharing = profile === 'sharing'
  const names = isSharing ? await knownNames(bundle) : new Map<string, 'user' | 'host'>()
  const values = live && liveValues(live.values)
  const redactor: Redactor = {
    reading: {
      profile,
      keywords: keywords(),
      work: new Work(),
      isDerivative: isRedacted(bundle.head),
      live: values,
      names: isSharing ? namesOf(names) : undefined,
    },
    pseudonyms: pseudonyms(request.key, (subject) => isSharing && isPersonal(subject)),
  }
  const tally = new Tally()
  const engine = await secondEngine()
  const json = jsonRedactor(redactor, engine, tally, () => values?.seen() ?? [])
  const head = headOf(bundle, request, json.value(bundle.head, 'custody/case.json') as CaseHead)
  if (isSharing) hideHost(head, redactor)
  // Lines that were recorded keep their time.
  let now: Date | undefined
  const derived = await createCase(request.directory, head, () => now ?? new Date())
  try {
    const leftOut: RedactReport['leftOut'] = []
    const unpacked: RedactReport['unpacked'] = []
    const paths = pathsOf(bundle, (path) => path.map((part) => json.text(part)))
    const times = new Map<string, string>()
    for await (const entry of bundle.entries('request', 'gap', 'alteration', 'note', 'artefact', 'cut')) {
      now = new Date(entry.at)
      if (entry.type === 'artefact' || entry.type === 'cut') times.set(entry.file, entry.at)
      else await copyRow(derived, entry, json.value, paths)
    }
    const write = contentWriter(derived, redactor, engine, tally, {
      scratch: `${request.directory}.part`,
      seen: () => values?.seen() ?? [],
      meta: (meta, file) => json.value(meta, file) as Record<string, Json>,
    })
    let done = 0
    for await (const artefact of bundle.artefacts()) {
      now = new Date(times.get(artefact.file) ?? Date.now())
      const path = paths.get(artefact.file)
      const outcome =
        path === undefined ? { why: 'only the beginning of its name is left' } : await write(artefact, path)
      const file = path === undefined ? json.text(artefact.file) : encodePath(path)
      if ('why' in outcome) leftOut.push({ file, why: outcome.why })
      else if (outcome.unpackedAs !== undefined) unpacked.push({ file, as: outcome.unpackedAs })
      request.onFile?.(++done, bundle.kept.size, artefact.bytes)
    }
    now = undefined
    for (const { file, why } of leftOut)
      await derived.gap({
        what: `${file}, in the redacted bundle`,
        why,
        hides: 'all that is in it; the bundle that this one was made of has it',
      })
    for (const [name, value] of await documentsOf(bundle))
      await derived.document(name, json.value(value, `custody/${name}.json`))
    const report = reportOf(head, tally, request, { leftOut, unpacked, notes: notesOf(names.keys()) })
    await derived.document('redaction', JSON.parse(JSON.stringify(report)) as Json)
    return report
  } finally {
    await derived.close()
  }
}

// The machine that collected may have a name too common to be looked for.
function hideHost(head: CaseHead, { pseudonyms: { name } }: Redactor): void {
  const local = (head['operator'] as { local?: { host?: unknown } } | undefined)?.local
  const host = local?.host
  if (local && typeof host === 'string' && !host.startsWith('‹')) local.host = fromBytes(name('host', toBytes(host)))
}

function notesOf(names: Iterable<string>): string[] {
  const plain = [...names].filter((name) => !isDistinct(name)).length
  const where = 'they are masked where a field says what they are'
  return plain === 0 ? [] : [`${plain} names of users or nodes are too common to be looked for in texts: ${where}`]
}
