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

/** Evidence, checks, who was told, techniques, what steps found, and whether the records are whole. */
export function recordBlocks(report: PlaybookReport): Block[] {
  return [
    ...evidenceBlocks(report),
    ...checkBlocks(report),
    ...toldBlocks(report),
    ...attackBlocks(report),
    ...stepBlocks(report),
    ...integrityBlocks(report),
  ]
}

const fileNow = {
  'as-sealed': 'as it was sealed',
  changed: 'NOT the file that was sealed',
  missing: 'not there any more',
  unreadable: 'cannot be read',
} as const

function evidenceBlocks({ evidence }: PlaybookReport): Block[] {
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

function checkBlocks({ checks }: PlaybookReport): Block[] {
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
    joined(
      outputTexts(one.outputs).map(({ name: key, text }) => [`${plainKey(key)}: `, said(text)]),
      '; ',
    ),
  ])
  return [heading('Validation'), { kind: 'table', headings: ['When', 'Step', 'Asked', 'Result', 'Seen'], rows }]
}

// Names of outputs are ours, but a journal is a file.
const plainKey = (key: string): string => (/^\w+$/.test(key) ? key : '(other)')

function toldBlocks({ told }: PlaybookReport): Block[] {
  if (told.length === 0) return [heading('Notifications'), { kind: 'text', text: ['Nobody was told by the run.'] }]
  const rows = told.map((one): Inline[] => [
    [`${timeText(one.at)} (${sinceText(one.seconds)})`],
    one.channel === undefined ? ['not known'] : [name(one.channel)],
    [one.sent ? '✔ arrived' : '✘ did not arrive', ...(one.why === undefined ? [] : [': ', said(one.why)])],
    one.message === undefined ? ['not recorded'] : [said(one.message)],
  ])
  return [heading('Notifications'), { kind: 'table', headings: ['When', 'Channel', 'Arrived', 'Message'], rows }]
}

function attackBlocks({ attack, playbook: { sources } }: PlaybookReport): Block[] {
  const by = { playbook: 'the playbook is about it', log: 'the log shows it' }
  return [
    ...(attack.length === 0
      ? []
      : [
          heading('ATT&CK'),
          {
            kind: 'list' as const,
            items: attack.map((one) => ({
              text: [name(one.id), ': ', one.by.map((how) => by[how]).join(', '), '; ', name(one.url)],
            })),
          },
        ]),
    ...(sources.length === 0
      ? []
      : [
          heading('Sources of the playbook'),
          { kind: 'list' as const, items: sources.map(({ title, url }) => ({ text: [said(title), ': ', name(url)] })) },
        ]),
  ]
}

function stepBlocks({ steps }: PlaybookReport): Block[] {
  const rows = steps.map((one): Inline[] => [
    one.ended === undefined ? ['not ended'] : [timeText(one.ended)],
    [name(one.step), ...(one.title === undefined ? [] : [': ', said(one.title)])],
    [one.action !== undefined ? name(one.action) : one.type === '' ? 'not come to' : said(one.type)],
    [said(one.outcome), ...(one.why === undefined ? [] : [': ', said(one.why)])],
    joined(
      outputTexts(one.outputs ?? null).map(({ name: key, text }) => [`${plainKey(key)}: `, said(text)]),
      '; ',
    ),
  ])
  return [heading('Steps'), { kind: 'table', headings: ['Ended', 'Step', 'Does', 'Outcome', 'Found'], rows }]
}

function integrityBlocks({ integrity, made }: PlaybookReport): Block[] {
  const { file, lines, head, broken, torn, plans, playbookKept } = integrity
  const state = broken
    ? [`BROKEN at line ${broken.line}: `, said(broken.why)]
    : [torn ? 'whole but for a last line that was not finished' : 'whole']
  const chains = plans.map(({ plan, file: where, lines: count, head: hash, whole, why }): Inline[] => [
    ['plan ', name(plan)],
    [name(where)],
    [String(count)],
    whole ? ['whole'] : ['NOT whole', ...(why === undefined ? [] : [': ', said(why)])],
    [name(hash)],
  ])
  const rows: Inline[][] = [[['the run'], [name(file)], [String(lines)], state, [name(head)]], ...chains]
  return [
    heading('Integrity'),
    { kind: 'table', headings: ['Journal of', 'File', 'Lines', 'Chain', 'Hash of its last line'], rows },
    {
      kind: 'text',
      tone: 'soft',
      text: [
        `Each line is hashed with the one before it: the last hash stands for all. As they were at ${timeText(made)}. `,
        playbookKept
          ? 'The playbook that was run is kept beside the journal, with the digest that the journal has.'
          : 'The playbook that was run is NOT kept beside the journal.',
        ' What looked like a credential is masked.',
      ],
    },
  ]
}
