import { splitLines } from '../bundle/lines.ts'
import type { Bundle } from '../bundle/read.ts'
import { isPersonal } from './names.ts'

const maxLine = 64 * 1024 * 1024
const maxNames = 100_000
// Names of nodes and users where objects and audit events have them. JSON that was printed prettily is read as well.
const fields: [RegExp, 'user' | 'host'][] = [
  [/"nodeName"\s*:\s*"([^"\\]{1,253})"/g, 'host'],
  [/"kubernetes\.io\/hostname"\s*:\s*"([^"\\]{1,253})"/g, 'host'],
  [/"system:node:([^"\\]{1,253})"/g, 'host'],
  [/"type"\s*:\s*"Hostname"\s*,\s*"address"\s*:\s*"([^"\\]{1,253})"/g, 'host'],
  [/"address"\s*:\s*"([^"\\]{1,253})"\s*,\s*"type"\s*:\s*"Hostname"/g, 'host'],
  [/"username"\s*:\s*"([^"\\]{1,300})"/g, 'user'],
  [/"kind"\s*:\s*"User"\s*,(?:\s*"apiGroup"\s*:\s*"[^"]{0,100}"\s*,)?\s*"name"\s*:\s*"([^"\\]{1,300})"/g, 'user'],
]

/** The names of nodes and of people in a bundle, so that they are found in logs too. One reading of it. */
export async function knownNames(bundle: Bundle): Promise<Map<string, 'user' | 'host'>> {
  const names = new Map<string, 'user' | 'host'>()
  const { local } = (bundle.head['operator'] ?? {}) as { local?: { user?: unknown; host?: unknown } }
  if (typeof local?.host === 'string') names.set(local.host, 'host')
  if (typeof local?.user === 'string' && isPersonal(local.user)) names.set(local.user, 'user')
  for await (const { content } of bundle.artefacts(({ path }) => path?.[0] !== 'logs')) {
    for await (const { line } of splitLines(content(), maxLine)) {
      const text = line.toString('latin1')
      for (const [pattern, type] of fields)
        for (const [, name = ''] of text.matchAll(pattern))
          if (names.size < maxNames && (type === 'host' || isPersonal(name))) names.set(name, type)
    }
  }
  return names
}
