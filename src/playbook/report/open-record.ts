import { evidenceFailed } from './evidence.ts'
import { item, type Made } from './open-item.ts'
import type { OpenItem } from './model.ts'
import { type Records, textsAt } from './records.ts'

/** Where evidence is missing, lacks something, or is not what was sealed. */
export function ofEvidence({ evidence }: Made, records: Records): OpenItem[] {
  const skipped = records.journal.entries.flatMap((entry): OpenItem[] => {
    if (entry.type !== 'note' || entry.kind !== 'evidence-skipped') return []
    const { why = '' } = entry.data as { why?: string }
    const details = [why, ...textsAt(entry.data, 'missing')]
    const one = item('evidence', 'something was destroyed without the evidence of it', details)
    return [{ ...one, ...(entry.step !== undefined && { step: entry.step }) }]
  })
  const bundles = evidence.flatMap(({ step, complete, gaps, missing, now, file, verify }): OpenItem[] => [
    ...(complete && gaps.length === 0
      ? []
      : [
          {
            ...item('evidence', complete ? 'the evidence has gaps' : 'the evidence is not complete', [
              ...missing.map(({ kind, namespace = '', name }) => `without ${kind} ${namespace}/${name}`),
              ...gaps,
            ]),
            step,
          },
        ]),
    ...(now === 'as-sealed' ? [] : [{ ...item('evidence', `${file}: ${fileNow[now]}`, [], verify), step }]),
  ])
  const failed = evidenceFailed(records).map(({ step, why }) => ({
    ...item('evidence', 'none was taken', [why]),
    step,
  }))
  return [...skipped, ...bundles, ...failed]
}

const fileNow = {
  changed: 'it is not the file that was sealed',
  missing: 'it is not there any more',
  unreadable: 'it cannot be read',
} as const

/** Plans that are in force, and what of them is not as it was meant. */
export function ofPlans({ changes }: Made): OpenItem[] {
  return changes.flatMap(({ plan, step, state, inForce, changes: steps, notes }): OpenItem[] => {
    const bad = steps.filter((one) => ['failed', 'unsettled', 'partly-undone'].includes(one.state))
    const left = steps.flatMap((one) => one.left ?? [])
    const details = [
      ...bad.map(
        ({ ref, state: how, note = '' }) => `${ref.kind} ${ref.name}: ${how}${note === '' ? '' : `: ${note}`}`,
      ),
      ...left.map(({ ref, path, why }) => `${ref.kind} ${ref.name} ${path.join('.')}: ${why}`),
    ]
    const isWhole = state === 'applied' || state === 'undone' || state === 'not-begun'
    return [
      ...(isWhole && details.length === 0
        ? []
        : [
            {
              ...item(
                'plan',
                `not all of plan ${plan} is as it was meant (${state})`,
                [...details, ...notes],
                ['status', plan],
              ),
              step,
            },
          ]),
      ...(inForce && state !== 'unknown'
        ? [{ ...item('in-force', `plan ${plan} is in force`, [], ['undo', plan]), step }]
        : []),
    ]
  })
}
