// Runs a script of this repository with the pinned Node, installing first where the clone is fresh. Plain JS: any Node can start it.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const stamp = join(root, 'node_modules', '.package-lock.json')
const isInstalled = existsSync(stamp) && statSync(stamp).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs
if (!isInstalled) {
  process.stderr.write('Installing the dependencies (once)…\n')
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  const { status } = spawnSync(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  })
  if (status !== 0) process.exit(status ?? 1)
}
const pinned = join(root, 'node_modules', '.bin', 'node')
const child = spawn(existsSync(pinned) ? pinned : process.execPath, process.argv.slice(2), {
  cwd: root,
  stdio: 'inherit',
})
// Ctrl-C reaches the child by the terminal; waiting for it keeps its clean-up and its exit code.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => signal === 'SIGTERM' && child.kill(signal))
child.on('close', (code, signal) => process.exit(signal === 'SIGINT' ? 130 : (code ?? 1)))
