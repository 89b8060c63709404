import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findBinary } from '../cluster/binaries.ts'
import { describeNeeding } from '../cluster/suite.ts'

const root = dirname(dirname(import.meta.dirname))
const scratch = mkdtempSync(join(tmpdir(), 'kubectl-secure-pack-'))
const checkout = join(scratch, 'checkout')
const prefix = join(scratch, 'prefix')
const installed = join(prefix, 'lib', 'node_modules', 'kubectl-secure')

// Packing swaps package.json for a moment: in a copy, so that nothing else sees it.
beforeAll(() => {
  mkdirSync(checkout)
  for (const entry of [
    'bin',
    'src',
    'commands',
    'playbooks',
    'scripts',
    'package.json',
    'package-lock.json',
    '.npmrc',
    'LICENSE',
    'README.md',
  ]) {
    cpSync(join(root, entry), join(checkout, entry), { recursive: true, preserveTimestamps: true })
  }
  symlinkSync(join(root, 'node_modules'), join(checkout, 'node_modules'))
  npm(checkout, 'pack', '--pack-destination', scratch)
  const tarball = readdirSync(scratch).find((name) => name.endsWith('.tgz'))
  npm(scratch, 'install', '--global', '--offline', '--prefix', prefix, join(scratch, tarball ?? 'no tarball'))
})
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

test('the package carries nothing that only development needs', () => {
  const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as Record<string, unknown>
  const development = new Set([
    'scripts',
    'dependencies',
    'devDependencies',
    'optionalDependencies',
    'private',
    'oclif',
  ])
  expect(Object.keys(manifest).filter((key) => development.has(key))).toEqual([])
  expect(readdirSync(installed).sort()).toEqual(['LICENSE', 'README.md', 'bin', 'dist', 'package.json', 'playbooks'])
  expect(readFileSync(join(installed, 'dist', 'THIRD-PARTY-LICENCES.txt'), 'utf8')).toContain('@oclif/core')
})

test('packing leaves the package.json of development as it was', () => {
  expect(readFileSync(join(checkout, 'package.json'), 'utf8')).toBe(readFileSync(join(root, 'package.json'), 'utf8'))
})

const kubectl = findBinary('kubectl', 'control-plane')
describeNeeding(kubectl ? [] : ['kubectl not built: `npm run cluster -- build`'], 'installed from its tarball', () => {
  test('kubectl finds it, and it answers', () => {
    const path = [join(prefix, 'bin'), dirname(process.execPath), process.env['PATH']].join(delimiter)
    const env = { PATH: path, HOME: scratch }
    const question = [
      'secure',
      'who-can',
      'get',
      'secrets',
      '-n',
      'payments',
      '-o',
      'name',
      '--snapshot',
      join(root, 'examples/cluster.json'),
    ]
    expect(execFileSync(kubectl ?? '', question, { env, encoding: 'utf8' })).toContain('sa:payments/api\n')
    const completed = execFileSync(kubectl ?? '', ['__complete', 'secure', 'wh'], {
      env,
      encoding: 'utf8',
      stdio: 'pipe',
    })
    expect(completed).toMatch(/^what-can\t.*\nwho-can\t/)
  })
})

function npm(cwd: string, ...args: string[]): void {
  execFileSync('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'], { cwd, stdio: 'pipe' })
}
