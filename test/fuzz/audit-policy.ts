import { parseArgs } from 'node:util'
import { tryPolicy } from '../real/audit-log/policy-trial.ts'
import { elapsed } from './run.ts'

// node test/fuzz/audit-policy.ts --count N --seed S: our reading of audit policies against what real API servers log.
const { values } = parseArgs({ options: { count: { type: 'string', default: '5000' }, seed: { type: 'string' } } })
const first = values.seed === undefined ? Math.floor(Math.random() * 1e9) : Number(values.seed)
const perPolicy = 500
let [comparisons, logged, seed] = [0, 0, first]
while (comparisons < Number(values.count)) {
  const trial = await tryPolicy(seed, perPolicy)
  comparisons += trial.comparisons
  logged += trial.logged
  process.stderr.write(
    `${elapsed()}: seed ${seed}: ${trial.mismatches.length} mismatches, ${trial.logged} of ${perPolicy} logged\n`,
  )
  if (trial.mismatches.length > 0) {
    process.stdout.write(`${trial.mismatches.slice(0, 5).join('\n\n')}\n`)
    process.exitCode = 1
    break
  }
  seed += 1
}
process.stdout.write(`${comparisons} comparisons, ${logged} logged, seeds ${first} to ${seed}\n`)
