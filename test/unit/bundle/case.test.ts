import {
  appendFileSync,
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createCase, openCase } from '../../../src/bundle/case.ts'
import { readBundle } from '../../../src/bundle/read.ts'
import { verify } from '../../../src/bundle/verify.ts'
import { contentOf, freshDirectory, head, kindsOf, now, smallCase } from './cases.ts'

async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const one of source) found.push(one)
  return found
}
const journalOf = (dir: string) => join(dir, 'custody/journal.jsonl')
const linesOf = (dir: string) =>
  readFileSync(journalOf(dir), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
const whole = {
  'data/empty': '',
  'data/logs/shop/api_1/app/current.log': 'half and more',
  'data/logs/shop/api_1/app/current.log.part1 (connection reset)': 'half',
  'data/logs/shop/api_1/system=3a=41pp/current.log': 'hello \u001b[31m\0\xff\n',
  'data/raw/core/v1/pods/shop/1.json': '{"items":[9007199254740993]}',
}

test('what was given is there, for its owner alone, and verifies', async () => {
  const dir = join(freshDirectory(), 'case')
  await smallCase(dir)
  const bundle = await readBundle(dir)
  expect(await contentOf(bundle)).toEqual(whole)
  expect(bundle.document('clock')).toEqual({ skew: 0.5 })
  expect(bundle.head).toEqual(head)
  expect(bundle.kept.get('data/logs/shop/api_1/system=3a=41pp/current.log')).toMatchObject({
    path: ['logs', 'shop', 'api_1', 'system:App', 'current.log'],
  })
  expect(await all(bundle.entries('gap', 'note'))).toMatchObject([{ gap: { resource: 'secrets' } }, { kind: 'signal' }])
  const modes = readdirSync(dir, { recursive: true, encoding: 'utf8' }).map((name) => statSync(join(dir, name)))
  expect(new Set(modes.map((found) => (found.mode & 0o777).toString(8) + (found.isFile() ? ' file' : '')))).toEqual(
    new Set(['700', '600 file']),
  )
  expect(await verify(dir)).toMatchObject({
    form: 'case',
    isIntact: true,
    problems: [],
    counts: { artefact: 4, cut: 1, gap: 1 },
  })
})

test('a stream that fails keeps every byte it had read, and what it had buffered', async () => {
  const dir = join(freshDirectory(), 'case')
  const made = await createCase(dir, head, now)
  const source = new Readable({ read() {} })
  const failure = made.artefact(['a'], { from: 'x' }, source)
  source.push('one ')
  await new Promise((resolve) => setTimeout(resolve, 20))
  source.push('two')
  source.destroy(new Error('reset by peer'))
  await expect(failure).rejects.toThrow('reset by peer')
  expect(made.has(['a'])).toBe(false)
  expect([...made.kept()]).toMatchObject([
    { file: 'data/a.part1', cut: 'reset by peer', bytes: 7, path: ['a'], meta: { from: 'x' } },
  ])
  expect(readFileSync(join(dir, 'data/a.part1'), 'utf8')).toBe('one two')
  const closed = new Readable({ read() {} })
  const failing = made.artefact(['b'], {}, closed)
  closed.destroy()
  await expect(failing).rejects.toThrow('closed before its end')
  const early = new Readable({ read() {} })
  early.push('read at once')
  const failingEarly = made.artefact(['c'], {}, early)
  early.once('data', () => early.destroy(new Error('gone')))
  await expect(failingEarly).rejects.toThrow('gone')
  expect(readFileSync(join(dir, 'data/c.part1'), 'utf8')).toBe('read at once')
  await made.close()
})

test('nothing is written twice, and a case not into what is there', async () => {
  const dir = join(freshDirectory(), 'case')
  const made = await createCase(dir, head, now)
  await made.artefact(['a'], {}, Buffer.from('1'))
  await expect(made.artefact(['a'], {}, Buffer.from('2'))).rejects.toMatchObject({ code: 'usage' })
  await expect(made.document('case', {})).rejects.toMatchObject({ code: 'usage' })
  await expect(made.document('../x', {})).rejects.toMatchObject({ code: 'usage' })
  await expect(createCase(dir, head, now)).rejects.toMatchObject({
    code: 'usage',
    message: expect.stringContaining('there already'),
  })
  await expect(openCase(dir)).rejects.toMatchObject({
    code: 'journal',
    message: expect.stringContaining('being worked on'),
  })
  await made.close()
  await expect(made.note('late', {})).rejects.toMatchObject({ code: 'journal' })
  chmodSync(dir, 0o777)
  await expect(openCase(dir)).rejects.toMatchObject({ message: expect.stringContaining('others may write to it') })
})

test('hostile names stay below the directory, and none takes the place of another', async () => {
  const dir = join(freshDirectory(), 'case')
  const made = await createCase(dir, head, now)
  const paths = [
    ['..', '..', 'x'],
    ['/etc/passwd'],
    ['CON'],
    ['con'],
    ['a', 'B'],
    ['a', 'b'],
    ['\u00e9'],
    ['e\u0301'],
    ['x'.repeat(300)],
    ['y.part1'],
    ['y'],
    ['system:x\n%0A'],
  ]
  for (const path of paths) await made.artefact(path, {}, Buffer.from(JSON.stringify(path)))
  await made.close()
  const again = await openCase(dir)
  expect([...again.kept()].map(({ path }) => path)).toEqual(paths)
  await again.close()
  const content = await contentOf(await readBundle(dir))
  expect(new Set(Object.values(content).map((text) => Buffer.from(text, 'latin1').toString()))).toEqual(
    new Set(paths.map((path) => JSON.stringify(path))),
  )
})

test('a file cannot be where a directory is: that one artefact fails and says so', async () => {
  const made = await createCase(join(freshDirectory(), 'case'), head, now)
  await made.artefact(['a'], {}, Buffer.from('1'))
  await expect(made.artefact(['a', 'b'], {}, Buffer.from('2'))).rejects.toMatchObject({
    code: 'journal',
    message: expect.stringContaining('cannot make'),
  })
  await made.artefact(['c'], {}, Buffer.from('3'))
  await made.close()
})

test('what was being written when the process ended is kept, and is written anew beside it', async () => {
  const dir = join(freshDirectory(), 'case')
  await smallCase(dir)
  const made = await openCase(dir, now)
  const source = new Readable({ read() {} })
  const unfinished = made.artefact(['long'.repeat(50), 'log'], { since: '5m' }, source)
  unfinished.catch(() => {})
  source.push('begun')
  const name = `data/${'long'.repeat(16)}lo=.`
  await expect.poll(() => readdirSync(join(dir, 'data')).find((one) => `data/${one}`.startsWith(name))).toBeDefined()
  const folder = join(dir, 'data', readdirSync(join(dir, 'data')).find((one) => `data/${one}`.startsWith(name)) ?? '')
  await expect.poll(() => readFileSync(join(folder, 'log.part1'), 'utf8')).toBe('begun')
  await made.note('the open line is there by now', {})
  // As if it had been killed: its lock goes, its promises never settle.
  for (const lock of readdirSync(dir).filter((one) => one.endsWith('.lock'))) rmSync(join(dir, lock))
  const resumed = await openCase(dir, now)
  expect([...resumed.kept()].at(-1)).toMatchObject({
    path: ['long'.repeat(50), 'log'],
    meta: { since: '5m' },
    bytes: 5,
    cut: expect.stringContaining('ended'),
  })
  await resumed.artefact(['long'.repeat(50), 'log'], { since: '5m' }, Buffer.from('begun again'))
  await resumed.close()
  expect(readFileSync(join(folder, 'log.part1'), 'utf8')).toBe('begun')
  expect(readFileSync(join(folder, 'log'), 'utf8')).toBe('begun again')
  expect(await verify(dir)).toMatchObject({ isIntact: true })
  source.destroy()
  await expect(unfinished).rejects.toThrow('somebody else has changed the file')
  await made.close()
})

test('cut at any byte, the journal opens again: nothing that was recorded before is lost, no file is deleted', async () => {
  const base = freshDirectory()
  const original = join(base, 'original')
  await smallCase(original)
  const bytes = readFileSync(journalOf(original))
  const first = bytes.indexOf('\n') + 1
  const { cpSync } = await import('node:fs')
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: first, max: bytes.length }), async (length) => {
      const dir = join(base, `cut-${length}`)
      cpSync(original, dir, { recursive: true, preserveTimestamps: true })
      truncateSync(journalOf(dir), length)
      const files = readdirSync(join(dir, 'data'), { recursive: true }).length
      const opened = await openCase(dir, now)
      await opened.close()
      const wholeLines = bytes.subarray(0, length).toString().split('\n').length - 1
      expect(linesOf(dir)[wholeLines]).toMatchObject({ type: 'resume' })
      expect(readFileSync(journalOf(dir)).subarray(0, bytes.lastIndexOf('\n', length - 1) + 1)).toEqual(
        bytes.subarray(0, bytes.lastIndexOf('\n', length - 1) + 1),
      )
      expect(readdirSync(join(dir, 'data'), { recursive: true }).length).toBe(files)
      rmSync(dir, { recursive: true })
    }),
    { numRuns: 40 },
  )
})

