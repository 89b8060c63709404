import type { PlaybookReport } from '../playbook/report/model.ts'
import { count, objectText } from './change-text.ts'
import {
  type Block,
  command,
  heading,
  type Inline,
  joined,
  name,
  said,
  sinceText,
  timeText,
} from './playbook-report-document.ts'
import { outputTexts } from './playbook-values.ts'

const mostNames = 30

const fileNow = {
  'as-sealed': 'as it was sealed',
  changed: 'NOT the file that was sealed',
  missing: 'not there any more',
  unreadable: 'cannot be read',
} as const

/** Each bundle: where it is, what it covers, and how to verify it. */
export function evidenceBlocks({ evidence }: PlaybookReport): Block[] {
  if (evidence.length === 0) return [heading('Evidence'), { kind: 'text', text: ['None was taken.'] }]
  const blocks = evidence.flatMap((one): Block[] => [
    { kind: 'heading', level: 3, text: ['Step ', name(one.step)] },
    {
      kind: 'facts',
      facts: [
        ['File', [name(one.file), `, ${fileNow[one.now]}`]],
        ['SHA-256', [name(one.digest)]],
        ['Taken', [`${timeText(one.at)} (${sinceText(one.seconds)})`]],
        ['Complete', [one.complete ? 'yes' : 'NO']],
        ['Covers', namesOf(one.covers)],
        ...(one.missing.length > 0 ? [['Without', namesOf(one.missing)] as const] : []),
        ...(one.gaps.length > 0
          ? [
              [
                'Gaps',
                joined(
                  one.gaps.slice(0, mostNames).map((gap) => [said(gap)]),
                  '; ',
                ),
              ] as const,
            ]
          : []),
        ['Verify', [command(one.verify)]],
      ],
    },
  ])
  return [heading('Evidence'), ...blocks]
}

function namesOf(pins: PlaybookReport['evidence'][number]['covers']): Inline {
  if (pins.length === 0) return ['nothing']
  const names = pins
    .slice(0, mostNames)
    .map((one): Inline => [name(`${objectText(one)}${one.uid === undefined ? '' : ` (uid ${one.uid})`}`)])
  return pins.length > mostNames ? [...joined(names), ` and ${pins.length - mostNames} more`] : joined(names)
}

/** What was asked afterwards. */
export function checkBlocks({ checks }: PlaybookReport): Block[] {
  if (checks.length === 0) return [heading('Validation'), { kind: 'text', text: ['Nothing was asked afterwards.'] }]
  const rows = checks.map((one): Inline[] => [
    [`${timeText(one.at)} (${sinceText(one.seconds)})`],
    [name(one.step), ...(one.title === undefined ? [] : [': ', said(one.title)])],
    [
      ...(one.action === undefined ? [] : [name(one.action)]),
      ...(one.until === undefined ? [] : [' until ', name(one.until)]),
    ],
    [
      one.isSo ? '✔ it was so' : '✘ it was NOT so',
      one.tries === undefined ? '' : `, ${count(one.tries, 'try', 'tries')}`,
      ...(one.timeout === undefined ? [] : [', at most ', said(one.timeout)]),
    ],
    foundPieces(one.outputs),
  ])
  return [heading('Validation'), { kind: 'table', headings: ['When', 'Step', 'Asked', 'Result', 'Seen'], rows }]
}

/** What a step found, in words. */
export function foundPieces(outputs: Parameters<typeof outputTexts>[0]): Inline {
  return joined(
    outputTexts(outputs).map(({ name: key, text }) => [`${plainKey(key)}: `, said(text)]),
    '; ',
  )
}

// Names of outputs are ours, but a journal is a file.
const plainKey = (key: string): string => (/^\w+$/.test(key) ? key : '(other)')
