import { createHash } from 'node:crypto'
import { appendFileSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Header } from 'tar-stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { seal } from '../../../src/bundle/seal.ts'
import { verify } from '../../../src/bundle/verify.ts'
import { freshDirectory, kindsOf, smallCase } from './cases.ts'
import { type Entry, repacked, rezipped, unpacked } from './tampering.ts'

let entries: Entry[]
let plain: string
beforeAll(async () => {
  const base = freshDirectory(afterAll)
  await smallCase(join(base, 'case'))
  const { file } = await seal(join(base, 'case'), join(base, 'x.tar.gz'))
  entries = await unpacked(file)
  plain = readFileSync(file).toString('base64')
})

const log = 'data/logs/shop/api_1/app/current.log'
const at = (name: string) => entries.findIndex(({ header }) => header.name === `case-1/${name}`)
const withHeader = (name: string, more: Partial<Header>): Entry[] =>
  entries.with(at(name), {
    ...(entries[at(name)] as Entry),
    header: { ...(entries[at(name)] as Entry).header, ...more },
  })
const withBody = (name: string, body: Buffer | string): Entry[] =>
  entries.with(at(name), { header: (entries[at(name)] as Entry).header, body: Buffer.from(body) })
const bodyOf = (name: string) => (entries[at(name)] as Entry).body.toString()
const extra = (name: string, more: Partial<Header> = {}): Entry => ({
  header: { ...(entries[0] as Entry).header, name, ...more },
  body: Buffer.from(more.type && more.type !== 'file' ? '' : 'x'),
})

const cases: [string, () => Entry[], string[]][] = [
  ['nothing', () => entries, []],
  ['a file changed', () => withBody(log, 'half and mOre'), [`changed ${log}`]],
  ['a file made longer', () => withBody(log, 'half and more!'), [`changed ${log}`]],
  ['a file removed', () => entries.toSpliced(at(log), 1), [`missing ${log}`]],
  ['a file added', () => [...entries, extra('case-1/data/zzz')], ['added data/zzz']],
  [
    'a file renamed',
    () => withHeader(log, { name: 'case-1/data/logs/shop/api_1/app/other.log' }),
    ['renamed data/logs/shop/api_1/app/other.log'],
  ],
  [
    'two files in another order',
    () => entries.toSpliced(at(log), 1).toSpliced(at(log) + 1, 0, entries[at(log)] as Entry),
    [`reordered ${log}.part1`],
  ],
  ['a document changed', () => withBody('custody/clock.json', '{}'), ['changed custody/clock.json']],
  [
    'the head of the case changed',
    () => withBody('custody/case.json', bodyOf('custody/case.json').replace('case-1', 'case-2')),
    ['archive', 'changed custody/case.json'],
  ],
  [
    'the manifest changed',
    () => withBody('manifest-sha256.txt', bodyOf('manifest-sha256.txt').replace(/^./, 'f')),
    ['changed manifest-sha256.txt'],
  ],
  [
    'the tag manifest changed',
    () => withBody('tagmanifest-sha256.txt', bodyOf('tagmanifest-sha256.txt').replace(/^./, 'x')),
    ['bag tagmanifest-sha256.txt', 'changed tagmanifest-sha256.txt'],
  ],
  [
    'bag-info changed',
    () => withBody('bag-info.txt', bodyOf('bag-info.txt').replace('2025', '2024')),
    ['changed bag-info.txt'],
  ],
  ['the journal removed', () => entries.toSpliced(at('custody/journal.jsonl'), 1), ['missing custody/journal.jsonl']],
  [
    'a line of the journal removed',
    () => withBody('custody/journal.jsonl', bodyOf('custody/journal.jsonl').split('\n').toSpliced(3, 1).join('\n')),
    ['journal custody/journal.jsonl'],
  ],
  [
    'a line of the journal edited',
    () => withBody('custody/journal.jsonl', bodyOf('custody/journal.jsonl').replace('forbidden', 'forgotten')),
    ['journal custody/journal.jsonl'],
  ],
  [
    'the journal cut at a line',
    () => withBody('custody/journal.jsonl', `${bodyOf('custody/journal.jsonl').split('\n').slice(0, -3).join('\n')}\n`),
    ['journal custody/journal.jsonl'],
  ],
  ['fetch.txt', () => [...entries, extra('case-1/fetch.txt')], ['fetch fetch.txt']],
  ['a way out', () => [...entries, extra('case-1/../../.ssh/x')], ['path case-1/../../.ssh/x']],
  ['an absolute path', () => [...entries, extra('/etc/x')], ['path /etc/x']],
  ['a path of Windows', () => [...entries, extra('C:\\x'), extra('C:x')], ['path C:\\x', 'path C:x']],
  [
    'a path that hides',
    () => [...entries, extra('case-1/./data/x'), extra('case-1//data/x')],
    ['path case-1/./data/x', 'path case-1//data/x'],
  ],
  ['another directory', () => [...entries, extra('other/data/x')], ['path other/data/x']],
  ['a link', () => [...entries, extra('case-1/data/l', { type: 'symlink', linkname: '/etc/passwd' })], ['type data/l']],
  [
    'a hard link',
    () => [...entries, extra('case-1/data/l', { type: 'link', linkname: 'case-1/data/empty' })],
    ['type data/l'],
  ],
  ['a device', () => [...entries, extra('case-1/data/d', { type: 'block-device' })], ['type data/d']],
  ['a file twice', () => [...entries, entries[at(log)] as Entry], [`duplicate ${log}`]],
  [
    'a twin in case',
    () => [...entries, extra(`case-1/${log.replace('app', 'App')}`)],
    [`collision ${log.replace('app', 'App')}`, `path ${log.replace('app', 'App')}`],
  ],
  [
    'a twin in normal form',
    () => [...entries, extra('case-1/data/\u00e9'), extra('case-1/data/e\u0301')],
    ['collision data/e\u0301', 'path data/e\u0301', 'path data/\u00e9'],
  ],
  ['a name that no case gives', () => [...entries, extra('case-1/data/CON')], ['path data/CON']],
  ['another mode', () => withHeader(log, { mode: 0o4755 }), [`archive ${log}`]],
  ['another time', () => withHeader(log, { mtime: new Date(0) }), [`archive ${log}`]],
]

