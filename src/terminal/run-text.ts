import type { RunReport, RunState, StepReport } from '../change/reports.ts'
import { count, lossTexts } from './change-text.ts'
import type { Colour, Look } from './look.ts'
import { Sheet } from './sheet.ts'
import { leftText, stateText, stepText } from './step-text.ts'

const ends: Record<RunState, { word: string; says: string; colour: Colour }> = {
  applied: { word: 'APPLIED', says: 'every change is made, and read back as meant', colour: ['bold', 'green'] },
  undone: { word: 'UNDONE', says: 'everything that can come back is as before', colour: ['bold', 'green'] },
  'partly-undone': { word: 'PARTLY UNDONE', says: 'some fields stay as they are', colour: ['bold', 'yellow'] },
  stopped: { word: 'STOPPED', says: 'a check said no before all changes were made', colour: ['bold', 'yellow'] },
  failed: { word: 'FAILED', says: 'not all changes could be made', colour: ['bold', 'red'] },
  unfinished: {
    word: 'UNFINISHED',
    says: 'it ended in between, and nobody knows all of it yet',
    colour: ['bold', 'red'],
  },
}

/**
 * How a run ended, of apply, resume and undo alike: what went wrong or was left alone first, and what to type next. `where`: the
 * flags that commands need to find the cluster again.
 */
export function runText(report: RunReport, look: Look, where = ''): string {
  const { plan, state, steps, warnings } = report
  const { word, says, colour } = ends[state]
  const sheet = new Sheet().lead(word, `plan ${plan}: ${says}`, { colour })
  sheet.line(tally(steps), { indent: 2 })
  for (const step of steps) addStep(sheet, step)
  addIrreversible(sheet, report)
  for (const warning of warnings) sheet.lead('Warning:', warning, { colour: 'yellow' })
  for (const other of report.waiting ?? []) {
    sheet.lead('Waiting:', `plan ${other} was undone but for what this one rested on`, { colour: 'yellow' })
    sheet.field('Go on', `kubectl secure undo ${other}${where}`, copied)
  }
  addNext(sheet, report, where)
  return sheet.toText(look)
}

export function stateColour(state: RunState): Colour {
  return ends[state].colour
}

// Steps that went as meant are counted; the others are named.
function addStep(sheet: Sheet, step: StepReport): void {
  const { word, colour } = stateText(step.state)
  const left = step.left ?? []
  if (['failed', 'unsettled', 'partly-undone'].includes(step.state) || step.why !== undefined || left.length > 0) {
    sheet.lead(word, `${stepText(step)}${step.why === undefined ? '' : `: ${step.why}`}`, { indent: 2, colour })
  }
  for (const { word: how, text } of left.map(leftText)) sheet.lead(how, text, { indent: 4, colour: 'yellow' })
}

function tally(steps: readonly StepReport[]): string {
  const counts = new Map<string, number>()
  for (const { state } of steps) counts.set(stateText(state).word, (counts.get(stateText(state).word) ?? 0) + 1)
  return `${count(steps.length, 'change')}${[...counts].map(([word, number]) => `, ${number} ${word}`).join('')}`
}

function addIrreversible(sheet: Sheet, { state, irreversible }: RunReport): void {
  if (irreversible.length === 0) return
  const undone = state === 'undone' || state === 'partly-undone'
  sheet.line(undone ? 'What did not come back:' : 'What undo cannot bring back:')
  for (const text of lossTexts(irreversible)) sheet.lead('-', text, { indent: 2 })
}

function addNext(sheet: Sheet, { plan, state }: RunReport, where: string): void {
  const command = (words: string) => `kubectl secure ${words}${where}`
  if (state === 'undone') return
  sheet.blank()
  if (state === 'applied') sheet.field('Undo', command(`undo ${plan}`), copied)
  else if (state === 'partly-undone') sheet.field('Look', command(`status ${plan}`), copied)
  else {
    sheet.field('Go on', command(`resume ${plan} --finish`), copied)
    sheet.field('Or back', command(`resume ${plan} --undo`), copied)
  }
}

const copied = { wrap: false }
