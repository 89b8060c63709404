import { parseArgs } from 'node:util'
import { startCluster } from '../cluster/start-cluster.ts'
import { breakdown, elapsed, runFuzz, summary } from './run.ts'
import { openStage } from './stage.ts'
import { quietCluster } from './quiet-cluster.ts'

// `npm run fuzz:rbac -- --count N --seed S`: our authorizer and questions against a real kube-apiserver, on random worlds.
const { values } = parseArgs({ options: { count: { type: 'string', default: '20000' }, seed: { type: 'string' } } })
const count = Number(values.count)
const seed = values.seed === undefined ? Math.floor(Math.random() * 1e9) : Number(values.seed)
if (!Number.isSafeInteger(count) || !Number.isSafeInteger(seed) || count < 1) {
  process.stderr.write('usage: fuzz:rbac [--count N] [--seed S]\n')
  process.exit(2)
}

process.stderr.write(`seed ${seed}\n`)
const cluster = await startCluster({ level: 'control-plane', ...quietCluster })
try {
  const stage = await openStage(cluster)
  const result = await runFuzz(stage, {
    count,
    seed,
    onProgress: (soFar) => {
      if (soFar.worlds % 10 === 0) process.stderr.write(`${elapsed()}: ${summary(soFar)}\n`)
    },
  })
  stage.close()
  for (const mismatch of result.mismatches) process.stdout.write(`${mismatch}\n\n`)
  process.stderr.write(`${elapsed()}: ${breakdown(result)}\n`)
  process.stdout.write(`${summary(result)}\n`)
  process.exitCode = result.mismatches.length > 0 ? 1 : 0
} finally {
  await cluster.stop()
}
