import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { rolldown } from 'rolldown'
import { licencesOf } from './licences.ts'
import './manifest.ts'

// One chunk per command, so that each loads no more than it needs. CommonJS, though the sources are ESM: Node starts it
// faster (docs/benchmarks.md). Not minified: a crash would print the whole line.
const root = `${import.meta.dirname}/..`
// Beside the old one, then in its place: a run alongside finds all of one or all of the other.
const fresh = `${root}/dist.${process.pid}`
const bundle = await rolldown({
  input: { main: `${root}/src/main.ts`, complete: `${root}/src/complete.ts` },
  platform: 'node',
  external: ['typescript', 'pnpapi', 'ts-node', 'bufferutil', 'utf-8-validate'],
  treeshake: { moduleSideEffects: [{ test: /client-node/, sideEffects: false }] },
  resolve: { alias: { 'wsl-utils': `${root}/scripts/wsl-stub.js`, debug: `${root}/scripts/debug-stub.cjs` } },
})
const { output } = await bundle.write({
  dir: fresh,
  format: 'cjs',
  entryFileNames: '[name].cjs',
  chunkFileNames: 'chunks/[name]-[hash].cjs',
})
writeFileSync(
  `${fresh}/THIRD-PARTY-LICENCES.txt`,
  licencesOf(output.flatMap((part) => (part.type === 'chunk' ? part.moduleIds : []))),
)
const old = `${fresh}.old`
if (existsSync(`${root}/dist`)) renameSync(`${root}/dist`, old)
renameSync(fresh, `${root}/dist`)
rmSync(old, { recursive: true, force: true })
