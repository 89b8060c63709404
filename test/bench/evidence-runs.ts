import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

const root = dirname(dirname(import.meta.dirname))
export const scratch = mkdtempSync(join(tmpdir(), 'kubectl-secure-bench-'))
export const secure = [process.execPath, join(root, 'bin/kubectl-secure'), 'evidence']
export const collect = [...secure, 'collect', '--output', join(scratch, 'case')]
const env = { ...process.env, HOME: scratch, XDG_CACHE_HOME: join(scratch, 'cache') }

type Ran = { ms: number; mib: number; collectMs?: number | undefined }
export type Case = {
  name: string
  argv: string[]
  /** Too slow to be repeated. */
  isOnce?: boolean
}

/** Runs cases in turn, and prints the least time of each beside that of the first; `keep`: what was collected before stays. */
export async function compare(
  title: string,
  kubeconfig: string,
  cases: Case[],
  rounds: number,
  keep = false,
): Promise<void> {
  process.stdout.write(`${title}\n`)
  const found = new Map<string, Ran[]>()
  for (let round = 0; round <= rounds; round++) {
    for (const { name, argv, isOnce } of cases) {
      // The first round warms caches.
      if (isOnce && round !== 1) continue
      clean(keep ? /^(raw|case-)/ : /^(case|raw)/)
      const ran = await run(argv, kubeconfig)
      if (round > 0) found.set(name, [...(found.get(name) ?? []), ran])
    }
  }
  let first: number | undefined
  for (const [name, runs] of found) {
    const least = Math.min(...runs.map(({ ms }) => ms))
    first ??= least
    const collecting = Math.min(...runs.map(({ collectMs }) => collectMs ?? Infinity))
    const without = Number.isFinite(collecting)
      ? `, without start-up and sealing ${collecting} ms (${(first / collecting).toFixed(2)})`
      : ''
    const mib = Math.max(...runs.map((one) => one.mib))
    process.stdout.write(
      `  ${name.padEnd(34)} ${least.toFixed(0)} ms, ${(first / least).toFixed(2)} of the first one's throughput${without}, peak ${mib.toFixed(0)} MiB\n`,
    )
  }
}

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
  return { ms, mib, ...(args.includes('collect') && { collectMs: collecting() }) }
}

/** From the first line of the journal to its note that all was collected. */
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

function clean(names: RegExp): void {
  for (const name of readdirSync(scratch)) if (names.test(name)) rmSync(join(scratch, name), { recursive: true })
}
