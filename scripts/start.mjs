// `npm start`: the tour of the main questions on the example cluster; `npm start -- ARGS` runs kubectl secure ARGS on it.
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const dev = join(dirname(fileURLToPath(import.meta.url)), 'dev.mjs')
const { status } = spawnSync(process.execPath, [dev, 'scripts/tour.ts', ...process.argv.slice(2)], { stdio: 'inherit' })
process.exit(status ?? 1)
