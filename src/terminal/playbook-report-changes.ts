import type { ChangeOfRun, PlanOfRun, PlaybookReport } from '../playbook/report/model.ts'
import { lossTexts, objectText } from './change-text.ts'
import { plain } from './look.ts'
import { planDiff } from './plan-diff.ts'
import {
  type Block,
  command,
  heading,
  type Inline,
  type Item,
  joined,
  name,
  said,
  timeText,
} from './playbook-report-document.ts'
import { leftText, stateText } from './step-text.ts'

/** Each plan with its changes: what became of them, before and after, what does not come back, and how it is undone. */
export async function changesBlocks({ changes }: PlaybookReport): Promise<Block[]> {
  if (changes.length === 0) return [heading('Changes'), { kind: 'text', text: ['Nothing was changed in the cluster.'] }]
  const blocks: Block[] = [heading('Changes')]
  for (const plan of changes) blocks.push(...(await planBlocks(plan)))
  return blocks
}

async function planBlocks(plan: PlanOfRun): Promise<Block[]> {
  const { changes, irreversible, notes } = plan
  const lasting = changes.filter(({ temporary }) => !temporary)
  const brief = changes.length - lasting.length
  const blocks: Block[] = [
    { kind: 'heading', level: 3, text: ['Plan ', name(plan.plan), ' of step ', name(plan.step)] },
    { kind: 'facts', facts: planFacts(plan) },
    { kind: 'list', items: lasting.map(changeItem) },
  ]
  if (brief > 0)
    blocks.push({ kind: 'text', tone: 'soft', text: [`${brief} more were made for the proof alone, and taken back.`] })
  const diff = await diffOf(lasting)
  if (diff !== '') blocks.push({ kind: 'diff', text: diff })
  const limits = [
    ...lossTexts(irreversible).map((text): Inline => ['Does not come back: ', said(text)]),
    ...notes.map((text): Inline => ['Note: ', said(text)]),
  ]
  if (limits.length > 0) blocks.push({ kind: 'list', items: limits.map((text) => ({ text })) })
  return blocks
}

function planFacts({ plan, state, digest, user, destroys, inForce }: PlanOfRun): (readonly [string, Inline])[] {
  const undo = command(['undo', plan])
  return [
    ['State', [said(state), inForce ? '; in force' : '']],
    ['Digest', ['SHA-256 ', name(digest)]],
    ...(user === undefined ? [] : [['As', [name(user)]] as const]),
    ...(destroys.length === 0 ? [] : [['Destroyed', joined(destroys.map((one) => [name(objectText(one))]))] as const]),
    ['Undo', inForce ? [undo] : ['there is nothing to take back']],
  ]
}

function changeItem({ do: how, ref, why, state, note, at, left = [] }: ChangeOfRun): Item {
  const more: Inline[] = [
    ['Why: ', said(why)],
    ...(note === undefined ? [] : [['Note: ', said(note)]]),
    ...left.map(leftText).map(({ word, text }): Inline => [`${word} `, said(text)]),
  ]
  const what = how === 'subresource' ? 'put an ephemeral container into' : how
  return {
    text: [
      `${stateText(state).word}: ${what} `,
      name(objectText(ref)),
      ...(at === undefined ? [] : [`, ${timeText(at)}`]),
    ],
    more,
  }
}

// Of what is deleted the journal has the object; it may be long, and is nobody's business.
async function diffOf(changes: readonly ChangeOfRun[]): Promise<string> {
  const shown = changes.filter(({ before, after }) => before ?? after)
  if (shown.length === 0) return ''
  return await planDiff(
    shown.map(({ change, ref, before, after }) => ({
      change,
      ref,
      warnings: [],
      ...(before && { before }),
      ...(after && { after }),
    })),
    plain,
    { longest: 400 },
  )
}
