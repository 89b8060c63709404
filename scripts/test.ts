import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { runChecks, showChecks } from './check.ts'

// `npm test`: build, checks, all tests; in CI the components of the real test cluster are built first. The last line is
// `N passed, N failed`, with `, N skipped` where a suite could not run here; in CI such a suite fails.
const root = dirname(import.meta.dirname)
const inCi = process.env['CI'] === 'true'
const scratch = mkdtempSync(join(tmpdir(), 'kubectl-secure-test-'))
const skippedFile = join(scratch, 'skipped')
const resultFile = join(scratch, 'result.json')

type Result = {
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  testResults: { status: string; assertionResults: unknown[] }[]
}

try {
  run('scripts/build.ts')
  const checks = runChecks()
  showChecks(checks)
  if (inCi) run('test/browser/install.ts')
  if (inCi) run('test/cluster/cli.ts', 'build')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${resultFile}`]
  const status = spawn(['node_modules/vitest/vitest.mjs', 'run', ...reporters, ...process.argv.slice(2)])
  const result = existsSync(resultFile) ? (JSON.parse(readFileSync(resultFile, 'utf8')) as Result) : undefined
  // A file that broke before its first test has no failed test to count.
  const broken = result?.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  ).length
  const passed = checks.filter((check) => check.passed).length + (result?.numPassedTests ?? 0)
  let failed =
    checks.length - checks.filter((check) => check.passed).length + (result ? result.numFailedTests + (broken ?? 0) : 1)
  // Vitest also ends red on an error outside of any test.
  if (status !== 0 && failed === 0) failed = 1
  const skipped = result?.numPendingTests ?? 0
  if (existsSync(skippedFile)) {
    process.stdout.write(`\nDID NOT RUN on this machine:\n${readFileSync(skippedFile, 'utf8')}`)
  }
  process.stdout.write(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`)
  process.exitCode = failed > 0 || (inCi && skipped > 0) ? 1 : 0
} finally {
  rmSync(scratch, { recursive: true, force: true })
}

function run(...args: string[]): void {
  const status = spawn(args)
  if (status !== 0) {
    process.stdout.write(`\n${args.join(' ')} failed\n0 passed, 1 failed\n`)
    process.exit(1)
  }
}

function spawn(args: string[]): number {
  const env = { ...process.env, KUBECTL_SECURE_SKIPPED: skippedFile }
  return spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit', env }).status ?? 1
}
