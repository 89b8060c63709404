import type { PlaybookReport } from '../playbook/report/model.ts'
import { type Block, heading, type Inline, name, said, sinceText, timeText } from './playbook-report-document.ts'
import { checkBlocks, evidenceBlocks, foundPieces } from './playbook-report-evidence.ts'

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
    foundPieces(one.outputs ?? null),
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
