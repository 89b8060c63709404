import { parseArgs } from 'node:util'
import { drawnAll, textsAll } from './playbook-drawn.ts'
import { killAll } from './playbook-kill.ts'

// `npm run fuzz:playbook`: files that are to be playbooks, and drawn playbooks on a snapshot and on a real server; see unit/playbook/fuzz-*.
// `npm run fuzz:playbook -- kill`: kill -9 at every record of every shipped playbook, then resume; see real/playbook/kill.
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: 'string', default: '3000' },
    real: { type: 'string', default: '60' },
    seed: { type: 'string', default: '42' },
    case: { type: 'string', multiple: true },
    journal: { type: 'string', multiple: true },
    how: { type: 'string', multiple: true },
    step: { type: 'string', default: '1' },
    at: { type: 'string' },
    jobs: { type: 'string', default: '3' },
  },
})
const report = (line: string): void => void process.stdout.write(`${line}\n`)
const numbers = { count: Number(values.count), real: Number(values.real), seed: Number(values.seed) }
const isRight =
  positionals[0] === 'kill'
    ? (await killAll(values, report)) === 0
    : (await textsAll(numbers, report)) && (await drawnAll(numbers, report))
process.exitCode = isRight ? 0 : 1
