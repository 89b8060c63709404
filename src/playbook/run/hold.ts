import type { Engine } from '../../change/engine.ts'
import type { Json } from '../../change/plan.ts'
import { type Held, holdWork } from '../../change/record-steps.ts'
import type { RunJournal } from './journal.ts'

/** Makes us the only one who works on a run; each write to its lease is in its journal first. Throws as {@link holdWork}. */
export async function holdRun(engine: Engine, journal: RunJournal, takeOver: boolean): Promise<Held> {
  const before = async (request: object) => await journal.append({ type: 'note', kind: 'lease', data: request as Json })
  return await holdWork(engine, journal.runId, { before, takeOver })
}
