import { parseArgs } from 'node:util'
import fc from 'fast-check'
import { startCluster } from '../cluster/start-cluster.ts'
import { loggingCluster, openBench } from '../real/unused/bench.ts'
import { trials, emptyTally, tryTrial } from '../real/unused/random-trial.ts'
import { elapsed } from './run.ts'

// `npm run fuzz:unused -- --worlds N --seed S`: RBAC narrowed to the audit log of a real kube-apiserver, on random worlds, and the same requests again.
const { values } = parseArgs({ options: { worlds: { type: 'string', default: '300' }, seed: { type: 'string' } } })
const numRuns = Number(values.worlds)
const seed = values.seed === undefined ? Math.floor(Math.random() * 1e9) : Number(values.seed)
if (!Number.isSafeInteger(numRuns) || !Number.isSafeInteger(seed) || numRuns < 1) {
  process.stderr.write('usage: fuzz:unused [--worlds N] [--seed S]\n')
  process.exit(2)
}

process.stderr.write(`seed ${seed}\n`)
const cluster = await startCluster({ level: 'control-plane', ...loggingCluster })
try {
  const bench = await openBench(cluster)
  const tally = emptyTally()
  const property = fc.asyncProperty(trials, async (one) => {
    const wrong = await tryTrial(bench, one, tally)
    if (tally.worlds % 20 === 0) process.stderr.write(`${elapsed()}: ${tally.worlds} worlds\n`)
    if (wrong.length > 0) throw new Error(wrong.join('\n  '))
  })
  const found = await fc.check(property, { numRuns, seed })
  bench.close()
  if (found.failed)
    process.stdout.write(`MISMATCH ${JSON.stringify(found.counterexample)}:\n  ${String(found.errorInstance)}\n`)
  process.stderr.write(`${elapsed()}: ${JSON.stringify({ passed: tally.passed, refused: tally.refused })}\n`)
  process.stdout.write(
    `${tally.worlds} worlds, ${tally.requests} requests, ${tally.reviews} reviews, ${tally.emitted} objects applied or deleted, ${found.failed ? 1 : 0} mismatches, seed ${seed}\n`,
  )
  process.exitCode = found.failed ? 1 : 0
} finally {
  await cluster.stop()
}
