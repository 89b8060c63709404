import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { wrongImports } from './import-rooms.ts'

const root = dirname(import.meta.dirname)

export type Check = { name: string; passed: boolean; output: string }

/** Types, lint, format and the direction of imports; each is one check with what it printed. */
export function runChecks(): Check[] {
  const wrong = wrongImports(root)
  return [
    tool('types', ['node_modules/typescript/bin/tsc', '-p', '.']),
    tool('lint', [
      'node_modules/oxlint/bin/oxlint',
      '--type-aware',
      '--deny-warnings',
      'src',
      'commands',
      'scripts',
      'test',
      'bin',
    ]),
    tool('format', ['node_modules/@biomejs/biome/bin/biome', 'format', '.']),
    { name: 'imports point downwards', passed: wrong.length === 0, output: wrong.join('\n') },
  ]
}

export function showChecks(checks: Check[]): void {
  for (const { name, passed, output } of checks) {
    process.stdout.write(`${passed ? 'ok  ' : 'FAIL'} ${name}\n`)
    if (!passed) process.stdout.write(`${output}\n`)
  }
}

function tool(name: string, args: string[]): Check {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' })
  return { name, passed: status === 0, output: `${stdout}${stderr}` }
}

if (import.meta.main) {
  // The sources import the manifest, which a fresh clone has not made yet.
  if (!existsSync(join(root, 'oclif.manifest.json'))) await import('./manifest.ts')
  const checks = runChecks()
  showChecks(checks)
  process.exitCode = checks.every(({ passed }) => passed) ? 0 : 1
}
