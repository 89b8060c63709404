import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { appendFileSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { seal } from '../../../src/bundle/seal.ts'
import { verify } from '../../../src/bundle/verify.ts'
import { freshDirectory, kindsOf, smallCase } from './cases.ts'
import { tamperingsOf } from './tampered.ts'
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

const { cases, withBody, bodyOf } = tamperingsOf(() => entries)

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

test('in a manifest a line feed, a carriage return and a percent sign of a name are escaped, and nothing else is', async () => {
  const base = freshDirectory()
  const dir = join(base, 'bag')
  mkdirSync(join(dir, 'data'), { recursive: true })
  writeFileSync(join(dir, 'bagit.txt'), 'BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n')
  const named = [
    ['a\nb', 'a%0Ab'],
    ['a\rb', 'a%0db'],
    ['a%0Ab', 'a%250Ab'],
    ['a%2fb', 'a%252fb'],
    ['a%41', 'a%41'],
  ]
  for (const [name = ''] of named) writeFileSync(join(dir, 'data', name), name)
  const listed = named.map(([name = '', escaped]) => `${sha('sha256', name)}  data/${escaped}\n`)
  writeFileSync(join(dir, 'manifest-sha256.txt'), listed.join(''))
  const check = async (kinds: string[]) => {
    execFileSync('tar', ['-czf', join(base, 'bag.tgz'), '-C', base, 'bag'])
    for (const place of [dir, join(base, 'bag.tgz')]) expect(kindsOf(await verify(place))).toEqual(kinds)
  }
  await check([])
  // One name for two files, and none for one.
  writeFileSync(join(dir, 'manifest-sha256.txt'), [...listed.slice(1), listed[1]].join(''))
  await check(['duplicate manifest-sha256.txt', 'added data/a\nb'])
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
