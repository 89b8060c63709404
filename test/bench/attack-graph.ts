import { buildGraph } from '../../src/attack/build.ts'
import { bigWorld } from './attack-graph-world.ts'

// `node test/bench/attack-graph.ts`: how building the attack graph grows with the cluster. Never asserted.
for (const times of [1, 3, 10]) {
  const world = bigWorld(times)
  const before = heap()
  const start = process.cpuUsage()
  let graph = buildGraph(world)
  const first = spent(start)
  const size = heap() - before
  const again = process.cpuUsage()
  graph = buildGraph(world)
  const warm = spent(again)
  const words = [
    `${times}×`.padStart(4),
    `${first.toFixed(0)} ms, warm ${warm.toFixed(0)} ms`,
    `${(size / 2 ** 20).toFixed(0)} MiB kept`,
    `${graph.nodes.length} nodes, ${graph.steps.length} steps`,
  ]
  process.stdout.write(`${words.join('  ')}\n`)
}

// Of the processor: what else the machine does, does not count.
function spent(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since)
  return (user + system) / 1000
}

function heap(): number {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}
