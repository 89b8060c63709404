import type { Engine } from '../../../src/change/engine.ts'
import type { Plan } from '../../../src/change/plan.ts'
import { digestOf } from '../../../src/playbook/run/carry-command.ts'
import type { Recorded } from '../../../src/playbook/run/entry.ts'
import { readRunJournal } from '../../../src/playbook/run/journal.ts'
import { listRuns } from '../../../src/playbook/run/list.ts'

/** For want of what a change was refused. */
export type Want = 'a yes' | 'a signature' | 'evidence'

const wants = [
  [' said no', 'a yes'],
  ['the playbook is read-only', 'a signature'],
  [' is in no evidence', 'evidence'],
] as const

/**
 * Holds the journals of all runs against the plans that were shown: the digest of one that was applied is there before anything is done, and what it destroyed is
 * in evidence before that. What is wrong, and for want of what changes were refused.
 */
export async function lookAtJournals(
  { stateDir, clusterId }: Engine,
  plans: readonly Plan[],
): Promise<{ wrong: string[]; refused: Want[] }> {
  const wrong: string[] = []
  const refused: Want[] = []
  const shown = new Set(plans.map(digestOf))
  for (const { folder, broken } of await listRuns(stateDir, clusterId)) {
    if (broken !== undefined) wrong.push(`the journal is broken: ${broken}`)
    const { entries } = await readRunJournal(folder)
    wrong.push(...withoutEvidence(entries))
    for (const entry of entries) {
      if (entry.type === 'plan' && !shown.has(entry.digest)) wrong.push(`plan ${entry.planId} was never shown`)
      const found = wants.find(([text]) => entry.type === 'done' && entry.why?.includes(text))
      if (found) refused.push(found[1])
    }
  }
  return { wrong, refused }
}

function withoutEvidence(entries: readonly Recorded[]): string[] {
  const kept = new Set<string | undefined>()
  return entries.flatMap((entry) => {
    if (entry.type === 'done' && entry.complete) for (const { uid } of entry.covers ?? []) kept.add(uid)
    if (entry.type !== 'plan') return []
    const lost = entry.destroys.filter(({ uid }) => uid === undefined || !kept.has(uid))
    return lost.map(({ name }) => `plan ${entry.planId} destroyed ${name}, of which there was no evidence`)
  })
}
