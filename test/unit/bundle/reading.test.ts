import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Bundle, readBundle } from '../../../src/bundle/read.ts'
import { seal } from '../../../src/bundle/seal.ts'
import { verify } from '../../../src/bundle/verify.ts'
import { SecureError } from '../../../src/errors.ts'
import { contentOf, freshDirectory, kindsOf, smallCase } from './cases.ts'
import { log, tamperingsOf } from './tampered.ts'
import { type Entry, repacked, unpacked } from './tampering.ts'

let entries: Entry[]
let sealed: string
beforeAll(async () => {
  const base = freshDirectory(afterAll)
  await smallCase(join(base, 'case'))
  sealed = (await seal(join(base, 'case'), join(base, 'x.tar.gz'))).file
  entries = await unpacked(sealed)
})
const { cases, bodyOf, withBody } = tamperingsOf(() => entries)

/** All that a reader gets of it. */
async function told(path: string): Promise<object> {
  const bundle = await readBundle(path)
  const lines = []
  for await (const entry of bundle.entries('document', 'artefact', 'cut', 'gap', 'request', 'note')) lines.push(entry)
  const { head, journalHead } = bundle
  return {
    head,
    journalHead,
    clock: bundle.document('clock'),
    kept: [...bundle.kept],
    content: await contentOf(bundle),
    lines,
  }
}

const journal = 'custody/journal.jsonl'
const twice = (name: string, change: (text: string) => string): Entry[] => {
  const again = withBody(name, change(bodyOf(name))).find(({ header }) => header.name === `case-1/${name}`)
  return entries.flatMap((entry) => (entry.header.name === `case-1/${name}` && again ? [entry, again] : [entry]))
}
const twins: typeof cases = [
  ['another head behind the head', () => twice('custody/case.json', (text) => text.replace('tool', 'fool')), []],
  ['another document behind the document', () => twice('custody/clock.json', () => '{"skew":420}'), []],
  ['the journal, and an older one', () => twice(journal, (text) => `${text.split('\n').slice(0, 4).join('\n')}\n`), []],
  [
    'the seal, and another',
    () => twice('bag-info.txt', (text) => text.replace(/Journal-Head: ./, 'Journal-Head: x')),
    [],
  ],
]

test.each([...cases, ...twins])('%s: what is read is what was sealed, or nothing is', async (_, tampered) => {
  const file = join(freshDirectory(), 'x.tar.gz')
  await repacked(tampered(), file)
  const found = await told(file).catch((error: unknown) => error)
  if (!(found instanceof SecureError)) expect(found).toEqual(await told(sealed))
})

/** What was unpacked by others, to be tampered with. */
function unpackedAt(): string {
  const base = freshDirectory()
  execFileSync('tar', ['-xzf', sealed, '-C', base])
  return join(base, 'case-1')
}

test.each<[string, (file: string) => void]>([
  ['a link', (file) => symlinkSync('/etc/hostname', file)],
  // Whoever opens it waits for somebody who writes to it.
  ['a named pipe', (file) => void execFileSync('mkfifo', [file])],
  ['a directory', (file) => mkdirSync(file)],
])('%s in the place of a file is not followed, and is named', async (_, make) => {
  const dir = unpackedAt()
  expect(await told(dir)).toEqual(await told(sealed))
  rmSync(join(dir, log))
  make(join(dir, log))
  const read = async () => {
    const bundle = await readBundle(dir)
    return { bundle, seen: await bytesOf(bundle) }
  }
  await expect(read()).rejects.toMatchObject({ code: 'journal', message: expect.stringContaining(log) })
  expect(kindsOf(await verify(dir))).toContainEqual(expect.stringContaining(log))
})

test('of an unpacked bundle what is not as it was sealed is not read either', async () => {
  for (const name of ['custody/case.json', 'custody/clock.json']) {
    const dir = unpackedAt()
    writeFileSync(join(dir, name), bodyOf(name).replace(/1|5/, '2'))
    await expect(told(dir), name).rejects.toMatchObject({ code: 'journal', message: expect.stringContaining(name) })
  }
})

async function bytesOf(bundle: Bundle): Promise<string> {
  let seen = ''
  for await (const { content } of bundle.artefacts(({ file }) => file === log))
    for await (const part of content()) seen += part.toString('latin1')
  return seen
}
