import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { bootstrapOf } from '../../src/attack/bootstrap.ts'
import { buildGraph } from '../../src/attack/build.ts'
import { connect } from '../../src/cluster/connect.ts'
import { risksOf } from '../../src/risks/risks.ts'
import { bootstrapRbac } from '../../src/snapshot/defaults/defaults.ts'
import { startCluster } from '../cluster/start-cluster.ts'
import { bigWorld } from './attack-graph-world.ts'
import { dumpCluster, fillCluster } from './big-cluster.ts'
import { formatResults, measure } from './measure.ts'

// node test/bench/risks.ts: risks on a large cluster, live and of manifests; node test/bench/risks.ts 1 3 10: how its work grows with the
// cluster, of a world in memory. Prints times and memory, asserts nothing.
const root = dirname(dirname(import.meta.dirname))
const say = (line: string) => process.stderr.write(`${line}\n`)
const sizes = process.argv.slice(2).map(Number)
if (sizes.length === 0) await bench()
else for (const times of sizes) await grow(times)

async function grow(times: number): Promise<void> {
  const world = bigWorld(times)
  const [bootstrap, { roles: defaults }] = await Promise.all([bootstrapOf(world.snapshot, '1.34'), bootstrapRbac()])
  const graph = timed(`${times}×: graph`, () => buildGraph(world))
  const { found, write } = timed('  findings', () => risksOf({ world, graph, bootstrap, defaults }))
  timed('  written out', () => {
    for (const each of found) JSON.stringify(write(each))
  })
  process.stdout.write(`  ${found.length} findings, ${process.memoryUsage.rss() >> 20} MiB with the world\n`)
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
    const risks = [process.execPath, join(root, 'bin/kubectl-secure'), 'risks']
    // Findings are what is measured: they end it with 1.
    const codes = [0, 1]
    const cases = [
      { name: 'risks, live', argv: risks, env, codes },
      { name: 'risks -n team-7 -o wide, live', argv: [...risks, '-n', 'team-7', '-o', 'wide'], env, codes },
      { name: 'risks -o json, live', argv: [...risks, '-o', 'json'], env, codes },
      { name: 'risks -o html, live', argv: [...risks, '-o', 'html'], env, codes },
      { name: 'risks -o sarif, of manifests', argv: [...risks, '-o', 'sarif', '--snapshot', dump], env, codes },
    ]
    process.stdout.write(formatResults('risks', await measure(cases, 3)))
  } finally {
    await running.stop()
    rmSync(scratch, { recursive: true, force: true })
  }
}
