import type { RunEvent } from '../playbook/run/responder.ts'
import type { PlaybookRunReport, StepSummary } from '../playbook/run-report.ts'
import { shortVerdict } from '../playbook/verdicts.ts'
import { count } from './change-text.ts'
import type { Colour, Look } from './look.ts'
import { outputLines } from './playbook-values.ts'
import { Sheet } from './sheet.ts'

/** `2:05`, since a run began. */
export function sinceText(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000))
  const hours = Math.floor(seconds / 3600)
  const two = (number: number) => String(number).padStart(2, '0')
  const minutes = Math.floor(seconds / 60) % 60
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`
}

const marks: Record<StepSummary['outcome'], { word: string; colour: Colour }> = {
  done: { word: 'done', colour: 'green' },
  skipped: { word: 'skipped', colour: 'dim' },
  failed: { word: 'FAILED', colour: 'red' },
  unfinished: { word: 'UNFINISHED', colour: 'yellow' },
}

// That nobody could be told never holds anything up, and is no failure of the step.
const notTold = { word: 'NOT TOLD', colour: 'yellow' } as const

/** What is said of a run as it goes; `since` and `done` are the running summary. */
export function eventText(event: RunEvent, { since, done }: { since: number; done: number }, look: Look): string {
  const sheet = new Sheet()
  if (event.kind === 'step') {
    sheet
      .blank()
      .lead(`[${sinceText(since)}, ${done} done]`, `${event.step}: ${event.title ?? event.type}`, { colour: 'cyan' })
  } else if (event.kind === 'done') {
    const isNotTold = (event.outputs as { sent?: unknown } | null)?.sent === false
    const { word, colour } = isNotTold ? notTold : marks[event.outcome]
    for (const { name, text } of outputLines(event.outputs)) sheet.field(name, text, { indent: 2, colour: 'dim' })
    sheet.lead(word, event.why ?? '', { indent: 2, colour })
  } else if (event.kind === 'note') {
    for (const line of event.text.trimEnd().split('\n')) sheet.line(line, { indent: 2 })
  } else sheet.line(event.text, { indent: 2, colour: 'dim' })
  return sheet.toText(look)
}

const ends: Record<PlaybookRunReport['state'], { word: string; colour: Colour }> = {
  finished: { word: 'FINISHED', colour: ['bold', 'green'] },
  stopped: { word: 'STOPPED', colour: ['bold', 'yellow'] },
  running: { word: 'UNFINISHED', colour: ['bold', 'red'] },
  undone: { word: 'UNDONE', colour: ['bold', 'green'] },
  'partly-undone': { word: 'PARTLY UNDONE', colour: ['bold', 'yellow'] },
}

/** How a run stands: each step, what it has left behind, and what to type next. */
export function runSummaryText(report: PlaybookRunReport, look: Look, where = ''): string {
  const { run, playbook, state, why, steps, plans, begun, ended, folder } = report
  const sheet = new Sheet().lead(ends[state].word, `${playbook.name} ${playbook.version}, run ${run}`, {
    colour: ends[state].colour,
  })
  if (why !== undefined) sheet.line(why, { indent: 2, colour: 'yellow' })
  sheet.field('time', `${sinceText(Date.parse(ended) - Date.parse(begun))} from ${begun}`, { indent: 2 })
  sheet.field('steps', tally(steps), { indent: 2 })
  for (const step of steps) addStep(sheet, step)
  const evidence = steps.flatMap((step) => (step.evidence?.file === undefined ? [] : [step.evidence.file]))
  if (evidence.length > 0) sheet.field('evidence', evidence, { indent: 2, wrap: false })
  sheet.field('record', folder, { indent: 2, wrap: false }).blank()
  if (state === 'stopped' || state === 'running')
    sheet.field('Go on', `kubectl secure playbook resume ${run}${where}`, { wrap: false })
  if (plans.length > 0 && state !== 'undone')
    sheet.field('Undo', `kubectl secure playbook undo ${run}${where}`, { wrap: false })
  sheet.field('Report', `kubectl secure playbook report ${run}`, { wrap: false })
  return sheet.toText(look)
}

// Steps that went as meant are counted; the others are named.
function addStep(sheet: Sheet, { step, outcome, why, evidence, outputs }: StepSummary): void {
  const verdict = shortVerdict(outputs)
  const isPartial = (outputs as { state?: unknown } | undefined)?.state === 'partial'
  const isIncomplete =
    evidence?.complete === false || (outputs as { complete?: unknown } | undefined)?.complete === false
  const { word, colour } = marks[outcome]
  if (outcome === 'failed' || outcome === 'unfinished')
    sheet.lead(word, `${step}${why === undefined ? '' : `: ${why}`}`, { indent: 4, colour })
  else if ((outputs as { sent?: unknown } | undefined)?.sent === false)
    sheet.lead(notTold.word, `${step}${why === undefined ? '' : `: ${why}`}`, { indent: 4, colour: notTold.colour })
  else if (verdict !== undefined)
    sheet.lead('NOT PROVED', `${step}: the verdict is ${verdict}`, { indent: 4, colour: 'red' })
  else if (isPartial)
    sheet.lead('PARTLY', `${step}${why === undefined ? '' : `: ${why}`}`, { indent: 4, colour: 'yellow' })
  else if (isIncomplete) sheet.lead('incomplete', step, { indent: 4, colour: 'yellow' })
}

function tally(steps: readonly StepSummary[]): string {
  const counts = [...Map.groupBy(steps, ({ outcome }) => outcome)]
  return [
    count(steps.length, 'step'),
    ...counts.map(([outcome, some]) => `${some.length} ${marks[outcome].word}`),
  ].join(', ')
}
