import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type Case, createCase } from '../../../src/bundle/case.ts'
import type { CaseHead } from '../../../src/bundle/entry.ts'
import type { Bundle } from '../../../src/bundle/read.ts'

export const head: CaseHead = {
  id: 'case-1',
  created: '2025-03-04T05:06:07Z',
  tool: { name: 'kubectl-secure', version: '0.1.0' },
}
export const now = () => new Date('2025-03-04T05:06:08Z')

/** A directory that is gone after the test, or after what is passed. */
export function freshDirectory(after: (clean: () => void) => void = onTestFinished): string {
  const directory = mkdtempSync(join(tmpdir(), 'kubectl-secure-bundle-'))
  after(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** A case with a few artefacts, one of them cut, and a line of each other type; closed. */
export async function smallCase(dir: string): Promise<void> {
  const made = await createCase(dir, head, now)
  await fill(made)
  await made.close()
}

export async function fill(made: Case): Promise<void> {
  await made.artefact(
    ['raw', 'core', 'v1', 'pods', 'shop', '1.json'],
    { kind: 'pods' },
    Buffer.from('{"items":[9007199254740993]}'),
  )
  await made.artefact(
    ['logs', 'shop', 'api_1', 'system:App', 'current.log'],
    {},
    Buffer.from('hello \u001b[31m\0\xff\n', 'latin1'),
  )
  const reset = async function* () {
    yield Buffer.from('half')
    throw new Error('connection reset')
  }
  await made.artefact(['logs', 'shop', 'api_1', 'app', 'current.log'], { since: '1h' }, reset()).catch(() => {})
  await made.artefact(['logs', 'shop', 'api_1', 'app', 'current.log'], { since: '1h' }, Buffer.from('half and more'))
  await made.artefact(['empty'], {}, Buffer.alloc(0))
  await made.document('clock', { skew: 0.5 })
  made.request({ method: 'GET', url: '/api/v1/pods' })
  await made.gap({ resource: 'secrets', why: 'forbidden' })
  await made.alteration({ what: 'an ephemeral container' })
  await made.note('signal', ['SIGINT'])
}

/** All that is in a bundle. */
export async function contentOf(bundle: Bundle): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  for await (const { file, cut, content } of bundle.artefacts()) {
    const parts: Buffer[] = []
    for await (const part of content()) parts.push(part)
    found[cut === undefined ? file : `${file} (${cut})`] = Buffer.concat(parts).toString('latin1')
  }
  return found
}

export const kindsOf = ({ problems }: { problems: { kind: string; file?: string }[] }): string[] =>
  problems.map(({ kind, file }) => (file === undefined ? kind : `${kind} ${file}`))
