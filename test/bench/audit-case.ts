import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { ask, questions, wordsFor } from '../../src/audit-log/questions/questions.ts'
import { readAuditLog } from '../../src/audit-log/read/read-audit-log.ts'
import { mergeStages } from '../../src/audit-log/request.ts'

// One case of audit.ts, in a process of its own so that its memory is its own: node audit-case.ts CASE FILE
const [name = '', file = ''] = process.argv.slice(2)

if (name === 'parse') {
  // What a script does: every line, as a value.
  let events = 0
  for await (const line of createInterface({ input: createReadStream(file, { highWaterMark: 1024 * 1024 }) })) {
    if ((JSON.parse(line) as { verb?: string }).verb !== undefined) events += 1
  }
  process.stderr.write(`${events} events\n`)
} else {
  const asked = questions.filter(({ id, words }) => (name === 'filtered' ? words : name === 'all' || id === name))
  const words = wordsFor(asked)
  const { events, report } = readAuditLog(file, { filter: words ? { words } : {} })
  let findings = 0
  for await (const finding of ask(mergeStages(events), asked)) findings += finding.count
  process.stderr.write(`${report.lines} lines, ${report.events} events parsed, ${findings} requests found\n`)
}
