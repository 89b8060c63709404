import { dirname } from 'node:path'
import { writeFileSync } from 'node:fs'
import { Plugin } from '@oclif/core'

// Writes oclif.manifest.json: names, flags and help of all commands, so that none has to be loaded to be found.
const root = dirname(import.meta.dirname)
const plugin = new Plugin({
  root,
  isRoot: true,
  ignoreManifest: true,
  errorOnManifestCreate: true,
  respectNoCacheDefault: true,
  name: 'kubectl-secure',
})
await plugin.load()
writeFileSync(`${root}/oclif.manifest.json`, `${JSON.stringify(plugin.manifest, null, 2)}\n`)
