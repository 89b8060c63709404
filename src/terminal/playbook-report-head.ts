import type { Pinned } from '../playbook/model.ts'
import type { PlaybookReport } from '../playbook/report/model.ts'
import { objectText } from './change-text.ts'
import {
  type Block,
  durationText,
  type Inline,
  joined,
  name,
  said,
  sinceText,
  timeText,
} from './playbook-report-document.ts'

const verdicts = {
  contained: { word: 'Contained', tone: 'good' },
  partly: { word: 'Contained in part', tone: 'odd' },
  'not-contained': { word: 'Not contained', tone: 'bad' },
  'not-proved': { word: 'Containment is not proved', tone: 'bad' },
} as const

/** Whether it is contained, when, and by which proofs. */
export function verdictBlock({ containment: { state, proofs }, times, state: run }: PlaybookReport): Block {
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

/** What it is about, where, when and who. */
export function headFacts(report: PlaybookReport): (readonly [string, Inline])[] {
  const { run, playbook, cluster, incident, reason, state, why, times, people, made } = report
  const { firstSeen, begun, contained, ended, undone } = times
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
    ...(undone ? [['Taken back', [`${timeText(undone.at)} (${sinceText(undone.seconds)})`]] as const] : []),
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

/** A value that may be an object of the cluster. */
function pinText(value: PlaybookReport['decisions'][number]['answer']): string {
  if (typeof value === 'string') return value
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return JSON.stringify(value)
  const { kind, name: called, uid } = value
  if (typeof kind !== 'string' || typeof called !== 'string') return JSON.stringify(value)
  return `${objectText(value as Pinned)}${typeof uid === 'string' ? ` (uid ${uid})` : ''}`
}
