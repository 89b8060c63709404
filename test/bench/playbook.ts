import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { PlaybookRunReport } from '../../src/playbook/run-report.ts'
import { startCluster } from '../cluster/start-cluster.ts'
import { drillAnswers, drillIn, responseAnswers, timesOf } from '../real/playbook/drill/answers.ts'
import { beatsOf, statusWith, stolenToken, watchToken } from '../real/playbook/drill/thief.ts'
import { image, until } from '../real/isolation/stage.ts'
import { peakOf } from './measure.ts'

// `npm run bench:playbook [rounds]`: the drill with nobody there. From Enter until the connection of the intruder is dead, as who it went to sees it; until every cut is
// proved; until the API server refuses the stolen token, as a thief sees it; until the run has ended; and until the report is written. Never asserted.
const rounds = Number(process.argv[2] ?? 3)
const root = dirname(dirname(import.meta.dirname))
const scratch = mkdtempSync(join(tmpdir(), 'kubectl-secure-bench-'))
const secure = [process.execPath, join(root, 'bin/kubectl-secure')]

const running = await startCluster({ level: 'node' })
try {
  const env = {
    HOME: scratch,
    XDG_STATE_HOME: join(scratch, 'state'),
    XDG_CACHE_HOME: join(scratch, 'cache'),
    KUBECONFIG: running.kubeconfig,
  }
  const playbook = async (words: string[], answers: string) => {
    const file = join(scratch, 'answers.yaml')
    writeFileSync(file, answers)
    const flags = ['--answers', file, '--probe-image', image, '-o', 'json']
    return await run(['playbook', 'run', ...words, ...flags], env)
  }

  /** One drill, seconds since Enter of what the responder ran. */
  const once = async () => {
    const drill = drillIn((await playbook(['drill'], drillAnswers)).out)
    const space = drill.namespace.name
    await until('the connection', async () => (await beatsOf(running, space)).length > 2, 60_000)
    const token = await stolenToken(running, space, 'intruder')
    const path = `/api/v1/namespaces/${space}/pods/vault`
    if ((await statusWith(running, token, path)) !== 200) throw new Error('the token is worth nothing')
    const watch = watchToken(running, token, path)
    const began = Date.now()
    const since = (at: number) => (at - began) / 1000
    const responded = await playbook(['compromised-pod'], responseAnswers(root, space, running.auditLog))
    const ended = Date.now()
    const ran = JSON.parse(responded.out) as PlaybookRunReport
    await until('the end of the token', () => Promise.resolve(watch.turns.some(({ code }) => code === 401)), 30_000)
    watch.stop()
    const turn = (code: number) => since(watch.turns.find((one) => one.code === code)?.at ?? Number.NaN)
    const reporting = Date.now()
    const report = await run(['playbook', 'report', ran.run, '--audit-log', running.auditLog, '-o', 'html'], env)
    const beats = await beatsOf(running, space)
    const of = (id: string) => since(timesOf(ran, id).ended)
    const found = {
      'last word over the connection': since(beats.at(-1)?.at ?? Number.NaN),
      'contained: every cut proved': of('cutOne'),
      'the stolen token has no rights (403)': turn(403),
      'all evidence taken': of('full'),
      'the stolen token is refused (401)': turn(401),
      'the run has ended': since(ended),
      'the report, by itself': (Date.now() - reporting) / 1000,
      'MiB at most, the run': responded.memory,
      'MiB at most, the report': report.memory,
    }
    for (const words of [
      ['playbook', 'undo', ran.run],
      ['undo', drill.plan],
    ])
      await run([...words, '--yes', '--probe-image', image], env)
    return found
  }

  const results: Awaited<ReturnType<typeof once>>[] = []
  // The first round warms caches.
  for (let round = 0; round <= rounds; round += 1) {
    const found = await once()
    if (round > 0) results.push(found)
  }
  for (const name of Object.keys(results[0] ?? {}) as (keyof (typeof results)[0])[]) {
    const values = results.map((one) => one[name]).toSorted((a, b) => a - b)
    const [least = 0, middle = 0, most = 0] = [values[0], values[Math.floor(values.length / 2)], values.at(-1)]
    process.stdout.write(
      `${name.padEnd(40)} ${middle.toFixed(1).padStart(7)}  (${least.toFixed(1)}–${most.toFixed(1)})\n`,
    )
  }
} finally {
  await running.stop()
  rmSync(scratch, { recursive: true, force: true })
}

/** What the tool prints, and the most memory that it had. */
async function run(words: string[], env: Record<string, string>): Promise<{ out: string; memory: number }> {
  const [command = '', ...args] = [...secure, ...words]
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: scratch,
    env: { ...process.env, ...env },
  })
  let [out, complaint, memory] = ['', '', 0]
  const poll = setInterval(() => (memory = Math.max(memory, peakOf(child.pid))), 5)
  child.stdout.on('data', (data: Buffer) => (out += data.toString()))
  child.stderr.on('data', (data: Buffer) => (complaint += data.toString()))
  const code = await new Promise<number>((resolve) => child.on('close', (ended) => resolve(ended ?? 1)))
  clearInterval(poll)
  // 3: the audit policy is not known.
  if (code !== 0 && code !== 3) throw new Error(`${words.join(' ')} ended with ${code}: ${complaint}`)
  return { out, memory }
}
