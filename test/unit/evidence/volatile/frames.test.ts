import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseGathered } from '../../../../src/evidence/volatile/frames.ts'
import { lacksOf } from '../../../../src/evidence/volatile/judge.ts'
import { limits, volatileScript } from '../../../../src/evidence/volatile/script.ts'

const begin = '@kubectl-secure volatile 1\n@self 7\n'
const framed = (path: string, bytes: Uint8Array, code = '000') => {
  const text = Buffer.concat([bytes, Buffer.from(code)]).toString('base64')
  return `@file ${path}\n${(text.match(/.{1,76}/g) ?? []).join('\n')}\n`
}
const hostile = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc
    .constantFrom('@end\n', '\n@file proc/1/cmdline\nAAAA\n@end\n', '000', '\0@limit time\n')
    .map((text) => Buffer.from(text)),
)
const things = fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 99_999 }), hostile), {
  selector: ([pid]) => pid,
  maxLength: 8,
})

test('what a process has in its files comes out as it was, and ends no frame', () => {
  fc.assert(
    fc.property(things, (all) => {
      const text = `${begin}${all.map(([pid, bytes]) => framed(`proc/${pid}/cmdline`, bytes)).join('')}@end\n`
      const { pieces, broken, limits: reached } = parseGathered(text)
      expect([broken, reached]).toEqual([undefined, []])
      expect(pieces.map(({ path, bytes, ended }) => [path.join('/'), Buffer.from(bytes), ended])).toEqual(
        all.map(([pid, bytes]) => [`proc/${pid}/cmdline`, Buffer.from(bytes), 'whole']),
      )
    }),
  )
})

test('cut anywhere it says so, and what it still has is true', () => {
  fc.assert(
    fc.property(things, fc.nat(), (all, at) => {
      const text = `${begin}${all.map(([pid, bytes]) => framed(`proc/${pid}/cmdline`, bytes)).join('')}@end\n`
      const { pieces, broken } = parseGathered(text.slice(0, at % text.length))
      expect(broken).toBeDefined()
      pieces.forEach(({ bytes }, index) => expect(Buffer.from(bytes)).toEqual(Buffer.from(all[index]?.[1] ?? [])))
    }),
  )
})

test('whatever it is given it throws nothing, and takes no path that the script does not make', () => {
  const lines = fc.array(
    fc.oneof(
      fc.string(),
      fc.constantFrom(
        '@kubectl-secure volatile 1',
        '@end',
        '@limit time',
        '@file ../../x',
        '@file proc/0/maps',
        '@file proc/1/fd/../..',
        'AAAA',
      ),
    ),
  )
  fc.assert(
    fc.property(lines, (all) => {
      for (const { path } of parseGathered(`${begin}${all.join('\n')}`).pieces)
        expect(path.join('/')).toMatch(/^(boot|net\/|proc\/[1-9])/)
    }),
  )
  for (const path of ['../x', 'net/../x', 'proc/1/../../x', 'proc/1/net/', 'net/a/b', 'proc/1/secret'])
    expect(parseGathered(`${begin}${framed(path, Buffer.from('x'))}@end\n`), path).toMatchObject({
      pieces: [],
      broken: expect.any(String),
    })
})

test('a file twice, a line after the end and a beginning of others are no words of the script', () => {
  const once = framed('boot', Buffer.from('x'))
  for (const text of [
    `${begin}${once}${once}@end\n`,
    `${begin}@end\n@end\n`,
    `${begin}@end\nx`,
    `x\n${begin}@end\n`,
    '',
  ])
    expect(parseGathered(text).broken, text).toBeDefined()
})

test('what was refused, is longer than the limit or belongs to a process that is gone is told apart', () => {
  const long = Buffer.alloc(limits.small + 1, 'x')
  const stat = (pid: number, state: string) => framed(`proc/${pid}/stat`, Buffer.from(`${pid} (a) Z) ) ${state} 1 1`))
  const text = [
    begin,
    stat(1, 'S'),
    framed('proc/1/links', Buffer.alloc(0), '001'),
    framed('proc/1/cmdline', long),
    stat(2, 'Z'),
    framed('proc/2/links', Buffer.alloc(0), '001'),
    stat(3, 'S'),
    framed('proc/3/fd', Buffer.from('0\0x\0'), '007'),
    '@limit time\n@limit processes 9000\n@limit executable 4\n@end\n',
  ].join('')
  const lacks = lacksOf(parseGathered(text), 'container c of pod p in n')
  expect(lacks.map(({ what }) => what)).toEqual([
    'some live facts of container c of pod p in n',
    'some processes of container c of pod p in n',
    'the digest of what process 4 of container c of pod p in n runs',
    'links of 1 process of container c of pod p in n',
    'the end of proc/1/cmdline of container c of pod p in n',
  ])
  expect(lacksOf(parseGathered(`${begin}@end\n`), 'x')).toEqual([])
  expect(lacksOf(parseGathered(`${begin}@failed base64\n`), 'x')).toMatchObject([
    { why: expect.stringContaining('has no base64') },
  ])
})

// The script is for the shells of images; that of this machine is one more. Processes of others are refused or seen, as it may be.
test.skipIf(process.platform !== 'linux')(
  'the shell of this machine runs it to its end, and leaves nothing out of order',
  () => {
    const { stdout } = spawnSync('sh', ['-c', volatileScript], { encoding: 'latin1', maxBuffer: 64 * 1024 * 1024 })
    const { pieces, broken, failed } = parseGathered(stdout)
    expect([broken, failed]).toEqual([undefined, undefined])
    const names = pieces.map(({ path }) => path.join('/'))
    expect(names).toContain('net/tcp')
    expect(names.some((name) => name.endsWith('/cmdline'))).toBe(true)
  },
  120_000,
)
