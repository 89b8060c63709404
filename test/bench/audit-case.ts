import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { auditPolicy } from '../../src/audit-log/coverage/policy.ts'
import { firstSeen } from '../../src/audit-log/questions/history.ts'
import { questions } from '../../src/audit-log/questions/questions.ts'
import { auditReport } from '../../src/audit-log/report.ts'
import { keepNewSpaceSmall } from '../../src/cli/memory.ts'

// One case of audit.ts, in a process of its own so that its memory is its own: node audit-case.ts QUESTION|all|parse FILE [policy]
const [name = '', file = '', policy] = process.argv.slice(2)

if (name === 'parse') {
  // What a script does: every line, as a value.
  let events = 0
  for await (const line of createInterface({ input: createReadStream(file, { highWaterMark: 1024 * 1024 }) })) {
    if ((JSON.parse(line) as { verb?: string }).verb !== undefined) events += 1
  }
  process.stderr.write(`${events} events\n`)
} else {
  keepNewSpaceSmall()
  // As the command does: what is first seen needs --since.
  const asked = questions.filter((question) => (name === 'all' ? question !== firstSeen : question.id === name))
  const rules = [{ level: 'Request' }]
  const known = auditPolicy({ apiVersion: 'audit.k8s.io/v1', kind: 'Policy', rules }, 'all is logged')
  const { read, findings } = await auditReport(file, { asked, ...(policy !== undefined && { policy: known }) })
  process.stderr.write(`${read.lines} lines, ${read.events} events, ${findings.length} findings\n`)
}
