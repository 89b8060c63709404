import { stamp } from '../../audit-log/timeline-clock.ts'
import type { TimelineEntry } from '../../audit-log/timeline.ts'
import type { Recorded as PlanEntry } from '../../change/journal/journal.ts'
import type { Plan } from '../../change/plan.ts'
import type { Recorded } from '../run/entry.ts'
import type { Lane, LaneRow } from './model.ts'
import { actionOf, type Records } from './records.ts'

/** A row in a lane: what orders it, and what is said of it. */
export type Row = TimelineEntry & {
  lane: Lane
  said: Omit<LaneRow, 'lane' | 'seconds' | 'corrected' | 'uncertaintyMs' | 'clockUnknown' | 'orderSure'>
}

/** What the journals of a run and of its plans tell, by the clock of this machine. Pure. */
export function journalRows(records: Records): Row[] {
  let who = records.begin.by
  const rows: Row[] = []
  for (const entry of records.journal.entries) {
    if (entry.type === 'note' && entry.kind === 'resume' && typeof entry.data === 'string') who = entry.data
    const what = isTold(records, entry) ? undefined : whatOf(records, entry)
    if (what === undefined) continue
    const actor = entry.type === 'answer' ? entry.by : who
    rows.push(rowOf(entry.at, { actor, what, source: `journal:${entry.seq}` }))
  }
  for (const [id, known] of records.plans) {
    if (!('chain' in known)) continue
    const [begin] = known.chain.entries
    if (begin?.type !== 'begin') continue
    for (const entry of known.chain.entries) rows.push(...resultRow(id, begin.plan, begin.by, entry))
  }
  return rows
}

// Its answer is a row of its own; and of what was not done there is nothing to tell.
function isTold({ steps }: Records, entry: Recorded): boolean {
  if (entry.type !== 'done') return false
  const kind = steps.get(entry.step)?.step.type
  return entry.outcome === 'skipped' || (entry.outcome === 'done' && (kind === 'decision' || kind === 'approval'))
}

function rowOf(at: string, said: Pick<Row['said'], 'actor' | 'what' | 'source' | 'outcome'>): Row {
  return {
    // Many a step takes less than a millisecond: in one journal the order is that of its lines.
    ...stamp(at, { source: 'this-machine', clock: { aheadMs: 0, uncertaintyMs: 0 } }),
    kind: 'change',
    by: said.actor,
    what: said.what,
    at: [],
    lane: 'responder',
    said: { count: 1, attack: [], ...said },
  }
}

function whatOf(records: Records, entry: Recorded): string | undefined {
  switch (entry.type) {
    case 'begin':
      return `began playbook ${entry.playbook.name} ${entry.playbook.version}`
    case 'answer':
      return answerText(records, entry)
    case 'plan':
      return `step ${entry.step}: began to carry out plan ${entry.planId}`
    case 'done':
      return doneText(records, entry)
    case 'note':
      return noteText(entry)
    case 'end':
      return `the run is ${entry.state}${entry.why === undefined ? '' : `: ${entry.why}`}`
    case 'input':
    case 'step':
      return undefined
  }
}

function answerText({ steps }: Records, { step: key, value }: Extract<Recorded, { type: 'answer' }>): string {
  const step = steps.get(key)?.step
  if (step?.type === 'decision' && typeof value === 'string') {
    const label = Object.hasOwn(step.cases, value) ? step.cases[value]?.label : undefined
    return `step ${key}: decided ${label ?? value}`
  }
  const isYes = value === true
  if (step?.type === 'approval') return `step ${key}: ${isYes ? 'approved' : 'refused'} as ${step.role}`
  return `step ${key}: ${typeof value === 'boolean' ? (isYes ? 'said yes' : 'said no') : `answered ${typeof value === 'string' ? value : JSON.stringify(value)}`}`
}

const words = { done: 'done', failed: 'failed', skipped: 'skipped' } as const

function doneText(
  records: Records,
  { step, outcome, outputs, why, file }: Extract<Recorded, { type: 'done' }>,
): string {
  const action = actionOf(records, step)
  const verdict = outputs?.['verdict']
  const facts = [
    ...(typeof verdict === 'string' ? [`verdict ${verdict}`] : []),
    ...(outputs?.['verified'] === true ? ['it is so'] : []),
    ...(file === undefined ? [] : ['evidence sealed']),
    ...(why === undefined ? [] : [why]),
  ]
  const end = outputs?.['sent'] === false ? 'not told' : words[outcome]
  return `step ${step}${action === undefined ? '' : ` (${action})`} ${end}${facts.length > 0 ? `: ${facts.join('; ')}` : ''}`
}

function noteText({ kind, step, data }: Extract<Recorded, { type: 'note' }>): string | undefined {
  if (kind === 'resume') return 'went on with the run'
  if (kind === 'undo') return `step ${step ?? ''}: began to take plan ${typeof data === 'string' ? data : ''} back`
  if (kind === 'evidence-skipped') {
    const { why = '' } = data as { why?: string }
    return `step ${step ?? ''}: went on without the evidence that it requires: ${why}`
  }
  return kind === 'torn-line' ? 'a line that was not finished was cut off the journal' : undefined
}

function resultRow(id: string, plan: Plan, by: string, entry: PlanEntry): Row[] {
  if (entry.type !== 'result') return []
  const change = plan.changes.find((one) => one.id === entry.change)
  if (!change || change.temporary) return []
  const { kind, namespace, name } = change.ref
  const how = change.do === 'subresource' ? 'put an ephemeral container into' : change.do
  const object = `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`
  const what = `${entry.way === 'undo' ? 'take back: ' : ''}${how} ${object}`
  const outcome = `${entry.outcome}${entry.why === undefined ? '' : `: ${entry.why}`}`
  return [rowOf(entry.at, { actor: by, what, outcome, source: `${id}.jsonl:${entry.seq}` })]
}
