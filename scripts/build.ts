import { rmSync } from 'node:fs'
import { rolldown } from 'rolldown'
import './manifest.ts'

// One ESM chunk per command, so that each loads no more than it needs. Not minified: a crash would print the whole line.
const root = `${import.meta.dirname}/..`
rmSync(`${root}/dist`, { recursive: true, force: true })
const bundle = await rolldown({
  input: { main: `${root}/src/main.ts` },
  platform: 'node',
  external: ['typescript', 'pnpapi', 'ts-node', 'bufferutil', 'utf-8-validate'],
  treeshake: { moduleSideEffects: [{ test: /client-node/, sideEffects: false }] },
  resolve: { alias: { 'wsl-utils': `${root}/scripts/wsl-stub.js` } },
})
await bundle.write({
  dir: `${root}/dist`,
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: 'chunks/[name]-[hash].js',
})
