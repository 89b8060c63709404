import type { RehearsedStep } from '../playbook/rehearse.ts'
import { irreversibleOf } from '../change/preview.ts'
import { changeText, lossTexts } from './change-text.ts'
import type { Colour, Look } from './look.ts'
import { planDiff } from './plan-diff.ts'
import { outputLines, valueText } from './playbook-values.ts'
import { Sheet } from './sheet.ts'

const words: Record<RehearsedStep['result'], { word: string; colour: Colour }> = {
  answered: { word: 'asked', colour: 'green' },
  planned: { word: 'WOULD CHANGE', colour: ['bold', 'yellow'] },
  unchanged: { word: 'nothing to change', colour: 'dim' },
  later: { word: 'known after apply', colour: 'cyan' },
  skipped: { word: 'skipped', colour: 'dim' },
  failed: { word: 'WOULD FAIL', colour: ['bold', 'red'] },
  open: { word: 'somebody answers', colour: 'magenta' },
  would: { word: 'would', colour: 'dim' },
}

/** One step of a rehearsal, as it is gone over. */
export async function rehearsedText(number: number, step: RehearsedStep, look: Look): Promise<string> {
  const { result, why, outputs, args, plan, previews, preflight, certain, before } = step
  const { word, colour } = words[result]
  const sheet = new Sheet().blank()
  const title = `${step.step}: ${step.title ?? step.run ?? step.type}${certain ? '' : ' (on some way)'}`
  sheet.lead(`${String(number).padStart(3)}.`, title)
  sheet.lead(word, [why ?? '', before ? '(as it is now, before the changes above)' : ''].join(' ').trim(), {
    indent: 5,
    colour,
  })
  for (const [name, value] of Object.entries(args ?? {}))
    sheet.field('with', `${name}: ${valueText(value)}`, { indent: 5, colour: 'dim' })
  if (result === 'answered')
    for (const { name, text } of outputLines(outputs ?? null)) sheet.field(name, text, { indent: 5, colour: 'dim' })
  for (const change of plan?.changes ?? []) sheet.field('change', changeText(change), { indent: 5 })
  if (plan)
    for (const text of lossTexts(irreversibleOf(plan))) sheet.field('for good', text, { indent: 5, colour: 'yellow' })
  for (const one of preflight?.refusals ?? []) sheet.field('refused', one.why, { indent: 5, colour: 'red' })
  const missing = preflight?.rights.filter(({ allowed }) => !allowed) ?? []
  for (const { attributes } of missing)
    sheet.field('no right', `${attributes.verb} ${attributes.resource} ${attributes.namespace ?? ''}`, {
      indent: 5,
      colour: 'red',
    })
  const passing = new Set(plan?.changes.flatMap(({ id, temporary }) => (temporary ? [id] : [])))
  const lasting = (previews ?? []).filter(({ change }) => !passing.has(change))
  const diff = lasting.length === 0 ? '' : `\n${await planDiff(lasting, look, { longest: 240 })}`
  return sheet.toText(look) + diff
}
