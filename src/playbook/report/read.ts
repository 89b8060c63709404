import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { checkDirectories } from '../../change/journal/directories.ts'
import { clusterDirectory, isClusterId, journalPath } from '../../change/journal/names.ts'
import { begunJournal } from '../../change/journal/journal.ts'
import { hashFile } from '../../bundle/hash-file.ts'
import { SecureError } from '../../errors.ts'
import { actions } from '../actions/index.ts'
import type { PlaybookLibrary } from '../library.ts'
import { type Read, readPlaybook } from '../read.ts'
import type { Recorded } from '../run/entry.ts'
import { copyPath } from '../run/find.ts'
import { readRunJournal, runsFolder } from '../run/journal.ts'
import { listRuns, type RunSummary } from '../run/list.ts'
import { type Records, stepsOf } from './records.ts'

/** The run that an id, its beginning or an incident means, of any cluster that this machine knows: no cluster is asked. Throws SecureError `usage`. */
export async function findAnyRun(stateDir: string, typed: string): Promise<RunSummary & { clusterId: string }> {
  const names = await readdir(stateDir).catch(() => [])
  const all = await Promise.all(
    names.filter(isClusterId).map(async (clusterId) => {
      const safe = await checkDirectories(stateDir, clusterDirectory(stateDir, clusterId))
      const runs = safe ? await listRuns(stateDir, clusterId) : []
      return runs.map((run) => ({ ...run, clusterId }))
    }),
  )
  const runs = all.flat()
  const exact = runs.filter(({ runId }) => runId === typed)
  const meant = runs.filter(({ runId, incident }) => typed !== '' && (runId.startsWith(typed) || incident === typed))
  const [only, ...more] = exact.length > 0 ? exact : meant
  if (!only)
    throw new SecureError('usage', `there is no run "${typed}" of a playbook on this machine that can be read`, {
      hint: 'kubectl secure playbook runs lists them; a report is made where the run was made',
    })
  if (more.length === 0) return only
  throw new SecureError('usage', `"${typed}" may be ${[only, ...more].map(({ runId }) => runId).join(' or ')}`, {
    hint: 'name one of them',
  })
}

/** All that a report is made of: the journals, the playbook that was run, and what lies where evidence was sealed. Throws SecureError. */
export async function readRecords(
  stateDir: string,
  { clusterId, runId, folder }: { clusterId: string; runId: string; folder: string },
  library: PlaybookLibrary,
): Promise<Records> {
  await checkDirectories(stateDir, runsFolder(stateDir, clusterId))
  const journal = await readRunJournal(folder)
  const [begin] = journal.entries
  if (begin?.type !== 'begin')
    throw new SecureError('journal', `run ${runId}: not one line of ${join(folder, 'journal.jsonl')} can be trusted`)
  const read = await copyOf(folder, begin.playbook.digest)
  const called = async (name: string, digest: unknown) => {
    const found = await library.named(name).catch(() => undefined)
    return found?.digest === digest ? found : undefined
  }
  const known = read ? await stepsOf(read, journal.entries, called) : { steps: new Map(), playbooks: [] }
  return {
    folder,
    journal,
    begin,
    steps: known.steps,
    playbooks: read ? [read, ...known.playbooks] : [],
    plans: await plansIn(stateDir, clusterId, journal.entries),
    bundles: await bundlesIn(folder, journal.entries),
  }
}

// The copy of what was run: another one would put words into its mouth.
async function copyOf(folder: string, digest: string): Promise<Read | undefined> {
  try {
    const path = copyPath(folder)
    const read = await readPlaybook(path, await readFile(path, 'utf8'), actions)
    return read.digest === digest ? read : undefined
  } catch {
    return undefined
  }
}

async function plansIn(stateDir: string, clusterId: string, entries: readonly Recorded[]): Promise<Records['plans']> {
  const plans = new Map<
    string,
    { file: string; chain: NonNullable<Awaited<ReturnType<typeof begunJournal>>> } | { file: string; why: string }
  >()
  for (const entry of entries) {
    if (entry.type !== 'plan') continue
    const file = journalPath(stateDir, clusterId, entry.planId)
    try {
      const chain = await begunJournal(file)
      // Without one it was announced, and nothing was sent by it.
      if (chain) plans.set(entry.planId, { file, chain })
    } catch (error) {
      if (!(error instanceof SecureError)) throw error
      plans.set(entry.planId, { file, why: error.message })
    }
  }
  return plans
}

// Below the folder of the run, wherever that lies by now: a path in a journal is no reason to open something else.
async function bundlesIn(folder: string, entries: readonly Recorded[]): Promise<Records['bundles']> {
  const bundles = new Map<string, { path: string; now: 'as-sealed' | 'changed' | 'missing' | 'unreadable' }>()
  for (const entry of entries) {
    if (entry.type !== 'done' || entry.file === undefined) continue
    const path = join(folder, basename(entry.file))
    bundles.set(entry.file, { path, now: await nowAt(path, entry.digest) })
  }
  return bundles
}

async function nowAt(
  path: string,
  digest: string | undefined,
): Promise<'as-sealed' | 'changed' | 'missing' | 'unreadable'> {
  try {
    return (await hashFile(path)).sha256 === digest ? 'as-sealed' : 'changed'
  } catch (error) {
    const { code } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException
    return code === 'ENOENT' ? 'missing' : 'unreadable'
  }
}
