import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { createCase } from '../../src/bundle/case.ts'
import { seal } from '../../src/bundle/seal.ts'
import { folder, secure } from './run.ts'

const secret = 'Hunter2-Zq7-canary'

/** A sealed bundle with one log, as an absolute path, in a folder of its own. */
async function bundle(log = `password=${secret}\n`): Promise<{ cwd: string; file: string }> {
  const cwd = folder()
  const head = { id: 'case-1', created: '2025-03-04T05:06:07Z', tool: { name: 'kubectl-secure', version: '0' } }
  const made = await createCase(join(cwd, 'case'), head)
  await made.artefact(['logs', 'shop', 'api_1', 'app', 'current.log'], {}, Buffer.from(log))
  await made.close()
  await seal(join(cwd, 'case'), join(cwd, 'case.tar.gz'))
  return { cwd, file: join(cwd, 'case.tar.gz') }
}

const redact = async (cwd: string, ...words: string[]) =>
  await secure(['evidence', 'redact', ...words], { cwd, env: { XDG_STATE_HOME: join(cwd, 'state') } })

test('a derivative beside the bundle, its report, and a key that is kept elsewhere', async () => {
  const { cwd, file } = await bundle()
  const ran = await redact(cwd, file)
  expect(ran).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^REDACTED: 1 masked in 1 files, profile secrets, key [0-9a-f]{16}\n/),
  })
  expect(ran.stdout + ran.stderr).not.toContain(secret)
  expect(readdirSync(cwd).toSorted()).toEqual([
    'case',
    'case-redacted.tar.gz',
    'case-redacted.tar.gz.sha256',
    'case.tar.gz',
    'case.tar.gz.sha256',
    'state',
  ])
  expect(statSync(join(cwd, 'case-redacted.tar.gz')).mode & 0o777).toBe(0o600)
  expect(statSync(join(cwd, 'state/kubectl-secure/redact/case-1.key')).mode & 0o777).toBe(0o600)
  expect(await secure(['evidence', 'verify', 'case-redacted.tar.gz'], { cwd })).toMatchObject({ code: 0 })
  const shown = await secure(['evidence', 'show', 'case-redacted.tar.gz', 'logs', 'api'], { cwd })
  expect(shown.stdout).toMatch(/: password=‹secret:[0-9A-F]{16}›\n$/)
  // The same key: the same pseudonyms.
  const again = await redact(cwd, file, '-o', 'json')
  const report = JSON.parse(again.stdout) as { files: { at: { token: string }[] }[]; sealed: { file: string } }
  expect(shown.stdout).toContain(report.files[0]?.at[0]?.token)
  expect(report.sealed.file).toBe(join(cwd, 'case-redacted-2.tar.gz'))
})

test('to standard output, and encrypted', async () => {
  const { cwd, file } = await bundle()
  const streamed = await new Promise<Buffer>((resolve) => {
    void import('node:child_process').then(({ execFile }) => {
      const env = { PATH: process.env['PATH'] ?? '', HOME: cwd }
      const argv = [join(import.meta.dirname, '../../bin/kubectl-secure'), 'evidence', 'redact', file, '--output', '-']
      execFile(process.execPath, argv, { cwd, env, encoding: 'buffer' }, (_, stdout) => resolve(stdout))
    })
  })
  expect(gunzipSync(streamed).toString('latin1')).not.toContain(secret)
  writeFileSync(join(cwd, 'streamed.tar.gz'), streamed)
  expect(await secure(['evidence', 'verify', 'streamed.tar.gz'], { cwd })).toMatchObject({ code: 0 })
  const { generateIdentity, identityToRecipient } = await import('age-encryption')
  const identity = await generateIdentity()
  writeFileSync(join(cwd, 'identity'), `${identity}\n`)
  const recipient = await identityToRecipient(identity)
  expect(await redact(cwd, file, '--output', 'out.tar.gz', '--encrypt-to', recipient)).toMatchObject({ code: 0 })
  expect(await secure(['evidence', 'verify', 'out.tar.gz.age', '--identity', 'identity'], { cwd })).toMatchObject({
    code: 0,
  })
  expect(await redact(cwd, 'out.tar.gz.age', '--identity', 'identity', '--output', 'again.tar.gz')).toMatchObject({
    code: 0,
  })
})

test('what is left out is said by name and by the exit code', async () => {
  const { cwd, file } = await bundle('\x7fELF and more that is no text')
  const ran = await redact(cwd, file)
  expect(ran).toMatchObject({
    code: 3,
    stdout: expect.stringContaining('LEFT OUT: data/logs/shop/api_1/app/current.log: it is not text'),
  })
  expect(await secure(['evidence', 'verify', 'case-redacted.tar.gz'], { cwd })).toMatchObject({ code: 0 })
})

test('what fails leaves nothing', async () => {
  const { cwd, file } = await bundle()
  const bytes = readFileSync(file)
  writeFileSync(join(cwd, 'cut.tar.gz'), bytes.subarray(0, bytes.length - 200))
  const before = readdirSync(cwd)
  expect(await redact(cwd, 'cut.tar.gz')).toMatchObject({ code: 4, stdout: '' })
  expect(await redact(cwd, file, '--output', 'x.zip')).toMatchObject({ code: 2 })
  expect(await redact(cwd, file, '--output', '-', '--sign', 'nowhere')).toMatchObject({ code: 2 })
  expect(await redact(cwd, file, '--profile', 'none')).toMatchObject({ code: 2 })
  mkdirSync(join(cwd, 'open'))
  writeFileSync(join(cwd, 'open/key'), Buffer.alloc(32), { mode: 0o644 })
  expect(await redact(cwd, file, '--key', 'open/key')).toMatchObject({ code: 2 })
  expect(readdirSync(cwd).filter((name) => !['open', 'state'].includes(name))).toEqual(before)
  expect(existsSync(join(cwd, 'case-redacted.tar.gz'))).toBe(false)
})
