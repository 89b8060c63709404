import type { Json } from '../../change/plan.ts'
import type { CheckOfRun, Told } from './model.ts'
import { actionOf, endsIn, type Records, saidBy, seconds } from './records.ts'

/** What was asked until it was so, and whether it came to be. Pure. */
export function checksOf(records: Records): CheckOfRun[] {
  return endsIn(records.journal.entries).flatMap((end): CheckOfRun[] => {
    const known = records.steps.get(end.step)?.step
    const isSo = end.outputs?.['verified']
    if (typeof isSo !== 'boolean' && (known?.type !== 'verify' || end.outcome === 'skipped')) return []
    const { verified: _, tries, ...outputs } = end.outputs ?? {}
    const action = actionOf(records, end.step)
    return [
      {
        step: end.step,
        at: end.at,
        seconds: seconds(records.begin, end.at),
        ...(known?.title !== undefined && { title: known.title }),
        ...(action !== undefined && { action }),
        ...(known?.type === 'verify' && { until: known.until, timeout: known.timeout }),
        ...(typeof tries === 'number' && { tries }),
        isSo: isSo === true,
        ...(end.why !== undefined && { why: end.why }),
        outputs,
      },
    ]
  })
}

/** Who was told, and whether it arrived. */
export async function toldOf(records: Records): Promise<Told[]> {
  const found: Told[] = []
  for (const { step: key, outputs, outcome, why, at } of endsIn(records.journal.entries)) {
    const known = records.steps.get(key)
    const isNotify = known ? known.step.type === 'notify' : kindOf(records, key) === 'notify'
    if (!isNotify || outcome === 'skipped') continue
    const said = known?.step.type === 'notify' ? known.step : undefined
    found.push({
      step: key,
      at,
      seconds: seconds(records.begin, at),
      ...(said && { channel: said.channel, message: await saidBy(known, key, said.message) }),
      sent: (outputs as { sent?: Json } | null)?.sent === true,
      ...(why !== undefined && { why }),
    })
  }
  return found
}

function kindOf({ journal }: Records, key: string): string | undefined {
  const entry = journal.entries.find((one) => one.type === 'step' && one.step === key)
  return entry?.type === 'step' ? entry.kind : undefined
}
