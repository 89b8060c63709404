import type { Change, Plan } from '../change/plan.ts'
import type { Irreversible } from '../change/reports.ts'
import { changeText, count, editText, lossTexts, placeText, undoTexts } from './change-text.ts'
import type { Look } from './look.ts'
import { Sheet } from './sheet.ts'
import { shellLine } from '../text/shell.ts'

/** A plan as one reads it before saying yes: where and as whom, what in which order, and what cannot come back. */
export function planText(plan: Plan, irreversible: readonly Irreversible[], look: Look): string {
  const sheet = new Sheet()
  addHead(sheet, plan)
  sheet.blank().line(`${count(plan.changes.length, 'change')}, in this order:`)
  for (const [index, change] of plan.changes.entries()) addChange(sheet, index + 1, change)
  addIrreversible(sheet, irreversible)
  for (const note of plan.notes) sheet.lead('Note:', note, { colour: 'cyan' })
  return sheet.toText(look)
}

function addHead(sheet: Sheet, { id, command, incident, reason, createdAt, cluster, user }: Plan): void {
  sheet.lead('Plan', id)
  sheet.field('command', shellLine(['kubectl', 'secure', ...command]), { indent: 2 })
  sheet.field('cluster', placeText(cluster), { indent: 2 })
  const groups = user.groups.length > 0 ? ` (groups ${user.groups.join(', ')})` : ''
  sheet.field('user', `${user.name}${groups}`, { indent: 2 })
  if (incident !== undefined) sheet.field('incident', incident, { indent: 2 })
  if (reason !== undefined) sheet.field('reason', reason, { indent: 2 })
  sheet.field('made', createdAt, { indent: 2 })
}

function addChange(sheet: Sheet, number: number, change: Change): void {
  const optional = change.optional ? ' (if it fails, the run goes on)' : ''
  sheet.lead(`${String(number).padStart(3)}.`, `${changeText(change)}${optional}`)
  sheet.field('why', change.why, deep)
  if (change.risk !== undefined) sheet.field('risk', change.risk, { ...deep, colour: 'yellow' })
  if (change.gate !== undefined) sheet.field('only if', `the check ${change.gate} says yes`, deep)
  // Of what is gone at the end of the run there is no more to say.
  if (change.temporary) return
  if (change.do === 'patch') {
    const edits = change.edits.map((edit) => editText(edit, change.ref.kind))
    const more = edits.length - mostEdits
    sheet.field('what', more > 1 ? [...edits.slice(0, mostEdits), `and ${more} more (see the diff)`] : edits, deep)
  }
  sheet.field('undo', undoTexts(change), deep)
}

const deep = { indent: 6 }
const mostEdits = 8

function addIrreversible(sheet: Sheet, irreversible: readonly Irreversible[]): void {
  sheet.blank()
  if (irreversible.length === 0) {
    sheet.line('All of it can be undone.')
    return
  }
  sheet.line('What cannot come back:', { colour: ['bold', 'yellow'] })
  for (const text of lossTexts(irreversible)) sheet.lead('-', text, { indent: 2 })
}
