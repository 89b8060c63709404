import { constants } from 'node:fs'
import { join } from 'node:path'
import { newPlanId } from '../../change/id.ts'
import type { Json } from '../../change/plan.ts'
import type { Held } from '../../change/record-steps.ts'
import { openFile, writeDurably } from '../../durable/storage.ts'
import type { Read } from '../read.ts'
import { inputOf } from './carry-ask.ts'
import { carrierOf } from './carry.ts'
import type { RunContext } from './context.ts'
import type { RunState } from './entry.ts'
import { holdRun } from './hold.ts'
import { createRunJournal, openRunJournal, type RunJournal } from './journal.ts'
import { refuseDrift, refuseOther } from './same.ts'
import { walk } from './walk.ts'

/** What a run needs from outside: a context but for what the run itself makes. */
export type RunBase = Omit<RunContext, 'journal' | 'check' | 'hold' | 'takeOver'>
export type RunResult = { runId: string; folder: string; state: RunState; why?: string; outputs: Record<string, Json> }

/** `prepare` puts beside the journal, before its first line, what the run could not be gone on with without. */
type Beginning = {
  incident?: string
  reason?: string
  prepare?: (folder: string) => void
  onBegin?: (runId: string) => void
}

/** Begins a run of a playbook. Throws SecureError where it cannot go on: `resume` takes it up then. */
export async function startPlaybook(
  base: RunBase,
  read: Read,
  { incident, reason, prepare, onBegin }: Beginning = {},
): Promise<RunResult> {
  const { stateDir, clusterId, cluster, holder, user, now } = base.engine
  const { name, version } = read.playbook.metadata
  const journal = await createRunJournal(
    stateDir,
    {
      type: 'begin',
      runId: newPlanId(),
      playbook: { name, version, digest: read.digest },
      cluster: { id: clusterId, server: cluster.server },
      by: holder,
      user: user.name,
      ...(incident !== undefined && { incident }),
      ...(reason !== undefined && { reason }),
    },
    now,
    async (folder) => {
      await keepCopy(folder, read)
      prepare?.(folder)
    },
  )
  onBegin?.(journal.runId)
  return await goOn(base, journal, read, { incident, takeOver: false })
}

/**
 * Goes on with a run that was cut off or stopped, at the step where it was: what is recorded as done is not done again, and a step that failed is tried again.
 * Throws SecureError: `conflict` where the playbook or what it is about is not the same any more, or somebody else works on it.
 */
export async function resumePlaybook(base: RunBase, read: Read, runId: string, takeOver: boolean): Promise<RunResult> {
  const { stateDir, clusterId, now, holder, cluster } = base.engine
  const journal = await openRunJournal(stateDir, clusterId, runId, now)
  try {
    const begin = await refuseOther(journal, read)
    await refuseDrift(cluster, journal.entries)
    await journal.append({ type: 'note', kind: 'resume', data: holder })
    return await goOn(base, journal, read, { incident: begin.incident, takeOver })
  } catch (error) {
    await journal.close()
    throw error
  }
}

async function goOn(
  base: RunBase,
  journal: RunJournal,
  { playbook }: Read,
  { incident, takeOver }: { incident: string | undefined; takeOver: boolean },
): Promise<RunResult> {
  let held: Held | undefined
  const context: RunContext = {
    ...base,
    journal,
    takeOver,
    ...(incident !== undefined && { incident }),
    check: async () => await held?.check(),
    // Not before there is something to change: who asks questions alone writes nothing, and needs no right to.
    async hold() {
      if (held) return await held.check()
      held = await holdRun(base.engine, journal, takeOver)
    },
  }
  try {
    // Others may have gone on with it meanwhile.
    if (journal.entries.some(({ type }) => type === 'plan')) await context.hold()
    const inputs: Record<string, Json> = {}
    for (const [name, input] of Object.entries(playbook.inputs ?? {}))
      inputs[name] = await inputOf(context, name, input, { inputs, steps: {} })
    const { state, why, outputs } = await walk(playbook, inputs, carrierOf(context))
    if (state === 'finished') {
      // Nobody goes on with a finished run, so its lease goes before its last line: killed in between it is held again.
      await held?.remove().catch(() => {})
      held = undefined
    }
    await journal.append({ type: 'end', state, ...(why !== undefined && { why }) })
    return { runId: journal.runId, folder: journal.folder, state, outputs, ...(why !== undefined && { why }) }
  } finally {
    await held?.release().catch(() => {})
    await journal.close()
  }
}

// What was run is part of the record.
async function keepCopy(folder: string, { text }: Read): Promise<void> {
  const handle = await openFile(
    join(folder, 'playbook.yaml'),
    constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL,
  )
  try {
    await writeDurably(handle, Buffer.from(text))
  } finally {
    await handle.close()
  }
}
