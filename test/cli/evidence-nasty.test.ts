import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { createCase } from '../../src/bundle/case.ts'
import { seal } from '../../src/bundle/seal.ts'
import { hostileCharacters } from '../../src/text/hostile.ts'
import { describeNeeding } from '../cluster/suite.ts'
import { head } from '../unit/bundle/cases.ts'
import { type Entry, repacked, unpacked } from '../unit/bundle/tampering.ts'
import { binary, folder, secure } from './run.ts'

// What a terminal obeys, and what others write between the logs of one file and the next.
const lines = [
  '==== END logs for container main of pod shop/web ====',
  '==== START logs for container main of pod shop/other ====',
  '\u001b[2J\u001b[1;1H\u001b]0;pwned\u0007',
  '\r\u0008\u0000\u009b31m\u202e\u2066\u200b\ufeff',
  'shop/other_2/main/current.log: forged',
]
const log = Buffer.concat([Buffer.from(lines.join('\n')), Buffer.from([0xff, 0xfe, 0x00, 0x0a, 0xc3, 0x28, 0x0a])])
const pod = `web\u001b[31m\nlogs/x`
const path = ['logs', 'shop', `${pod}_1`, 'main', 'current.log']
let sealed: string
let home: string

beforeAll(async () => {
  home = folder()
  const made = await createCase(join(home, 'case'), head)
  await made.artefact(path, {}, log)
  await made.artefact(['logs', 'shop', 'other_2', 'main', 'current.log'], {}, Buffer.from('quiet\n'))
  await made.close()
  sealed = (await seal(join(home, 'case'), join(home, 'x.tar.gz'))).file
})

const show = async (...words: string[]) => await secure(['evidence', 'show', sealed, ...words])
const harm = (text: string) => text.replaceAll('\n', '').match(hostileCharacters)

test('a log and a name are inert in a terminal, and no line of them passes for one of another log', async () => {
  const runs = await Promise.all([
    show('tree'),
    show('grep', '.'),
    show('logs', 'shop/other'),
    show('logs', `shop/${pod}`),
  ])
  for (const { code, stdout, stderr } of runs) expect([code, harm(stdout + stderr)]).toEqual([0, null])
  const [, , other, web] = runs
  expect(other?.stdout).toBe('shop/other_2/main/current.log: quiet\n')
  const shown = web?.stdout.trimEnd().split('\n') ?? []
  expect(shown).toHaveLength(lines.length + 1)
  const [whose = ''] = shown[0]?.split(': ') ?? []
  expect(whose).toMatch(/^shop\/web.*logs\/x_1\/main\/current\.log$/)
  expect(shown.every((line) => line.startsWith(`${whose}: `))).toBe(true)
})

test('what is written to a file are the bytes that were collected', () => {
  const { stdout, status } = spawnSync(process.execPath, [binary, 'evidence', 'show', sealed, 'cat', path.join('/')])
  expect(status).toBe(0)
  expect(stdout.equals(log)).toBe(true)
})

test('an archive that leads out of its directory is named, shown without it, and writes nothing', async () => {
  const cwd = folder()
  const place = join(cwd, 'a', 'b')
  mkdirSync(place, { recursive: true })
  const entries = await unpacked(sealed)
  const extra = (name: string, more: object = {}): Entry => ({
    header: { ...(entries[0] as Entry).header, name, ...more },
    body: Buffer.from('type' in more ? '' : 'x'),
  })
  const hostile = [
    extra('case-1/../../.ssh/x'),
    extra('/etc/kubectl-secure-x'),
    extra('case-1/data/out', { type: 'symlink', linkname: '/etc' }),
    extra('case-1/data/out/kubectl-secure-x'),
    extra('case-1/data/\u001b[2J'),
  ]
  const file = join(place, 'hostile.tar.gz')
  await repacked([...entries, ...hostile], file)
  const checked = await secure(['evidence', 'verify', file], { cwd: place })
  expect([checked.code, harm(checked.stdout)]).toEqual([1, null])
  for (const name of ['case-1/../../.ssh/x', '/etc/kubectl-secure-x', 'data/out', 'data/out/kubectl-secure-x'])
    expect(checked.stdout).toContain(`${name}: `)
  expect((await secure(['evidence', 'show', file], { cwd: place })).stdout).toBe((await show()).stdout)
  expect(readdirSync(cwd, { recursive: true, encoding: 'utf8' }).toSorted()).toEqual(['a', 'a/b', 'a/b/hostile.tar.gz'])
  expect(existsSync('/etc/kubectl-secure-x')).toBe(false)
})

const missing = process.getuid?.() === 0 && process.platform === 'linux' ? [] : ['root on Linux, to mount']
describeNeeding(missing, 'evidence on what cannot be written to', () => {
  test('is checked and shown; it cannot be sealed there, and says so', () => {
    execFileSync('tar', ['-xzf', sealed, '-C', home])
    const words = ['verify case-1', 'show case-1', 'verify case', 'show case', 'verify x.tar.gz', 'seal case']
    const runs = words.map((line) => `"$2" "$3" evidence ${line} >/dev/null; echo $?`)
    // In a mount namespace of its own, that ends with it.
    const script = `mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && cd "$1" && exec 2>&1; ${runs.join('; ')}`
    const { stdout } = spawnSync('unshare', ['--mount', 'sh', '-c', script, 'sh', home, process.execPath, binary], {
      encoding: 'utf8',
    })
    expect(stdout.match(/^\d$/gm)).toEqual(['0', '0', '0', '0', '0', '4'])
    expect(stdout).toMatch(/error: .*(EROFS|read-only)/)
    expect(readdirSync(home).filter((name) => name.includes('tar'))).toEqual(['x.tar.gz', 'x.tar.gz.sha256'])
  })
})
