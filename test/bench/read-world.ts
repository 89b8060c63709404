import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { withAttackWorld } from '../../src/cli/attack-world.ts'
import { connect } from '../../src/cluster/connect.ts'
import { startCluster } from '../cluster/start-cluster.ts'
import { dumpCluster, fillCluster } from './big-cluster.ts'
import { formatResults, measure } from './measure.ts'

// node test/bench/read-world.ts: reads what paths and risks are asked of, of a large cluster; prints times and memory, asserts nothing.
const root = dirname(dirname(import.meta.dirname))
const say = (line: string) => process.stderr.write(`${line}\n`)
const [source] = process.argv.slice(2)
if (source === undefined) await bench()
else {
  const { state, snapshot } = await withAttackWorld(
    source === 'live' ? {} : { snapshot: [source] },
    process.env['KUBECONFIG'] === undefined ? {} : { kubeconfig: process.env['KUBECONFIG'] },
  )
  process.stdout.write(`${state.pods.length} pods, ${snapshot.roleBindings.length} role bindings\n`)
}

async function bench(): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'kubectl-secure-bench-'))
  const running = await startCluster({ level: 'control-plane' })
  try {
    const around = { env: {}, cwd: root, home: scratch, warn: say, interactive: false }
    const cluster = await connect({ kubeconfig: running.kubeconfig }, around)
    await fillCluster(cluster, undefined, undefined, say)
    await dumpCluster(cluster, join(scratch, 'dump'))
    cluster.close()
    const env = { HOME: scratch, KUBECONFIG: running.kubeconfig }
    const self = [process.execPath, join(import.meta.dirname, 'read-world.ts')]
    const cases = [
      { name: 'live', argv: [...self, 'live'], env },
      { name: 'manifests', argv: [...self, join(scratch, 'dump')], env },
    ]
    process.stdout.write(formatResults('reading rights and state', await measure(cases, 5)))
  } finally {
    await running.stop()
    rmSync(scratch, { recursive: true, force: true })
  }
}
