import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { answerPaths } from '../../src/attack/answer.ts'
import { allOf, firstOf } from '../../src/attack/answer-shown.ts'
import { buildGraph } from '../../src/attack/build.ts'
import { bootstrapOf } from '../../src/attack/bootstrap.ts'
import { connect } from '../../src/cluster/connect.ts'
import { startCluster } from '../cluster/start-cluster.ts'
import { bigWorld } from './attack-graph-world.ts'
import { dumpCluster, fillCluster } from './big-cluster.ts'
import { formatResults, measure } from './measure.ts'

// node test/bench/paths.ts: paths on a large cluster, live and of manifests; node test/bench/paths.ts 1 3 10: how its work grows with the
// cluster, of a world in memory. Prints times and memory, asserts nothing.
const root = dirname(dirname(import.meta.dirname))
const say = (line: string) => process.stderr.write(`${line}\n`)
const sizes = process.argv.slice(2).map(Number)
if (sizes.length === 0) await bench()
else for (const times of sizes) await grow(times)

async function grow(times: number): Promise<void> {
  const world = bigWorld(times)
  const bootstrap = await bootstrapOf(world.snapshot, '1.34')
  const { nodes, steps } = timed(`${times}×: graph`, () => buildGraph(world))
  say(`  ${nodes.length} nodes, ${steps.length} steps`)
  const answer = timed('  graph and answer', () => answerPaths({ world, bootstrap, gaps: [], notes: [] }, { from: [] }))
  timed('  the first ten', () => firstOf(answer, 10))
  let count = 0
  timed('  every path', () => {
    for (const { hops } of allOf(answer).paths) count += hops.length > 0 ? 1 : 0
  })
  process.stdout.write(`  ${count} paths, ${Math.round(process.memoryUsage.rss() / 2 ** 20)} MiB with the world\n`)
}

function timed<T>(name: string, run: () => T): T {
  const before = process.cpuUsage()
  const result = run()
  const { user, system } = process.cpuUsage(before)
  process.stdout.write(`${name}: ${Math.round((user + system) / 1000)} ms of CPU\n`)
  return result
}

async function bench(): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'kubectl-secure-bench-'))
  const running = await startCluster({ level: 'control-plane' })
  try {
    const around = { env: {}, cwd: root, home: scratch, warn: say, interactive: false }
    const cluster = await connect({ kubeconfig: running.kubeconfig }, around)
    await fillCluster(cluster, undefined, undefined, say)
    const dump = join(scratch, 'dump')
    await dumpCluster(cluster, dump)
    cluster.close()
    const env = { HOME: scratch, KUBECONFIG: running.kubeconfig }
    const paths = [process.execPath, join(root, 'bin/kubectl-secure'), 'paths']
    const cases = [
      { name: 'paths, live', argv: paths, env },
      { name: 'paths --to admin -o json, live', argv: [...paths, '--to', 'admin', '-o', 'json'], env },
      { name: 'paths --from sa:team-7/app-7, live', argv: [...paths, '--from', 'sa:team-7/app-7'], env },
      { name: 'paths --to admin --cut, live', argv: [...paths, '--to', 'admin', '--cut'], env },
      { name: 'paths, of manifests', argv: [...paths, '--snapshot', dump], env },
    ]
    process.stdout.write(formatResults('paths', await measure(cases, 3)))
  } finally {
    await running.stop()
    rmSync(scratch, { recursive: true, force: true })
  }
}
