#!/usr/bin/env node
import { existsSync, mkdirSync } from 'node:fs'
import module from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'

const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 22)) {
  process.stderr.write(`kubectl secure needs Node.js 22.22 or newer; this is ${process.version}.\n`)
  process.exit(4)
}
// Node's default place for compiled code is the shared temporary folder, where others could plant theirs.
try {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'kubectl-secure', 'v8')
  mkdirSync(cache, { recursive: true, mode: 0o700 })
  module.enableCompileCache?.(cache)
} catch {
  // Without a cache it only starts a little slower.
}
const built = new URL('../dist/main.js', import.meta.url)
const { main } = await import(existsSync(built) ? built.href : '../src/main.ts')
main(process.argv.slice(2))
