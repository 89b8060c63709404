import type { OpenItem } from './model.ts'
import { endsIn, type Records, textsAt } from './records.ts'
import { item, type Made } from './open-item.ts'
import { ofEvidence, ofPlans } from './open-record.ts'

const order: readonly OpenItem['kind'][] = [
  'damage',
  'unfinished',
  'stopped',
  'not-proved',
  'failed',
  'evidence',
  'refused',
  'plan',
  'drift',
  'remains',
  'in-force',
  'not-told',
  'gap',
  'skipped',
]

/** What is still to be done, doubted or looked at, by what the records say. Pure. */
export function openItems(report: Made, records: Records): OpenItem[] {
  const found = [
    ...ofRun(report),
    ...ofContainment(report),
    ...ofSteps(report, records),
    ...ofEvidence(report, records),
    ...ofPlans(report),
    ...ofTimeline(report),
  ]
  return found.toSorted((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind))
}

function ofRun({ damage, state, why, run, told, decisions }: Made): OpenItem[] {
  return [
    ...damage.map((what): OpenItem => ({ kind: 'damage', what, details: [] })),
    ...(state === 'running'
      ? [item('unfinished', 'the run is not at its end', [], ['playbook', 'resume', run])]
      : state === 'stopped'
        ? [item('stopped', 'the run was stopped', why === undefined ? [] : [why], ['playbook', 'resume', run])]
        : []),
    ...told
      .filter(({ sent }) => !sent)
      .map(({ step, channel = '', why: reason = 'no reason is recorded' }) => ({
        ...item('not-told', `channel ${channel} was not told`, [reason]),
        step,
      })),
    ...decisions
      .filter(({ kind, answer }) => (kind === 'approval' || kind === 'confirmation') && answer === false)
      // Who was asked again may have said yes.
      .filter((one) => decisions.findLast(({ step, kind }) => step === one.step && kind === one.kind) === one)
      .map(({ step, question, by = '' }) => ({ ...item('refused', `${by} said no: ${question}`, []), step })),
  ]
}

function ofContainment({ containment: { state, proofs } }: Made): OpenItem[] {
  if (state === 'not-proved') return [item('not-proved', 'no step of the run proves that anything is cut off', [])]
  return proofs
    .filter(({ holds }) => !holds)
    .map(({ step, verdict, of, reasons }) => ({
      ...item('not-proved', of === 'cut' ? `the verdict is ${verdict}` : `it was not so: ${verdict}`, reasons),
      step,
    }))
}

function ofSteps({ steps }: Made, { journal }: Records): OpenItem[] {
  const items = steps.flatMap(({ step, outcome, why }): OpenItem[] => {
    const details = why === undefined ? [] : [why]
    if (outcome === 'failed') return [{ ...item('failed', 'the step failed', details), step }]
    if (outcome === 'unfinished')
      return [{ ...item('unfinished', 'the step was begun, and how it ended is not recorded', []), step }]
    return []
  })
  const skipped = steps.filter(({ outcome }) => outcome === 'skipped')
  const why = skipped.map((one) => `${one.step}: ${one.why ?? ''}`)
  if (why.length > 0) items.push(item('skipped', 'steps whose condition was not met', why))
  for (const { step, outputs, complete } of endsIn(journal.entries)) {
    const isPartial = complete === undefined && outputs?.['complete'] === false
    const gaps = complete === undefined ? textsAt(outputs, 'gaps') : []
    if (gaps.length > 0) items.push({ ...item('gap', 'something could not be seen', gaps), step })
    else if (isPartial) items.push({ ...item('gap', 'its answer is not complete', textsAt(outputs, 'notes')), step })
    const drift = textsAt(outputs, 'drift')
    if (drift.length > 0) items.push({ ...item('drift', 'it was not as it was left', drift), step })
    for (const [name, what] of remains) {
      const left = textsAt(outputs, name)
      if (left.length > 0) items.push({ ...item('remains', what, left), step })
    }
  }
  return items
}

// Outputs that say what a change leaves.
const remains = [
  ['keeps', 'rights that were not taken away'],
  ['canLift', 'who can lift the isolation'],
  ['writers', 'who can write in the namespace all the same'],
  ['missingRights', 'rights that are missing'],
] as const

function ofTimeline({ timeline: { gaps, cut, read } }: Made): OpenItem[] {
  return [
    ...(read.length === 0
      ? [item('gap', 'what the intruder did is not known: no evidence and no audit log was read', [])]
      : []),
    ...gaps.map(({ what, why, hides }) => item('gap', what, [why, `hides ${hides}`])),
    ...cut.map(({ lane, rows }) => item('gap', `${rows} rows of the lane of the ${lane} are left out here`, [])),
  ]
}
