import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import * as Flags from '@oclif/core/flags'
import { parseTimeout } from '../cluster/duration.ts'
import { SecureError, whyUnread } from '../errors.ts'
import { levels, type Level, type LockdownOptions, type Need, type Part, parts } from '../lockdown/model.ts'
import { readFlows } from '../lockdown/network/flows.ts'
import { parseAllow } from '../lockdown/network/allow.ts'
import type { LockdownRequest } from '../lockdown/request.ts'
import { touchedParts } from '../lockdown/touched.ts'
import type { Gap } from '../snapshot/snapshot.ts'
import { unescapeFromTerminal } from '../text/terminal.ts'
import { parseLabelSelector } from '../workload/parse-selector.ts'
import { probeImageFlag } from './isolate-request.ts'

/** What `lockdown` takes besides the flags of every change. */
export const lockdownFlags = {
  selector: Flags.string({
    char: 'l',
    description: 'only workloads whose pods have these labels: policies alone can mean some of a namespace',
    helpValue: 'SELECTOR',
  }),
  level: Flags.string({
    description: 'how far it is closed; each level closes what those before it do, and more',
    options: levels,
    default: 'baseline',
    helpValue: levels.join('|'),
  }),
  only: Flags.string({
    description: `only these parts, separated by commas: ${parts.join(', ')}`,
    helpValue: 'PART,…',
    multiple: true,
    multipleNonGreedy: true,
    delimiter: ',',
  }),
  allow: Flags.string({
    description:
      'a connection to let through; may be given several times: [workload=[KIND/]NAME,]from=PEER or to=PEER; PEER as for isolate, or api',
    helpValue: 'CONNECTION',
    multiple: true,
    multipleNonGreedy: true,
  }),
  flows: Flags.string({
    description: 'connections that were seen (Hubble’s JSON, Calico’s flow logs): what of them would be cut is listed',
    helpValue: 'FILE',
  }),
  force: Flags.boolean({ description: 'also a namespace that the cluster rests on' }),
  ...probeImageFlag,
}

export type LockdownWords = {
  selector?: string | undefined
  level: string
  only?: string[] | undefined
  allow?: string[] | undefined
  flows?: string | undefined
  force: boolean
  'probe-image': string
  incident?: string | undefined
  reason?: string | undefined
}

/** The request that the words typed mean, and what of the flows could not be read. Throws SecureError `usage`. */
export async function lockdownRequest(
  words: LockdownWords,
  namespaces: readonly string[],
  command: string[],
): Promise<{ request: LockdownRequest; gaps: Gap[] }> {
  const names = namespacesOf(namespaces)
  const { needs, gaps } = await observedIn(words.flows, names)
  const { selector, incident, reason } = words
  const options: LockdownOptions = {
    level: words.level as Level,
    parts: touchedParts(words.level as Level, partsOf(words.only)),
    ...(selector === undefined ? {} : { selector: parseLabelSelector(selector) }),
    asked: (words.allow ?? []).map(parseAllow),
    observed: needs,
    force: words.force,
  }
  const request = {
    namespaces: names,
    options,
    command,
    ...(incident === undefined ? {} : { incident }),
    ...(reason === undefined ? {} : { reason }),
    image: words['probe-image'],
  }
  return { request, gaps }
}

export function namespacesOf(typed: readonly string[]): string[] {
  const names = [...new Set(typed.map(unescapeFromTerminal))]
  const bad = names.find((name) => !/^[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/.test(name))
  if (bad !== undefined) throw new SecureError('usage', `${JSON.stringify(bad)} is not the name of a namespace`)
  if (names.length > 0) return names
  throw new SecureError('usage', 'name the namespaces to close', {
    hint: 'as in: kubectl secure lockdown shop --level restricted --dry-run=server',
  })
}

/** How long --watch looks, in milliseconds. Throws SecureError `usage`. */
export function watchTime(typed: string): number {
  const ms = parseTimeout(typed, '--watch')
  if (ms > 0 && ms <= 86_400_000) return ms
  throw new SecureError('usage', `--watch ${typed}: that is no time to look for`, { hint: 'write 90s, 5m or 1h' })
}

function partsOf(only: string[] | undefined): Part[] {
  if (only === undefined) return [...parts]
  const names = only.map((name) => name.trim().toLowerCase())
  const bad = names.find((name) => !parts.includes(name as Part))
  if (bad !== undefined) {
    throw new SecureError('usage', `--only ${bad}: there is no such part`, { hint: `parts are ${parts.join(', ')}` })
  }
  return parts.filter((part) => names.includes(part))
}

async function observedIn(file: string | undefined, namespaces: string[]): Promise<{ needs: Need[]; gaps: Gap[] }> {
  if (file === undefined) return { needs: [], gaps: [] }
  const input = file === '-' ? process.stdin : createReadStream(file)
  try {
    const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })
    return await readFlows(lines, file === '-' ? 'standard input' : file, new Set(namespaces))
  } catch (error) {
    throw new SecureError('usage', `--flows ${file}: ${whyUnread(error)}`, { cause: error })
  }
}
