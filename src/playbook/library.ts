import { readdir, readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { SecureError, whyUnread } from '../errors.ts'
import { withSuggestion } from '../schema/checked-yaml.ts'
import { actions } from './actions/index.ts'
import { readPlaybook, type Read } from './read.ts'
import { readTrustedKeys, type Trust, trustOf } from './sign.ts'

/** A playbook, and whether it may change anything. */
export type Found = Read & { trust: Trust }

/** One of a list: `why` where it cannot be read. */
export type Listed = { name: string; path: string; found?: Found; why?: string }

export type PlaybookLibrary = {
  /** By the path of a file, which has a slash or ends in .yaml or .yml; else by name: those that ship, then those of the user. Throws SecureError `usage`. */
  find(nameOrPath: string): Promise<Found>
  /** By name alone: what a `call` names is never a path. */
  named(name: string): Promise<Found>
  /** Those that ship, and those of the user's directory. */
  all(): Promise<Listed[]>
  names(): Promise<string[]>
}

type Around = { env: NodeJS.ProcessEnv; home: string; shipped: string }

// Two floors up, of the sources and of the chunks of dist alike; never looked for higher, where a folder of this name may be anybody's.
export const shippedFolder = resolve(import.meta.dirname, '..', '..', 'playbooks')
const largest = 1024 * 1024

/** The playbooks there are: those that ship with the tool, and those in $KUBECTL_SECURE_PLAYBOOKS. A namesake of a shipped one is run by its path alone. */
export function openLibrary({
  env = process.env,
  home = homedir(),
  shipped = shippedFolder,
}: Partial<Around> = {}): PlaybookLibrary {
  const own = env['KUBECTL_SECURE_PLAYBOOKS'] || undefined
  const read = async (path: string): Promise<Found> => {
    const bytes = await bytesOf(path)
    const found = await readPlaybook(path, bytes.toString('utf8'), actions).catch((error: unknown) => {
      throw inLines(error)
    })
    if (isIn(shipped, path)) return { ...found, trust: { by: 'shipped' } }
    const signature = await readFile(`${path}.sig`).catch(() => undefined)
    return { ...found, trust: trustOf(bytes, signature, await readTrustedKeys({ env, home })) }
  }
  const files = async () => {
    const found = new Map<string, string>()
    for (const folder of [shipped, ...(own === undefined ? [] : [own])])
      for (const { name, path } of await filesIn(folder, folder === own)) if (!found.has(name)) found.set(name, path)
    return found
  }
  const named = async (name: string) => {
    const known = await files()
    const path = known.get(name)
    if (path === undefined)
      throw new SecureError('usage', withSuggestion(`there is no playbook "${name}"`, name, known.keys()), {
        hint: 'kubectl secure playbook list shows them; a file is named by its path: ./NAME.yaml',
      })
    const found = await read(path)
    if (found.playbook.metadata.name !== name)
      throw new SecureError('usage', `${path}: its name is ${found.playbook.metadata.name}: call the file by it`)
    return found
  }
  return {
    find: async (nameOrPath) => (isPath(nameOrPath) ? await read(resolve(nameOrPath)) : await named(nameOrPath)),
    named,
    names: async () => [...(await files()).keys()],
    all: async () =>
      await Promise.all(
        [...(await files())].map(async ([name, path]): Promise<Listed> => {
          try {
            return { name, path, found: await named(name) }
          } catch (error) {
            if (!(error instanceof SecureError)) throw error
            return { name, path, why: error.message }
          }
        }),
      ),
  }
}

/** The same error with the lines of its message behind the first in its hint, where they are shown as lines. */
export function inLines(error: unknown): unknown {
  if (!(error instanceof SecureError)) return error
  const [message = '', ...rest] = error.message.split('\n')
  return rest.length === 0 ? error : error.with({ message, hint: [...rest, error.hint ?? ''].join('\n') })
}

export function isPath(text: string): boolean {
  return text.includes('/') || /\.ya?ml$/.test(text)
}

async function bytesOf(path: string): Promise<Buffer> {
  try {
    const bytes = await readFile(path)
    if (bytes.length > largest) throw new SecureError('usage', `${path}: it is larger than ${largest / 1024} KiB`)
    return bytes
  } catch (error) {
    if (error instanceof SecureError) throw error
    throw new SecureError('usage', `playbook ${path}: ${whyUnread(error)}`)
  }
}

async function filesIn(folder: string, isNamed: boolean): Promise<{ name: string; path: string }[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (!isNamed) return []
    throw new SecureError('usage', `$KUBECTL_SECURE_PLAYBOOKS: ${error.message}`)
  })
  return names
    .filter((name) => /^[^.].*\.ya?ml$/.test(name) && !/\.test\.ya?ml$/.test(name))
    .toSorted()
    .map((name) => ({ name: name.replace(/\.ya?ml$/, ''), path: join(folder, name) }))
}

function isIn(folder: string, path: string): boolean {
  return resolve(path, '..') === resolve(folder)
}
