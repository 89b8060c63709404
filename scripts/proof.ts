import { spawnSync } from 'node:child_process'
import { dirname } from 'node:path'

// `npm run proof`: what takes too long for `npm test`, seeded and repeatable. Each part ends red on its first disagreement.
const root = dirname(import.meta.dirname)
const parts = [
  ['test/fuzz/rbac.ts', '--count', '200000', '--seed', '42'],
  ['test/fuzz/network.ts', '--count', '5000', '--seed', '42'],
  ['test/fuzz/evidence.ts', '200', '42'],
  ['test/fuzz/change.ts', '--step', '5', '--plans', '100'],
  ['test/fuzz/playbook.ts', '--count', '20000', '--real', '200', '--seed', '42'],
  ['test/fuzz/playbook.ts', 'kill', '--step', '3'],
  ['test/fuzz/paths.ts', '--worlds', '60', '--seed', '42'],
]

for (const part of parts) {
  process.stdout.write(`\n# node ${part.join(' ')}\n`)
  const { status } = spawnSync(process.execPath, part, { cwd: root, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
