import type { Command } from '@oclif/core/command'
import type { Options, PJSON, Plugin } from '@oclif/core/interfaces'
import pjson from '../../package.json' with { type: 'json' }
import { loaders, manifest } from './commands.ts'

// oclif finds its commands by walking folders and reading manifests at run time. This table, known when the tool is
// built, does the same in a fraction of the time, and loads no code from the user's home (userPlugins: false).
const root = import.meta.dirname
const { name } = pjson

const plugin = {
  _base: '@oclif/core',
  alias: name,
  name,
  root,
  version: pjson.version,
  type: 'core',
  isRoot: true,
  valid: true,
  moduleType: 'module',
  pjson: pjson as unknown as PJSON,
  hooks: {},
  topics: [],
  options: { root, isRoot: true },
  hasManifest: true,
  commandsDir: undefined,
  tag: '',
  commandIDs: Object.keys(manifest),
  commands: Object.values(manifest).map((cached) => ({
    ...cached,
    pluginAlias: name,
    pluginName: name,
    pluginType: 'core',
    load: async () => await load(cached.id),
  })),
  findCommand: (async (id: string) => await load(id)) as Plugin['findCommand'],
  async load() {},
} as unknown as Plugin

async function load(id: string): Promise<Command.Class> {
  const loader = loaders[id]
  if (!loader) throw new Error(`command ${id} has no loader in src/cli/commands.ts`)
  const { default: command } = await loader()
  command.id = id
  command.plugin = plugin as never
  return command
}

export const loadOptions: Options = {
  root,
  pjson: pjson as unknown as PJSON,
  plugins: new Map([[name, plugin]]),
  userPlugins: false,
  devPlugins: false,
}
