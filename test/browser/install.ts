import { spawnSync } from 'node:child_process'
import { findChromium } from './chromium.ts'

// What `npm test` runs in CI before the tests: a browser, where there is none. On a developer's machine nothing is installed.
if (!findChromium()) {
  const run = (...args: string[]) =>
    spawnSync('apt-get', args, { stdio: 'inherit', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } }).status
  const install = ['install', '--yes', '--no-install-recommends', 'chromium']
  // The machine's package lists may be missing or old.
  if (run(...install) !== 0 && (run('update') !== 0 || run(...install) !== 0)) process.exitCode = 1
}
