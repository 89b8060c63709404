import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { run } from '../../cluster/run.ts'

export type Bridge = {
  /** What a command line begins with to run in a place: a pod, another one on the same bridge, or the node. */
  enter(place: Place): string[]
  run(
    place: Place,
    argv: string[],
    env?: Record<string, string>,
  ): Promise<{ code: number; stdout: string; stderr: string }>
  close(): Promise<void>
}
export type Place = 'pod' | 'other' | 'node'
export const on = {
  pod: { v4: '10.99.0.2', v6: 'fd99::2' },
  other: { v4: '10.99.0.3', v6: 'fd99::3' },
  node: { v4: '10.99.0.1', v6: 'fd99::1' },
} as const

/** Two pods on a bridge of a node, in network namespaces that end with this process: what a bridge CNI plugin would make. */
export async function openBridge(): Promise<Bridge> {
  const holders = new Map<Place, ChildProcess>()
  for (const place of ['node', 'pod', 'other'] as const) {
    // A pipe that closes when this process ends, however it ends: then cat ends, and its namespace with it.
    const child = spawn('unshare', ['--net', 'cat'], { stdio: ['pipe', 'pipe', 'inherit'] })
    holders.set(place, child)
    child.stdin.write('here\n')
    await once(child.stdout, 'data')
  }
  const pid = (place: Place) => holders.get(place)?.pid ?? 0
  const enter = (place: Place) => ['nsenter', `--net=/proc/${pid(place)}/ns/net`, '--']
  const must = async (place: Place, text: string) => {
    const { code, stderr } = await run([...enter(place), 'sh', '-euc', text])
    if (code !== 0) throw new Error(stderr)
  }
  await must('node', `ip link set lo up; ip link add br0 type bridge; ip link set br0 up`)
  await must('node', `ip addr add ${on.node.v4}/24 dev br0; ip addr add ${on.node.v6}/64 dev br0 nodad`)
  for (const place of ['pod', 'other'] as const) {
    await must(
      'node',
      `ip link add ${place} type veth peer name eth0 netns ${pid(place)}; ip link set ${place} master br0 up`,
    )
    await must(place, `ip link set lo up; ip link set eth0 up; ip addr add ${on[place].v4}/24 dev eth0`)
    await must(place, `ip addr add ${on[place].v6}/64 dev eth0 nodad; ip route add default via ${on.node.v4}`)
    await must(place, `ip route add default via ${on.node.v6}`)
  }
  return {
    enter,
    run: (place, argv, env = {}) => run([...enter(place), ...argv], { env: { ...process.env, ...env } }),
    async close() {
      for (const child of holders.values()) {
        child.stdin?.end()
        if (child.exitCode === null) await once(child, 'exit')
      }
    },
  }
}
