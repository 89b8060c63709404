import type { Json } from '../../change/plan.ts'
import type { Pinned } from '../model.ts'
import type { EvidenceOfRun } from './model.ts'
import { endsIn, type Records, seconds, textsAt } from './records.ts'

/** The bundles that a run took, also those that a step took anew. Pure. */
export function evidenceOf({ journal, begin, bundles }: Records): EvidenceOfRun[] {
  return journal.entries.flatMap((entry): EvidenceOfRun[] => {
    if (entry.type !== 'done' || entry.complete === undefined) return []
    const { step, at, complete, file: named = '', digest = '', covers = [], outputs } = entry
    const { path: file, now } = bundles.get(named) ?? { path: named, now: 'missing' as const }
    return [
      {
        step,
        at,
        seconds: seconds(begin, at),
        file,
        digest,
        complete,
        covers,
        missing: pinsAt(outputs, 'missing'),
        gaps: textsAt(outputs, 'gaps'),
        now,
        verify: ['evidence', 'verify', file, '--digest', digest],
      },
    ]
  })
}

/** Steps that were to take evidence and took none, with why. */
export function evidenceFailed(records: Records): { step: string; why: string }[] {
  return endsIn(records.journal.entries).flatMap(({ step, outcome, why = '', complete }) => {
    const known = records.steps.get(step)?.step
    const isEvidence = known?.type === 'command' && known.run === 'evidence.collect'
    return isEvidence && outcome === 'failed' && complete === undefined ? [{ step, why }] : []
  })
}

function pinsAt(outputs: Json | null, name: string): Pinned[] {
  if (typeof outputs !== 'object' || outputs === null || Array.isArray(outputs)) return []
  const list = outputs[name]
  return Array.isArray(list) ? list.filter(isPinned) : []
}

function isPinned(value: Json | Pinned): value is Pinned {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    typeof value['kind' as keyof typeof value] === 'string' &&
    typeof value['name' as keyof typeof value] === 'string'
  )
}
