import type { Case } from '../bundle/case.ts'
import type { CaseHead, Json, Kept, Recorded } from '../bundle/entry.ts'
import { encodePath } from '../bundle/path-name.ts'
import type { Bundle } from '../bundle/read.ts'
import type { Redaction } from '../bundle/redacted.ts'
import type { RedactRequest } from './redact-bundle.ts'

/** The head of a derivative: that of its parent, redacted, and which that is. */
export function headOf(
  bundle: Bundle,
  { profile, sha256, tool }: Pick<RedactRequest, 'profile' | 'sha256' | 'tool'>,
  head: CaseHead,
): CaseHead {
  const parent = { case: head.id, sha256, journalHead: bundle.journalHead }
  const redaction: Redaction = { parent, profile, tool, at: new Date().toISOString() }
  return { ...head, id: `${head.id.replace(/-redacted(?:-\d+)?$/, '')}-redacted`, redaction }
}

/** The paths of the derivative's artefacts, by the files of the parent's. */
export function pathsOf(bundle: Bundle, redact: (path: string[]) => string[]): Map<string, string[]> {
  const known = [...bundle.kept.values()].filter((kept): kept is Kept & { path: string[] } => kept.path !== undefined)
  return new Map(known.map(({ file, path }) => [file, redact(path)]))
}

type Row = Extract<Recorded, { type: 'request' | 'gap' | 'alteration' | 'note' }>

/** Copies a line of the journal. */
export async function copyRow(
  derived: Case,
  row: Row,
  redact: (value: Json, file: string) => Json,
  paths: Map<string, string[]>,
): Promise<void> {
  const file = 'custody/journal.jsonl'
  if (row.type === 'note') return await derived.note(redact(row.kind, file) as string, redact(row.data, file))
  if (row.type === 'gap') return await derived.gap(redact(row.gap, file) as Record<string, Json>)
  if (row.type === 'alteration') return await derived.alteration(redact(row.alteration, file) as Record<string, Json>)
  // By the digest of an answer what was masked in it could be guessed.
  const { sha256: _, ...facts } = row.request
  const of = typeof facts['file'] === 'string' ? paths.get(facts['file']) : undefined
  derived.request({ ...(redact(facts, file) as Record<string, Json>), ...(of && { file: encodePath(of) }) })
}

/** What is in custody/ beside the head. A derivative's own report stays, under another name. */
export async function documentsOf(bundle: Bundle): Promise<[string, Json][]> {
  const names: string[] = []
  for await (const { file } of bundle.entries('document')) names.push(file.slice('custody/'.length, -'.json'.length))
  const earlier = names.filter((name) => /^redaction(?:-\d+)?$/.test(name)).length
  return names
    .filter((name) => name !== 'case')
    .flatMap((name): [string, Json][] => {
      const value = bundle.document(name)
      return value === undefined ? [] : [[name === 'redaction' ? `redaction-${earlier}` : name, value]]
    })
}
