import type { PlaybookTestReport } from '../playbook/test/test-playbook.ts'
import type { Look } from './look.ts'
import { Sheet } from './sheet.ts'

/** A line a case, and what differs below it; then the ways that no case takes. */
export function playbookTestsText({ playbooks }: PlaybookTestReport, look: Look): string {
  const sheet = new Sheet()
  for (const { name, cases, coverage } of playbooks) {
    for (const one of cases) {
      sheet.lead(one.ok ? 'ok    ' : 'FAILED', `${name}: ${one.name}`, { colour: one.ok ? 'green' : ['bold', 'red'] })
      for (const { at, expected, got } of one.differences)
        sheet
          .line(at, { indent: 8 })
          .field('expected', expected, { indent: 10 })
          .field('got', got, { indent: 10, colour: 'red' })
    }
    const { ways, missing } = coverage
    const all = missing.length === 0
    sheet.lead(all ? 'all   ' : 'not   ', `${name}: ${ways - missing.length} of ${ways} ways are taken`, {
      colour: all ? 'green' : 'yellow',
    })
    for (const text of missing) sheet.line(text, { indent: 8 })
  }
  return sheet.toText(look)
}