test.each(cases)('%s: named, and nothing else is', async (_, tampered, kinds) => {
  const file = join(freshDirectory(), 'x.tar.gz')
  await repacked(tampered(), file)
  const report = await verify(file)
  expect(kindsOf(report).toSorted()).toEqual(kinds.toSorted())
  expect(report.isIntact).toBe(kinds.length === 0)
})

test('the line of a journal is named', async () => {
  const file = join(freshDirectory(), 'x.tar.gz')
  const lines = bodyOf('custody/journal.jsonl').split('\n')
  await repacked(withBody('custody/journal.jsonl', lines.toSpliced(3, 1).join('\n')), file)
  expect((await verify(file)).problems).toMatchObject([{ kind: 'journal', line: 4 }])
  await repacked(withBody('custody/journal.jsonl', `${lines.slice(0, -3).join('\n')}\n`), file)
  expect((await verify(file)).problems).toMatchObject([
    { kind: 'journal', line: lines.length - 2, what: expect.stringContaining(`had ${lines.length - 1} lines`) },
  ])
})

test('what hangs on at the end of the file or of the archive, and a header of gzip, are named', async () => {
  const file = join(freshDirectory(), 'x.tar.gz')
  const bytes = Buffer.from(plain, 'base64')
  writeFileSync(file, Buffer.concat([bytes, Buffer.from('x')]))
  expect(kindsOf(await verify(file))).toEqual([expect.stringContaining('trailing')])
  writeFileSync(file, Buffer.concat([bytes, gzipSync('x')]))
  expect(kindsOf(await verify(file))).toEqual([expect.stringContaining('trailing')])
  await repacked(entries, file, Buffer.from('hidden'))
  expect(kindsOf(await verify(file))).toEqual([expect.stringContaining('trailing')])
  writeFileSync(file, bytes.with(9, 3))
  expect(kindsOf(await verify(file))).toEqual(['archive'])
  writeFileSync(file, 'no archive at all')
  expect((await verify(file)).isIntact).toBe(false)
  writeFileSync(file, '')
  expect((await verify(file)).isIntact).toBe(false)
})

