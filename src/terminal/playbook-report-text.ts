import type { PlaybookReport } from '../playbook/report/model.ts'
import { changesBlocks } from './playbook-report-changes.ts'
import {
  type Block,
  command,
  heading,
  type Inline,
  type Item,
  joined,
  name,
  type ReportDocument,
  said,
  sinceText,
  timeText,
} from './playbook-report-document.ts'
import { headFacts, verdictBlock } from './playbook-report-head.ts'
import { lessonsBlocks } from './playbook-report-lessons.ts'
import { recordBlocks } from './playbook-report-record.ts'
import { summaryItems } from './playbook-report-summary.ts'
import { timelineBlocks } from './playbook-report-timeline.ts'

/** An incident report and post-mortem, as a document: facts of the records and nothing else, and blanks for what only people know. */
export async function reportDocument(report: PlaybookReport): Promise<ReportDocument> {
  const { incident, playbook } = report
  return {
    title: `Incident report${incident === undefined ? '' : ` ${incident}`}: ${playbook.title ?? playbook.name}`,
    blocks: [
      ...report.damage.map(
        (text): Block => ({ kind: 'text', tone: 'bad', text: ['Records are damaged: ', said(text)] }),
      ),
      verdictBlock(report),
      { kind: 'facts', facts: headFacts(report) },
      heading('Summary'),
      { kind: 'list', items: summaryItems(report) },
      ...openBlocks(report),
      ...timelineBlocks(report.timeline),
      ...decisionBlocks(report),
      ...(await changesBlocks(report)),
      ...recordBlocks(report),
      ...lessonsBlocks(report),
    ],
  }
}

const openWords: Record<PlaybookReport['open'][number]['kind'], string> = {
  damage: 'Damaged',
  unfinished: 'Not at its end',
  stopped: 'Stopped',
  'not-proved': 'Not proved',
  failed: 'Failed',
  evidence: 'Evidence',
  refused: 'Refused',
  plan: 'Not as planned',
  drift: 'Drift',
  remains: 'Left',
  'in-force': 'In force',
  'not-told': 'Not told',
  gap: 'Not seen',
  skipped: 'Skipped',
}
const mostDetails = 10

function openBlocks({ open }: PlaybookReport): Block[] {
  if (open.length === 0) return [heading('Still open'), { kind: 'text', text: ['Nothing that the records tell of.'] }]
  const items = open.map(({ kind, step, what, details, command: next }): Item => {
    // A condition is to be read as it is written.
    const piece = kind === 'skipped' ? name : said
    const more = details.slice(0, mostDetails).map((one): Inline => [piece(one)])
    if (details.length > mostDetails) more.push([`and ${details.length - mostDetails} more (-o json)`])
    if (next) more.push([command(next)])
    return {
      text: [`${openWords[kind]}: `, ...(step === undefined ? [] : ['step ', name(step), ': ']), said(what)],
      more,
    }
  })
  const now = 'How it stands in the cluster now is not part of a report: kubectl secure status.'
  return [heading('Still open'), { kind: 'list', items }, { kind: 'text', tone: 'soft', text: [now] }]
}

function decisionBlocks({ decisions }: PlaybookReport): Block[] {
  const taken = decisions.filter(({ kind }) => kind !== 'input')
  if (taken.length === 0) return [heading('Decisions'), { kind: 'text', text: ['None was taken.'] }]
  const rows = taken.map((one): Inline[] => [
    [`${timeText(one.at)} (${sinceText(one.seconds)})`],
    [name(one.step)],
    [one.kind],
    [said(one.question)],
    [...answerPieces(one), ...(one.role === undefined ? [] : [', as ', said(one.role)])],
    one.by === undefined ? ['not recorded'] : [name(one.by)],
    joined(one.plans.map(planPieces)),
  ])
  return [
    heading('Decisions'),
    { kind: 'table', headings: ['When', 'Step', 'Kind', 'Question', 'Answer', 'By', 'Plans it covers'], rows },
  ]
}

function answerPieces({ answer, label }: PlaybookReport['decisions'][number]): Inline {
  if (label !== undefined)
    return [said(label), ' (', name(typeof answer === 'string' ? answer : JSON.stringify(answer)), ')']
  return [answer === true ? 'yes' : answer === false ? 'no' : said(JSON.stringify(answer))]
}

function planPieces({ digest, plan, isSame }: PlaybookReport['decisions'][number]['plans'][number]): Inline {
  const applied =
    isSame === undefined ? [] : [isSame ? ' (it is what was applied)' : ' (what was applied is ANOTHER one)']
  return [...(plan === undefined ? ['SHA-256 '] : [name(plan), ', SHA-256 ']), name(digest), ...applied]
}
