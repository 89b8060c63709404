import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Json } from '../../change/plan.ts'
import type { Cluster } from '../../cluster/cluster.ts'
import { SecureError } from '../../errors.ts'
import type { Read } from '../read.ts'
import type { Entry, Recorded } from './entry.ts'
import type { RunJournal } from './journal.ts'
import { readObject } from './read-object.ts'

/** Throws SecureError `conflict`, with the first lines that differ, where a run was begun with another playbook. Returns how it was begun. */
export async function refuseOther(
  { entries, folder, runId }: RunJournal,
  { digest, text, path }: Read,
): Promise<Extract<Entry, { type: 'begin' }>> {
  const [begin] = entries
  if (begin?.type !== 'begin') throw new SecureError('journal', `run ${runId} was never begun: its journal is empty`)
  if (begin.playbook.digest === digest) return begin
  const was = await readFile(join(folder, 'playbook.yaml'), 'utf8').catch(() => '')
  throw new SecureError(
    'conflict',
    `run ${runId} was begun with another ${begin.playbook.name} than ${path}:\n${firstDifference(was, text)}`,
    {
      hint: `Go on with the one that it was begun with, ${join(folder, 'playbook.yaml')}, or begin a new run.`,
    },
  )
}

/** Throws SecureError `conflict` where an object that the run is about is another one now, and not by the run itself. */
export async function refuseDrift(cluster: Cluster, entries: readonly Recorded[]): Promise<void> {
  const destroyed = new Set(
    entries.flatMap((entry) =>
      entry.type === 'plan' ? [...entry.destroys.map(({ uid }) => uid), ...(entry.deletes ?? [])] : [],
    ),
  )
  const drifted: string[] = []
  for (const entry of entries) {
    const pinned = entry.type === 'input' ? pinOf(entry.value) : undefined
    if (!pinned || destroyed.has(pinned.uid)) continue
    const { kind, namespace, name, uid } = pinned
    const found = await readObject(cluster, { kind, name, ...(namespace !== undefined && { namespace }) })
    const now = (found['metadata'] as { uid?: Json } | undefined)?.uid
    const what = `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`
    if (found['exists'] !== true) drifted.push(`${what} is not there any more`)
    else if (now !== uid)
      drifted.push(`${what} is another object now (uid ${typeof now === 'string' ? now : 'unknown'}, it was ${uid})`)
  }
  if (drifted.length === 0) return
  throw new SecureError('conflict', `what the run is about is not the same any more: ${drifted.join('; ')}`, {
    hint: 'Begin a new run for what is there now. What this one changed: kubectl secure playbook undo takes it back.',
  })
}

function pinOf(value: Json): { kind: string; namespace?: string; name: string; uid: string } | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const { kind, namespace, name, uid } = value
  if (typeof kind !== 'string' || typeof name !== 'string' || typeof uid !== 'string') return undefined
  return { kind, name, uid, ...(typeof namespace === 'string' && { namespace }) }
}

function firstDifference(was: string, is: string): string {
  const [before, after] = [was.split('\n'), is.split('\n')]
  const at = before.findIndex((line, index) => line !== after[index])
  const line = at < 0 ? Math.min(before.length, after.length) : at
  return [`line ${line + 1}:`, `- ${before[line] ?? '(end)'}`, `+ ${after[line] ?? '(end)'}`].join('\n')
}
