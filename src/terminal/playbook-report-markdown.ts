import type { Lane, LaneRow, PlaybookReport } from '../playbook/report/model.ts'
import { markdownBlock, markdownCode, markdownProse } from '../text/markdown.ts'
import { type Block, type Inline, type Item, sinceText } from './playbook-report-document.ts'
import { reportDocument } from './playbook-report-text.ts'
import { actorText, clockText, deedText, laneNames, lanesWith } from './playbook-report-timeline.ts'

/** A report as GitHub-flavoured Markdown. What comes from the records is plain words and code spans: no link, no image, no HTML, no heading is made of it. */
export async function reportMarkdown(report: PlaybookReport): Promise<string> {
  const { title, blocks } = await reportDocument(report)
  return `# ${markdownProse(title)}\n\n${blocks.map(blockText).join('\n\n')}\n`
}

// To be typed over.
const blank = '\\_'.repeat(8)

const tones = { good: '✔ ', bad: '⚠ ', odd: '⚠ ', soft: '' } as const

function blockText(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `${'#'.repeat(block.level)} ${inline(block.text)}`
    case 'text': {
      const text = inline(block.text)
      return block.tone === undefined || block.tone === 'soft' ? text : `> **${tones[block.tone].trim()}** ${text}`
    }
    case 'list':
      return block.items.map(itemText).join('\n')
    case 'facts':
      return table(
        ['', ''],
        block.facts.map(([key, value]) => [`**${key}**`, inline(value, true)]),
      )
    case 'table':
      return table(
        block.headings,
        block.rows.map((cells) => cells.map((cell) => inline(cell, true))),
      )
    case 'diff':
      return markdownBlock(block.text, 'diff')
    case 'lanes':
      return laneTable(block.rows)
    case 'ask':
      return `**${block.text}**\n\n${blank}`
  }
}

function itemText({ text, more = [] }: Item): string {
  // An item of nothing but blanks would be none.
  const line = (pieces: Inline) => inline(pieces).trim() || '–'
  return [`- ${line(text)}`, ...more.map((one) => `  - ${line(one)}`)].join('\n')
}

function laneTable(rows: readonly LaneRow[]): string {
  const lanes = lanesWith(rows)
  const cells = rows.map((row) => laneCells(row, lanes))
  return table(['When', ...lanes.map((lane) => laneNames[lane]), 'Source'], cells)
}

function laneCells(row: LaneRow, lanes: readonly Lane[]): string[] {
  const text = inline([...actorText(row), ': ', ...deedText(row)], true)
  const doubt = row.clockUnknown ? ' ?' : ''
  return [
    `${clockText(row.corrected)}${doubt} (${sinceText(row.seconds)})`,
    ...lanes.map((lane) => (lane === row.lane ? text : '')),
    markdownCode(row.source, { inTable: true }),
  ]
}

function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(headings), line(headings.map(() => '---')), ...rows.map(line)].join('\n')
}

function inline(pieces: Inline, inTable = false): string {
  return pieces
    .map((piece) => {
      if (typeof piece === 'string') return piece
      return 'said' in piece ? markdownProse(piece.said, { inTable }) : markdownCode(piece.name, { inTable })
    })
    .join('')
}
