import { escapeCell } from '../text/terminal.ts'

/**
 * Rows under headings, as kubectl prints them: columns three spaces apart. Where that is wider than the terminal, the
 * last column stands on lines of its own; nothing is cut off, since what is cut is where an attacker would hide.
 */
export function formatTable(headings: string[], rows: string[][], width = Number.POSITIVE_INFINITY): string {
  const widths = headings.map(lengthOf)
  const cells = rows.map((row) => row.map(escapeCell))
  for (const row of cells)
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, lengthOf(cell))
  const full = widths.reduce((sum, size) => sum + size + 3, -3)
  const last = headings.length - 1
  if (full <= width || last < 2) return [headings, ...cells].map((row) => formatRow(row, widths)).join('')
  const stacked = cells.map((row) => `${formatRow(row.slice(0, last), widths)}    ${row[last] ?? ''}\n`)
  return `${formatRow(headings, widths)}${stacked.join('')}`
}

function formatRow(row: string[], widths: number[]): string {
  let line = ''
  for (const [column, cell] of row.entries()) {
    if (column > 0) line += '   '
    line += column === row.length - 1 ? cell : cell + ' '.repeat((widths[column] ?? 0) - lengthOf(cell))
  }
  return `${line.trimEnd()}\n`
}

function lengthOf(text: string): number {
  let length = 0
  for (const _ of text) length += 1
  return length
}
