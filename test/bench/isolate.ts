import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startCluster } from '../cluster/start-cluster.ts'
import { apply, image, kubectl, namespace, podOf, ready } from '../real/isolation/stage.ts'

// `npm run bench:isolate`: from Enter to the first connection that is dropped, and to the verdict, beside `kubectl apply` of a deny policy
// written by hand, in turn on the same cluster. Never asserted.
const rounds = Number(process.argv[2] ?? 7)
const root = dirname(dirname(import.meta.dirname))
const scratch = mkdtempSync(join(tmpdir(), 'kubectl-secure-bench-'))
const secure = [process.execPath, join(root, 'bin/kubectl-secure')]
const deny = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { namespace: 'shop', name: 'deny' },
  spec: { podSelector: { matchLabels: { app: 'web' } }, policyTypes: ['Ingress', 'Egress'] },
}

const running = await startCluster({ level: 'node' })
try {
  const env = {
    HOME: scratch,
    XDG_STATE_HOME: join(scratch, 'state'),
    XDG_CACHE_HOME: join(scratch, 'cache'),
    KUBECONFIG: running.kubeconfig,
  }
  const file = join(scratch, 'deny.json')
  writeFileSync(file, JSON.stringify(deny))
  await apply(running, namespace('shop'), podOf('shop', 'web'), podOf('shop', 'client'))
  await ready(running, 'shop', 'web', 'client')
  const addressOf = async (name: string) =>
    (await kubectl(running, 'get', 'pod', name, '-n', 'shop', '-o', 'jsonpath={.status.podIP}')).trim()
  const [server, client] = [await addressOf('web'), await addressOf('client')]

  /** Starts a command while connections are tried; milliseconds until the first of those that all failed, and until its end. */
  const timed = async (argv: string[], isDone: (code: number) => boolean) => {
    const log = join(scratch, `connects-${Date.now()}`)
    writeFileSync(log, '')
    const enter = `for ns in /run/netns/*; do nsenter --net=$ns ip -4 -o addr show eth0 2>/dev/null | grep -qF ' ${client}/' && exec nsenter --net=$ns -- "$@"; done`
    const connector = running.execOnNode([
      'timeout',
      '25',
      'sh',
      '-c',
      enter,
      'sh',
      process.execPath,
      join(import.meta.dirname, 'connector.ts'),
      server,
      '8080',
      log,
    ])
    while (!readFileSync(log, 'utf8').includes(' 1\n')) await sleep(50)
    const began = Date.now()
    const { code, out } = await runCommand(argv, env)
    const end = Date.now()
    if (!isDone(code)) throw new Error(`${argv.join(' ')} ended with ${code}: ${out}`)
    await sleep(2500)
    const lines = readFileSync(log, 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(' ').map(Number))
    const lastGood = Math.max(...lines.filter(([, stood]) => stood === 1).map(([at = 0]) => at))
    const firstBad = Math.min(...lines.filter(([at = 0, stood]) => stood === 0 && at > lastGood).map(([at = 0]) => at))
    void connector.catch(() => {})
    return { drop: firstBad - began, end: end - began, out }
  }

  const results: Record<string, { drop: number; end: number }[]> = {
    'kubectl apply': [],
    isolate: [],
    'isolate --sever': [],
  }
  for (let round = 0; round <= rounds; round += 1) {
    const byHand = await timed([running.kubectl, 'apply', '-f', file], (code) => code === 0)
    await kubectl(running, 'delete', 'networkpolicy', 'deny', '-n', 'shop')
    const runs = [byHand]
    for (const more of [[], ['--sever']]) {
      const run = await timed(
        [...secure, 'isolate', 'pod/web', '-n', 'shop', '--yes', '-o', 'json', '--probe-image', image, ...more],
        (code) => code <= 1,
      )
      runs.push(run)
      const { plan } = JSON.parse(run.out) as { plan: string }
      const undone = await runCommand([...secure, 'undo', plan, '--yes', '--probe-image', image], env)
      if (undone.code !== 0) throw new Error(`undo: ${undone.out}`)
    }
    // The first round warms caches.
    if (round > 0) for (const [index, entries] of Object.values(results).entries()) entries.push(runs[index] ?? byHand)
  }
  const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
  const base = median(results['kubectl apply']?.map(({ drop }) => drop) ?? [])
  for (const [name, entries] of Object.entries(results)) {
    const [drop, end] = [median(entries.map((entry) => entry.drop)), median(entries.map((entry) => entry.end))]
    const least = Math.min(...entries.map((entry) => entry.drop))
    process.stdout.write(
      `${name.padEnd(18)} first drop ${drop} ms (least ${least}), ${(drop / base).toFixed(2)}×; end ${end} ms\n`,
    )
  }
} finally {
  await running.stop()
  rmSync(scratch, { recursive: true, force: true })
}

async function runCommand(
  [command = '', ...args]: string[],
  env: Record<string, string>,
): Promise<{ code: number; out: string }> {
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: scratch,
    env: { ...process.env, ...env },
  })
  let [out, complaint] = ['', '']
  child.stdout.on('data', (data: Buffer) => (out += data.toString()))
  child.stderr.on('data', (data: Buffer) => (complaint += data.toString()))
  const code = await new Promise<number>((resolve) => child.on('close', (ended) => resolve(ended ?? 1)))
  return { code, out: code === 0 || code === 1 ? out : complaint }
}
