import { escapeForTerminal } from './terminal.ts'

// How spreadsheets tell that a cell is a formula, also in the full width of East Asian keyboards
// (https://owasp.org/www-community/attacks/CSV_Injection). Where the list separator is `;` a cell begins behind each of those too.
const formula = /(^|;)\s*(?=[=+\-@＝＋－＠])/g

/**
 * A record of CSV (RFC 4180), every cell quoted. What would be a formula in a spreadsheet gets a `'` in front, and what is hostile to a reader is shown as
 * in a terminal: a record is always one line.
 */
export function csvLine(cells: readonly string[]): string {
  return `${cells.map((cell) => `"${escapeForTerminal(cell).replace(formula, "$&'").replaceAll('"', '""')}"`).join(',')}\r\n`
}
