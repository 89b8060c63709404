import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { isPlanId } from '../../change/journal/names.ts'
import { lockHolder } from '../../durable/lock.ts'
import type { Recorded, RunState } from './entry.ts'
import { readRunJournal, runsFolder } from './journal.ts'

/** A run as lists show it. `at`: the step that it is at, or was when it ended. */
export type RunSummary = {
  runId: string
  folder: string
  playbook: string
  version: string
  by: string
  incident?: string
  begun: string
  state: RunState
  at?: string
  /** Who works on it now, on this machine. */
  holder?: string
  broken?: string
}

/** The runs on a cluster that this machine knows, the oldest first. */
export async function listRuns(stateDir: string, clusterId: string): Promise<RunSummary[]> {
  const parent = runsFolder(stateDir, clusterId)
  const names = await readdir(parent).catch(() => [])
  const found = await Promise.all(names.filter(isPlanId).map(async (name) => await summaryOf(join(parent, name), name)))
  return found.filter((one) => one !== undefined).toSorted((a, b) => (a.begun < b.begun ? -1 : 1))
}

async function summaryOf(folder: string, runId: string): Promise<RunSummary | undefined> {
  const found = await readRunJournal(folder).catch((error: unknown) => {
    // It was killed before it began: there is a folder, and no run.
    const { code } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException
    if (code !== 'ENOENT') throw error
    return undefined
  })
  const { entries = [], broken } = found ?? {}
  const [begin] = entries
  if (begin?.type !== 'begin') return undefined
  const holder = await lockHolder(folder, runId)
  const at = entries.findLast((entry) => entry.type === 'step')
  const { playbook, by, incident } = begin
  return {
    runId,
    folder,
    playbook: playbook.name,
    version: playbook.version,
    by,
    ...(incident !== undefined && { incident }),
    begun: begin.at,
    state: stateOf(entries),
    ...(at?.type === 'step' && { at: at.step }),
    ...(holder !== undefined && { holder }),
    ...(broken && { broken: `line ${broken.line}: ${broken.why}` }),
  }
}

/** Where a run stands: what it ended with, unless it was gone on with. */
export function stateOf(entries: readonly Recorded[]): RunState {
  const last = entries.findLast((entry) => entry.type === 'end' || (entry.type === 'note' && entry.kind === 'resume'))
  return last?.type === 'end' ? last.state : 'running'
}
