import { parseArgs } from 'node:util'
import { startCluster } from '../cluster/start-cluster.ts'
import { openStage } from '../real/network/stage.ts'
import { runTrial, type Trial } from '../real/network/trial.ts'
import { drawFrom } from './draw.ts'
import { quietCluster } from './quiet-cluster.ts'

// node test/fuzz/network.ts --count N --seed S: our verdicts against what Calico lets through, on random policies; N flows.
const { values } = parseArgs({ options: { count: { type: 'string', default: '2000' }, seed: { type: 'string' } } })
const count = Number(values.count)
const seed = values.seed === undefined ? Math.floor(Math.random() * 1e9) : Number(values.seed)
if (!Number.isSafeInteger(count) || !Number.isSafeInteger(seed) || count < 1) {
  process.stderr.write('usage: network.ts [--count N] [--seed S]\n')
  process.exit(2)
}

process.stderr.write(`seed ${seed}\n`)
const total: Trial = { flows: 0, allowed: 0, denied: 0, unknown: 0, mismatches: [] }
const cluster = await startCluster({ level: 'node', ...quietCluster })
const stage = await openStage(cluster)
try {
  for (let round = 0; total.flows < count; round += 1) {
    const trial = await runTrial(stage, drawFrom(seed + round), Number.POSITIVE_INFINITY)
    for (const key of ['flows', 'allowed', 'denied', 'unknown'] as const) total[key] += trial[key]
    total.mismatches.push(...trial.mismatches)
    for (const line of trial.mismatches) process.stdout.write(`seed ${seed + round}: ${line}\n`)
    process.stderr.write(`${summary()}\n`)
  }
  process.stdout.write(`${summary()}\n`)
  process.exitCode = total.mismatches.length > 0 ? 1 : 0
} finally {
  stage.close()
  await cluster.stop()
}

function summary(): string {
  const { flows, allowed, denied, unknown, mismatches } = total
  return `${flows} flows (${allowed} allowed, ${denied} denied; ${unknown} more unknown), ${mismatches.length} lines of mismatches`
}
