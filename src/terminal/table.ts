import { escapeForTerminal } from '../text/terminal.ts'

/**
 * Rows under headings, as kubectl prints them: columns three spaces apart. Where that is wider than the terminal, the
 * last column stands on lines of its own; nothing is cut off, since what is cut is where an attacker would hide.
 */
export function formatTable(headings: string[], rows: string[][], width = Number.POSITIVE_INFINITY): string {
  const cells = [headings, ...rows.map((row) => row.map((cell) => escapeForTerminal(cell)))]
  const widths = headings.map((_, column) => Math.max(...cells.map((row) => lengthOf(row[column] ?? ''))))
  const last = headings.length - 1
  const full = widths.reduce((sum, size) => sum + size + 3, -3)
  if (full <= width || last < 2) return lines(cells, widths)
  const short = cells.map((row) => row.slice(0, last))
  return cells
    .map((row, index) => `${lines([short[index] ?? []], widths)}${index === 0 ? '' : `    ${row[last] ?? ''}\n`}`)
    .join('')
}

function lines(cells: string[][], widths: number[]): string {
  return cells
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - lengthOf(cell)))
          .join('   ')
          .trimEnd()}\n`,
    )
    .join('')
}

function lengthOf(text: string): number {
  let length = 0
  for (const _ of text) length += 1
  return length
}
