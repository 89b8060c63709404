import { escapeForTerminal } from '../text/terminal.ts'
import { manifest } from './commands.ts'
import { isolateTypes } from './isolate-types.ts'

/** What a shell may ask about while completing; each may take a moment, and may fail: then nothing is offered. */
export type CompletionSources = {
  resources(): Promise<{ type: string; description: string; subresources: string[] }[]>
  namespaces(): Promise<string[]>
  contexts(): Promise<string[]>
  /** Subjects in their notation, sa:NS/NAME and so on. */
  subjects(): Promise<string[]>
  /** Runs on the cluster: id, and what it was. */
  runs(): Promise<[string, string][]>
  /** Playbooks, with their titles, and runs of them. */
  playbooks(): Promise<[string, string][]>
  playbookRuns(): Promise<[string, string][]>
  /** Names of the objects of one of the types that can be isolated. */
  workloads(type: string): Promise<string[]>
}

/** Choices as `value` or `value\tdescription`, and whether file names are offered too. */
export type Completion = { choices: string[]; files: boolean }

/** A word to choose, and what it is. */
type Choice = [string, (string | undefined)?]

type Flag = { name: string; char?: string; type: string; description?: string; options?: string[] }

const verbs = [
  'get',
  'list',
  'watch',
  'create',
  'update',
  'patch',
  'delete',
  'deletecollection',
  'use',
  'bind',
  'escalate',
  'impersonate',
  'approve',
  'sign',
  '*',
]

/** Completes the last of the words typed after `kubectl secure`. Pure but for its sources. */
export async function complete(words: string[], sources: CompletionSources): Promise<Completion> {
  return await completeCommand(ofTopic(words), sources)
}

// `evidence collect` is one command, whose id is evidence:collect.
function ofTopic(words: string[]): string[] {
  const [topic = '', command = '', ...rest] = words
  const id = `${topic}:${command}`
  return rest.length > 0 && manifest[id] ? [id, ...rest] : words
}

async function completeCommand(words: string[], sources: CompletionSources): Promise<Completion> {
  const wanted = words.at(-1) ?? ''
  const before = words.slice(0, -1)
  const command = manifest[before[0] ?? '']
  if (!command) {
    const all = Object.values(manifest).filter(({ hidden }) => !hidden)
    const [topic] = before
    const below = all.filter(({ id }) => before.length === 1 && id.startsWith(`${topic}:`))
    if (below.length > 0)
      return startingWith(
        wanted,
        below.map(({ id, summary }): Choice => [id.slice(`${topic}:`.length), summary]),
      )
    return startingWith(wanted, before.length === 0 ? firstWords(all) : [])
  }
  const flags = Object.values(command.flags) as Flag[]
  const open = openFlag(before.at(-1) ?? '', flags)
  if (open) return await valuesOf(open, wanted, sources)
  if (wanted.startsWith('-')) {
    return startingWith(
      wanted,
      flags.map(({ name, description }): Choice => [`--${name}`, description]),
    )
  }
  const positions = Object.keys(command.args)
  // As many of them as one likes.
  const last = positions.at(-1) ?? ''
  const repeated = ['namespaces', 'files', 'playbooks'].includes(last) ? last : undefined
  const argument = positions[positionals(before.slice(1), flags).length] ?? repeated
  if (argument === 'verb') return startingWith(wanted, verbs)
  if (argument === 'target') return startingWith(wanted, await targets(wanted, sources))
  if (argument === 'subject') return startingWith(wanted, await sources.subjects())
  if (argument === 'id') return startingWith(wanted, await sources.runs())
  if (argument === 'playbook' || argument === 'playbooks')
    return { ...startingWith(wanted, await sources.playbooks()), files: true }
  if (argument === 'run') return startingWith(wanted, await sources.playbookRuns())
  if (argument === 'files' || argument === 'file') return { choices: [], files: true }
  if (argument === 'namespaces') return startingWith(wanted, await sources.namespaces())
  if (argument === 'type/name') return startingWith(wanted, await workloads(wanted, sources))
  const options = argument === undefined ? undefined : command.args[argument]?.options
  if (options) return startingWith(wanted, [...options])
  return { choices: [], files: false }
}

function firstWords(commands: { id: string; summary?: string | undefined }[]): Choice[] {
  const words = commands.map(({ id, summary }): Choice => (id.includes(':') ? [id.split(':')[0] ?? id] : [id, summary]))
  return [...new Map(words.map((word) => [word[0], word])).values()]
}

async function valuesOf({ name, options }: Flag, wanted: string, sources: CompletionSources): Promise<Completion> {
  if (options) return startingWith(wanted, options)
  if (name === 'namespace') return startingWith(wanted, await sources.namespaces())
  if (name === 'context') return startingWith(wanted, await sources.contexts())
  if (name === 'from') return startingWith(wanted, [...(await sources.subjects()), 'node:'])
  if (name === 'to') return startingWith(wanted, ['admin', 'node', 'node:', 'ns:', 'secret:', 'sa:'])
  return {
    choices: [],
    files: [
      'filename',
      'save',
      'snapshot',
      'kubeconfig',
      'certificate-authority',
      'client-certificate',
      'client-key',
      'output',
      'audit-log',
      'sign',
      'identity',
      'public-key',
      'flows',
      'emit',
      'emit-patches',
      'answers',
    ].includes(name),
  }
}

async function targets(wanted: string, sources: CompletionSources): Promise<Choice[]> {
  const known = await sources.resources()
  const slash = wanted.indexOf('/')
  if (slash < 0) return known.map(({ type, description }): Choice => [type, description])
  const type = wanted.slice(0, slash)
  return (known.find((entry) => entry.type === type)?.subresources ?? []).map((name): Choice => [`${type}/${name}`])
}

async function workloads(wanted: string, sources: CompletionSources): Promise<string[]> {
  const slash = wanted.indexOf('/')
  if (slash < 0) return isolateTypes.map((type) => `${type}/`)
  const type = wanted.slice(0, slash)
  return (await sources.workloads(type)).map((name) => `${type}/${name}`)
}

// A flag whose value is still to come: `-n `, `--namespace `, not `--namespace=x` and not a switch.
function openFlag(word: string, flags: Flag[]): Flag | undefined {
  const flag = flags.find(({ name, char }) => word === `--${name}` || (char !== undefined && word === `-${char}`))
  return flag?.type === 'option' ? flag : undefined
}

function positionals(words: string[], flags: Flag[]): string[] {
  return words.filter((word, index) => !word.startsWith('-') && !openFlag(words[index - 1] ?? '', flags))
}

// A tab would end the choice and a line feed begin another one: both are escaped, like all that is hostile.
function startingWith(wanted: string, choices: (Choice | string)[]): Completion {
  const escaped = choices.map((choice) => {
    const [value, description] = typeof choice === 'string' ? [choice] : choice
    const words = description === undefined ? [value] : [value, description]
    return words.map(escapeForTerminal).join('\t')
  })
  return { choices: escaped.filter((choice) => choice.startsWith(wanted)), files: false }
}
