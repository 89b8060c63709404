import { join } from 'node:path'
import { askUnused } from '../../src/cli/ask-unused.ts'

// The case of unused.ts, in a process of its own so that its memory is its own: node unused-case.ts FOLDER [emit]
const [folder = '', emit] = process.argv.slice(2)
const report = await askUnused(
  {
    snapshot: [join(folder, 'rbac.json')],
    'audit-log': [join(folder, 'audit.log')],
    'audit-policy': join(folder, 'policy.json'),
    emit: emit === undefined ? undefined : join(folder, 'out'),
  },
  {},
)
process.stderr.write(
  `${report.read.lines} lines, ${report.grants.length} grants, ${report.narrowed?.replay.requests ?? 0} replayed\n`,
)