test('the digest beside the file, or the one that was noted down, tells what no content shows', async () => {
  const file = join(freshDirectory(), 'x.tar.gz')
  const bytes = Buffer.from(plain, 'base64')
  writeFileSync(file, bytes)
  const digest = createHash('sha256').update(bytes).digest('hex')
  expect((await verify(file, { digest })).isIntact).toBe(true)
  expect(kindsOf(await verify(file, { digest: '0'.repeat(64) }))).toEqual(['archive'])
  writeFileSync(`${file}.sha256`, `${'0'.repeat(64)}  x.tar.gz\n`)
  expect(kindsOf(await verify(file))).toEqual(['archive'])
})

test('a bomb is not read to its end', async () => {
  const file = join(freshDirectory(), 'x.tar.gz')
  const bomb = (name: string, size: number): Entry => ({
    header: { ...(entries[0] as Entry).header, name, size },
    body: Buffer.alloc(size),
  })
  await repacked([...entries, bomb('case-1/data/bomb', 80 * 1024 * 1024)], file)
  expect(kindsOf(await verify(file))).toEqual(['too-large data/bomb'])
  const header = Buffer.alloc(512)
  header.write('PaxHeader')
  header.write('00100000000\0', 124)
  header.write('x', 156)
  header.write('ustar\u000000', 257)
  header.write('        ', 148)
  header.write(
    `${header
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
  )
  await rezipped(header, file)
  expect(kindsOf(await verify(file))).toEqual(['too-large'])
})

const sha = (algorithm: string, text: string) => createHash(algorithm).update(text).digest('hex')

test('a bag of others is checked as far as BagIt goes, in a directory and in an archive', async () => {
  const dir = join(freshDirectory(), 'bag')
  mkdirSync(join(dir, 'data', 'Sub Dir'), { recursive: true })
  const write = (name: string, text: string) => writeFileSync(join(dir, name), text)
  write('bagit.txt', 'BagIt-Version: 0.97\nTag-File-Character-Encoding: UTF-8\n')
  write('bag-info.txt', 'Payload-Oxum: 3.2\nSource-Organization: somebody\n')
  write('data/Sub Dir/a%b', 'ab')
  write('data/é', 'c')
  write('manifest-sha512.txt', `${sha('sha512', 'ab')}  data/Sub Dir/a%25b\n${sha('sha512', 'c')}  data/é\n`)
  write('manifest-md5.txt', `${sha('md5', 'ab')}  data/Sub Dir/a%25b\n${sha('md5', 'c').toUpperCase()} *data/é\n`)
  write(
    'tagmanifest-sha512.txt',
    `${sha('sha512', 'BagIt-Version: 0.97\nTag-File-Character-Encoding: UTF-8\n')}  bagit.txt\n`,
  )
  expect(await verify(dir)).toMatchObject({ form: 'bag', isIntact: true, problems: [], files: 7 })
  const { spawnSync } = await import('node:child_process')
  // Payload first: what its digests are is only told after it.
  const archived = () =>
    spawnSync('tar', [
      '-czf',
      join(dir, '../bag.tgz'),
      '-C',
      join(dir, '..'),
      'bag/data',
      'bag/bagit.txt',
      'bag/bag-info.txt',
      'bag/manifest-sha512.txt',
      'bag/manifest-md5.txt',
      'bag/tagmanifest-sha512.txt',
    ])
  archived()
  expect(await verify(join(dir, '../bag.tgz'))).toMatchObject({ form: 'bag', isIntact: true, problems: [], files: 7 })
  write('data/é', 'd')
  archived()
  expect(kindsOf(await verify(join(dir, '../bag.tgz')))).toEqual(['changed data/é'])
  write('data/new', 'new')
  rmSync(join(dir, 'data/Sub Dir/a%b'))
  symlinkSync('/etc/passwd', join(dir, 'data/link'))
  appendFileSync(join(dir, 'bagit.txt'), 'x')
  const kinds = [
    'type data/link',
    'bag bagit.txt',
    'changed data/é',
    'changed bagit.txt',
    'missing data/Sub Dir/a%b',
    'added data/new',
    'bag bag-info.txt',
  ]
  expect(kindsOf(await verify(dir)).toSorted()).toEqual(kinds.toSorted())
  expect((await verify(freshDirectory())).problems.length).toBeGreaterThan(0)
})