test('a line that was edited stops a resume, and is named', async () => {
  const dir = join(freshDirectory(), 'case')
  await smallCase(dir)
  const text = readFileSync(journalOf(dir), 'utf8')
  writeFileSync(journalOf(dir), text.replace('"forbidden"', '"forgotten"'))
  const line = text.split('\n').findIndex((one) => one.includes('"forbidden"')) + 1
  await expect(openCase(dir)).rejects.toMatchObject({
    code: 'journal',
    message: expect.stringContaining(`line ${line}, is not as it was written`),
  })
  expect((await verify(dir)).problems).toMatchObject([{ kind: 'journal', line }])
  expect(readdirSync(dir).filter((name) => name.endsWith('.lock'))).toEqual([])
})

test('a file that was changed, removed or added is told; a resume sets the changed aside and has it read again', async () => {
  const dir = join(freshDirectory(), 'case')
  await smallCase(dir)
  const log = 'data/logs/shop/api_1/app/current.log'
  appendFileSync(join(dir, log), '!')
  rmSync(join(dir, 'data/empty'))
  writeFileSync(join(dir, 'data/planted'), 'x')
  symlinkSync('/etc/passwd', join(dir, 'data/link'))
  const kinds = [
    'changed data/logs/shop/api_1/app/current.log',
    'missing data/empty',
    'added data/planted',
    'type data/link',
  ]
  expect(kindsOf(await verify(dir)).toSorted()).toEqual(kinds.toSorted())
  const opened = await openCase(dir, now)
  expect(opened.has(['logs', 'shop', 'api_1', 'app', 'current.log'])).toBe(false)
  expect(opened.has(['empty'])).toBe(false)
  await opened.artefact(['empty'], {}, Buffer.from('now it is not'))
  await opened.close()
  expect(readFileSync(join(dir, `${log}.part2`), 'utf8')).toBe('half and more!')
  expect(existsSync(join(dir, log))).toBe(false)
  expect([...opened.kept()].find(({ file }) => file === 'data/planted.part1')?.cut).toContain('nothing in the journal')
  rmSync(join(dir, 'data/link'))
  expect(await verify(dir)).toMatchObject({ isIntact: true })
})
