import type { Pinned } from '../playbook/model.ts'
import type { PlaybookReport } from '../playbook/report/model.ts'
import { objectText } from './change-text.ts'
import { changesBlocks } from './playbook-report-changes.ts'
import {
  type Block,
  command,
  durationText,
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

const verdicts = {
  contained: { word: 'Contained', tone: 'good' },
  partly: { word: 'Contained in part', tone: 'odd' },
  'not-contained': { word: 'Not contained', tone: 'bad' },
  'not-proved': { word: 'Containment is not proved', tone: 'bad' },
} as const

function verdictBlock({ containment: { state, proofs }, times, state: run }: PlaybookReport): Block {
  const { word, tone } = verdicts[state]
  const after = times.contained ? `, ${durationText(times.contained.seconds)} after the run began` : ''
  const by = proofs.filter(({ holds }) => holds === (state === 'contained'))
  const proof: Inline = by.length === 0 ? [] : [': ', ...joined(by.map(proofPieces), '; ')]
  if (run !== 'undone' && run !== 'partly-undone')
    return { kind: 'text', tone, text: [`${word}${after}`, ...proof, '.'] }
  const back = `. ${run === 'undone' ? 'What' : 'Part of what'} the run changed was taken back since.`
  return { kind: 'text', tone: tone === 'good' ? 'odd' : tone, text: [`${word}${after}`, ...proof, back] }
}

function proofPieces({ step, of, holds, verdict }: PlaybookReport['containment']['proofs'][number]): Inline {
  if (of === 'cut') return ['step ', name(step), ' has the verdict ', said(verdict)]
  return ['step ', name(step), holds ? ' saw that it is so: ' : ' saw that it is not so: ', name(verdict)]
}

function headFacts(report: PlaybookReport): (readonly [string, Inline])[] {
  const { run, playbook, cluster, incident, reason, state, why, times, people, made } = report
  const { firstSeen, begun, contained, ended } = times
  return [
    ...(incident === undefined ? [] : [['Incident', [name(incident)]] as const]),
    ...(reason === undefined ? [] : [['Reason', [said(reason)]] as const]),
    ...aboutFacts(report),
    ['Cluster', [name(cluster.server), ' (id ', name(cluster.id), ')']],
    ['Run', [name(run), ', ', said(state), ...(why === undefined ? [] : [': ', said(why)])]],
    ['Playbook', [name(playbook.name), ' ', name(playbook.version), ', SHA-256 ', name(playbook.digest)]],
    ...(firstSeen
      ? [
          [
            'First seen',
            [
              timeText(firstSeen.at),
              ` (${sinceText(firstSeen.seconds)}): `,
              said(firstSeen.what),
              ', ',
              name(firstSeen.source),
            ],
          ] as const,
        ]
      : []),
    ['Begun', [timeText(begun)]],
    ['Contained', [contained ? `${timeText(contained.at)} (${sinceText(contained.seconds)})` : 'not proved']],
    ['Ended', [ended ? `${timeText(ended.at)} (${sinceText(ended.seconds)})` : 'not yet']],
    [
      'Responders',
      joined(
        people.map(({ who, did }) => [name(who), ': ', said(did.join(', '))]),
        '; ',
      ),
    ],
    ['Report made', [timeText(made), ', of the records on this machine; no cluster was asked']],
  ]
}

// Inputs that were left out tell nothing.
function aboutFacts({ decisions }: PlaybookReport): (readonly [string, Inline])[] {
  const given = decisions.filter(({ kind, answer }) => kind === 'input' && answer !== null)
  const pieces = given.map(({ step, answer }): Inline => [said(step), ' ', name(pinText(answer))])
  return pieces.length === 0 ? [] : [['About', joined(pieces)]]
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

/** A value that may be an object of the cluster. */
function pinText(value: PlaybookReport['decisions'][number]['answer']): string {
  if (typeof value === 'string') return value
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return JSON.stringify(value)
  const { kind, name: called, uid } = value
  if (typeof kind !== 'string' || typeof called !== 'string') return JSON.stringify(value)
  return `${objectText(value as Pinned)}${typeof uid === 'string' ? ` (uid ${uid})` : ''}`
}
