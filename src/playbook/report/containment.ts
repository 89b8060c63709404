import type { Json } from '../../change/plan.ts'
import type { Recorded, StepEnd } from '../run/entry.ts'
import { shortVerdict } from '../verdicts.ts'
import type { Containment, Proof } from './model.ts'
import { actionOf, endsIn, type Records, seconds, textsAt } from './records.ts'

// That what was mended runs again says nothing of the intruder.
const repairs = new Set(['rollout.done'])

/** Whether what the run was about is cut off, by its own verdicts and by what was asked afterwards. Pure. */
export function containmentOf(records: Records): Containment {
  const proofs = endsIn(records.journal.entries).flatMap((end) => proofOf(records, end))
  const [cuts, checks] = [proofs.filter(({ of }) => of === 'cut'), proofs.filter(({ of }) => of === 'check')]
  return { state: stateOf(cuts.length > 0 ? cuts : checks, checks), proofs }
}

/** When the last of what cuts was proved; undefined where not all of it is. */
export function containedAt({ state, proofs }: Containment): Proof | undefined {
  if (state !== 'contained') return undefined
  return proofs.findLast(({ of }) => of === 'cut') ?? proofs.at(-1)
}

function stateOf(main: readonly Proof[], checks: readonly Proof[]): Containment['state'] {
  if (main.length === 0) return 'not-proved'
  if (main.every(({ holds }) => !holds))
    return main.some(({ verdict }) => verdict === 'PARTIAL') ? 'partly' : 'not-contained'
  return [...main, ...checks].every(({ holds }) => holds) ? 'contained' : 'partly'
}

function proofOf(records: Records, end: Recorded & StepEnd): Proof[] {
  const { step, outputs, outcome, why, at } = end
  const action = actionOf(records, step)
  const head = { step, at, seconds: seconds(records.begin, at), ...(action !== undefined && { action }) }
  if (typeof outputs?.['verified'] === 'boolean') {
    if (action !== undefined && repairs.has(action)) return []
    const asked = records.steps.get(step)?.step
    const verdict = asked?.type === 'verify' ? asked.until : (action ?? 'asked again')
    return [{ ...head, of: 'check', holds: outputs['verified'], verdict, reasons: reasonsOf(outputs, why) }]
  }
  const verdict = outputs?.['verdict']
  if (typeof verdict === 'string')
    return [
      { ...head, of: 'cut', holds: shortVerdict(outputs) === undefined, verdict, reasons: reasonsOf(outputs, why) },
    ]
  const isCut = action === 'isolate' || action === 'lockdown'
  if (!isCut || outcome === 'skipped' || why === 'there is nothing to change') return []
  return [{ ...head, of: 'cut', holds: false, verdict: 'none', reasons: reasonsOf(outputs, why) }]
}

function reasonsOf(outputs: Json, why: string | undefined): string[] {
  return [...new Set([...textsAt(outputs, 'reasons'), ...textsAt(outputs, 'why'), ...(why === undefined ? [] : [why])])]
}
