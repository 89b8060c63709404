import type { PlaybookReport } from '../playbook/report/model.ts'
import { count } from './change-text.ts'
import {
  command,
  durationText,
  type Inline,
  type Item,
  joined,
  name,
  said,
  sinceText,
} from './playbook-report-document.ts'

/** The incident in a few lines, each a fact of the records. */
export function summaryItems(report: PlaybookReport): Item[] {
  return [
    ...proofItems(report),
    { text: intruderText(report) },
    { text: changesText(report) },
    { text: evidenceText(report) },
    ...stepsItem(report),
  ]
}

function proofItems({ containment: { proofs } }: PlaybookReport): Item[] {
  return proofs.map(({ step, action, of, holds, verdict, reasons, seconds }) => ({
    text: [
      holds ? '✔ ' : '✘ ',
      of === 'cut' ? 'Cut: step ' : 'Checked: step ',
      name(step),
      ...(action === undefined ? [] : [' (', name(action), ')']),
      of === 'cut' ? ', verdict ' : holds ? ', it was so: ' : ', it was not so: ',
      name(verdict),
      ` (${sinceText(seconds)})`,
    ],
    more: reasons.map((one) => [said(one)]),
  }))
}

function intruderText({ timeline: { suspects, rows, read }, times: { firstSeen } }: PlaybookReport): Inline {
  if (suspects.length === 0) return ['The run names nobody whose acts could be looked for in logs.']
  const who = joined(suspects.map(({ user, by }) => [name(user), ' (', said(by), ')']))
  if (read.length === 0) return ['It is about ', ...who, '; no evidence and no audit log says what they did.']
  const theirs = rows.filter(({ lane }) => lane === 'intruder')
  const acts = theirs.reduce((sum, { count: times }) => sum + times, 0)
  const first = firstSeen
    ? `, the first ${durationText(firstSeen.seconds)} ${firstSeen.seconds < 0 ? 'before' : 'after'} the run began`
    : ''
  return ['It is about ', ...who, `: ${count(acts, 'act')} of theirs in logs${first}.`]
}

function changesText({ changes, run }: PlaybookReport): Inline {
  if (changes.length === 0) return ['Nothing was changed in the cluster.']
  const inForce = changes.filter((one) => one.inForce).length
  const made = changes.reduce((sum, { changes: all }) => sum + all.filter(({ temporary }) => !temporary).length, 0)
  const head = `${count(changes.length, 'plan')} with ${count(made, 'change')}, ${inForce} of them in force`
  if (inForce === 0) return [`${head}.`]
  return [`${head}; `, command(['playbook', 'undo', run]), ' takes back what can come back.']
}

function evidenceText({ evidence }: PlaybookReport): Inline {
  if (evidence.length === 0) return ['No evidence was taken.']
  const whole = evidence.filter(({ complete }) => complete).length
  const same = evidence.filter(({ now }) => now === 'as-sealed').length
  return [
    `${count(evidence.length, 'bundle')} of evidence: ${whole} complete, ${same} with the SHA-256 that was sealed.`,
  ]
}

function stepsItem({ steps }: PlaybookReport): Item[] {
  const counts = [...Map.groupBy(steps, ({ outcome }) => outcome)]
  if (counts.length === 0) return []
  const tally = counts.map(([outcome, some]): Inline => [`${some.length} `, said(outcome)])
  return [{ text: [`${count(steps.length, 'step')}: `, ...joined(tally), '.'] }]
}
