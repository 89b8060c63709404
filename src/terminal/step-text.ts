import type { Foreign, StepReport, StepState } from '../change/reports.ts'
import { escapeForTerminal } from '../text/terminal.ts'
import { objectText, pathText, valueText } from './change-text.ts'
import type { Colour, Look } from './look.ts'

const words: Record<StepState, { word: string; tick: string; colour: Colour }> = {
  planned: { word: 'not yet', tick: '·', colour: 'dim' },
  applied: { word: 'done', tick: '✔', colour: 'green' },
  already: { word: 'was so already', tick: '✔', colour: 'green' },
  failed: { word: 'FAILED', tick: '✖', colour: 'red' },
  unsettled: { word: 'NOT KNOWN', tick: '?', colour: 'yellow' },
  undone: { word: 'undone', tick: '✔', colour: 'green' },
  'partly-undone': { word: 'PARTLY undone', tick: '!', colour: 'yellow' },
  gone: { word: 'gone', tick: '✔', colour: 'dim' },
}

/** One step as the run goes: `done  patch Pod payments/api-0`; a terminal gets a tick before it. */
export function stepLine(step: StepReport, { paint, fancy }: Look): string {
  const { word, tick, colour } = words[step.state]
  const why = step.why === undefined ? '' : `: ${escapeForTerminal(step.why)}`
  const lead = fancy ? `${paint(colour, tick)} ${word}` : word
  return `${lead}  ${escapeForTerminal(stepText(step))}${why}\n`
}

/** `patch Pod payments/api-0`. */
export function stepText({ do: how, ref }: StepReport): string {
  return `${how === 'subresource' ? 'add an ephemeral container to' : how} ${objectText(ref)}`
}

export function stateText(state: StepState): { word: string; colour: Colour } {
  return words[state]
}

/** A field that undo left as it is: a word for how, and what stands there, what we left, and why it stays. */
export function leftText({ ref, path, expected, found, how, why }: Foreign): { word: string; text: string } {
  const field = [objectText(ref), pathText(path)].filter((part) => part !== '').join(' ')
  if (how !== 'foreign') return { word: 'not given back:', text: `${field}: ${why}` }
  // Of a whole object there is nothing to compare.
  if (path.length === 0) return { word: 'left alone:', text: `${field}: ${why}` }
  const hidden = ref.kind === 'Secret' && (path[0] === 'data' || path[0] === 'stringData')
  const values = hidden ? 'not as we left it' : `is ${valueText(found)}, we left ${valueText(expected)}`
  return { word: 'left alone:', text: `${field}: ${values}: ${why}` }
}
