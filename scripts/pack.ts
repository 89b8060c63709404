import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

// npm runs this around `npm pack`. The published package.json is made from ours without what only development needs; since
// everything is in the bundle, that is all scripts and dependencies. Ours lies aside meanwhile, and comes back after.
const root = dirname(import.meta.dirname)
const manifest = join(root, 'package.json')
const aside = join(root, '.package.development.json')

// A pack that was killed has left ours aside.
if (existsSync(aside)) renameSync(aside, manifest)
if (process.argv[2] === 'before') {
  await import('./build.ts')
  const own = JSON.parse(readFileSync(manifest, 'utf8')) as Record<string, unknown>
  const kept = ['name', 'version', 'description', 'keywords', 'license', 'type', 'engines', 'bin', 'files']
  const published = Object.fromEntries(kept.flatMap((key) => (key in own ? [[key, own[key]]] : [])))
  renameSync(manifest, aside)
  writeFileSync(manifest, `${JSON.stringify(published, null, 2)}\n`)
}
