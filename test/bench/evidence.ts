import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { startCluster } from '../cluster/start-cluster.ts'

// `npm run bench:evidence -- [LOG_MIB] [PODS] [ROUNDS]`: evidence beside raw curl, kubectl logs and kubectl cluster-info dump of the
// same things, in turn. Never asserted. A server that makes them up as it is asked stands for large ones.
const [mebibytes = 1024, pods = 10_000, rounds = 3] = process.argv.slice(2).map(Number)
const root = dirname(dirname(import.meta.dirname))
const scratch = mkdtempSync(join(tmpdir(), 'kubectl-secure-bench-'))
const secure = [
  process.execPath,
  join(root, 'bin/kubectl-secure'),
  'evidence',
  'collect',
  '--output',
  join(scratch, 'case'),
]
const env = { ...process.env, HOME: scratch, XDG_CACHE_HOME: join(scratch, 'cache') }
const raw = (files: { path: string; name: string }[], more: string[]) => [
  'curl',
  '-sS',
  '--fail',
  ...more,
  ...files.flatMap(({ path, name }) => ['-o', join(scratch, 'raw', name), path]),
]

type Ran = { ms: number; mib: number; collectMs?: number | undefined }
async function run([command = '', ...args]: string[], kubeconfig: string): Promise<Ran> {
  const started = performance.now()
  const child = spawn(command, args, {
    cwd: scratch,
    env: { ...env, KUBECONFIG: kubeconfig },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let [mib, complaint] = [0, '']
  const poll = setInterval(() => (mib = Math.max(mib, peakOf(child.pid))), 5)
  child.stderr.on('data', (data: Buffer) => (complaint += data.toString()))
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  clearInterval(poll)
  const ms = performance.now() - started
  // A server that is made up has no kubelets: 3.
  if (code !== 0 && code !== 3) throw new Error(`${command} ${args.join(' ')}: ${code}: ${complaint}`)
  return { ms, mib, collectMs: collecting() }
}

/** From the first line of the journal to its note that all was collected: without sealing. */
function collecting(): number | undefined {
  try {
    const lines = readFileSync(join(scratch, 'case/custody/journal.jsonl'), 'utf8').split('\n')
    const at = (line = '{}') => Date.parse((JSON.parse(line) as { at: string }).at)
    return at(lines.find((line) => line.includes('"kind":"end"'))) - at(lines[0])
  } catch {
    return undefined
  }
}

function peakOf(pid: number | undefined): number {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}

function clean(): void {
  for (const name of readdirSync(scratch))
    if (/^(case|raw)/.test(name)) rmSync(join(scratch, name), { recursive: true })
}

async function compare(title: string, kubeconfig: string, cases: { name: string; argv: string[] }[]): Promise<void> {
  process.stdout.write(`${title}\n`)
  const found = new Map<string, Ran[]>()
  for (let round = 0; round <= rounds; round++) {
    for (const { name, argv } of cases) {
      clean()
      const ran = await run(argv, kubeconfig)
      // The first round warms caches.
      if (round > 0) found.set(name, [...(found.get(name) ?? []), ran])
    }
  }
  for (const [name, runs] of found) {
    const least = Math.min(...runs.map(({ ms }) => ms))
    const collect = Math.min(...runs.map(({ collectMs }) => collectMs ?? Infinity))
    const without = Number.isFinite(collect) ? `, without sealing ${collect} ms` : ''
    const mib = Math.max(...runs.map((one) => one.mib))
    process.stdout.write(`  ${name.padEnd(34)} least ${least.toFixed(0)} ms${without}, peak ${mib.toFixed(0)} MiB\n`)
  }
}

async function withServer(words: string[], work: (kubeconfig: string, server: string) => Promise<void>): Promise<void> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'evidence-server.ts'), ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await new Promise<string[]>((resolve) =>
    createInterface(child.stdout).once('line', (one) => resolve([one])),
  )
  const file = join(scratch, 'made-up')
  writeFileSync(file, line ?? '')
  const { clusters } = JSON.parse(line ?? '') as { clusters: [{ cluster: { server: string } }] }
  try {
    await work(file, clusters[0].cluster.server)
  } finally {
    child.kill()
  }
}

try {
  const big = mebibytes * 1024 * 1024
  for (const kind of ['lines', 'long']) {
    await withServer(['1', String(big), kind], async (config, server) => {
      await compare(`a log of ${mebibytes} MiB, ${kind === 'long' ? 'one line' : 'of lines'}`, config, [
        {
          name: 'curl',
          argv: raw([{ path: `${server}/api/v1/namespaces/big/pods/pod-0/log`, name: 'log' }], ['-k', '--create-dirs']),
        },
        { name: 'evidence collect', argv: [...secure, '-n', 'big', '--max-log-bytes', '100Gi'] },
        { name: 'evidence collect, 256Mi of it', argv: [...secure, '-n', 'big'] },
      ])
    })
  }
  await withServer([String(pods), '1000', 'lines'], async (config, server) => {
    const pages = Array.from({ length: Math.ceil(pods / 500) }, (_, page) => ({
      path: `${server}/api/v1/pods?limit=500${page === 0 ? '' : `&continue=${page * 500}`}`,
      name: `page-${page}`,
    }))
    const logs = Array.from({ length: pods }, (_, index) => ({
      path: `${server}/api/v1/namespaces/big/pods/pod-${index}/log`,
      name: `log-${index}`,
    }))
    const list = join(scratch, 'list')
    writeFileSync(
      list,
      [...pages, ...logs]
        .map(({ path, name }) => `url = "${path}"\noutput = "${join(scratch, 'raw', name)}"`)
        .join('\n'),
    )
    await compare(`${pods} pods and their logs`, config, [
      {
        name: 'curl, 8 at a time',
        argv: ['curl', '-sSk', '--create-dirs', '--parallel', '--parallel-max', '8', '-K', list],
      },
      { name: 'evidence collect', argv: [...secure, '-n', 'big'] },
    ])
  })
  const running = await startCluster({ level: 'node' })
  try {
    await compare('a small real cluster', running.kubeconfig, [
      {
        name: 'kubectl cluster-info dump',
        argv: [running.kubectl, 'cluster-info', 'dump', '-A', '--output-directory', join(scratch, 'raw')],
      },
      { name: 'evidence collect -A', argv: [...secure, '-A'] },
      { name: 'evidence collect -A, full', argv: [...secure, '-A', '--profile', 'full'] },
    ])
  } finally {
    await running.stop()
  }
} finally {
  rmSync(scratch, { recursive: true, force: true })
}
