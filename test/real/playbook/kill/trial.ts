import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dump } from 'js-yaml'
import type { Recorded } from '../../../../src/playbook/run/entry.ts'
import { readRunJournal } from '../../../../src/playbook/run/journal.ts'
import { listRuns } from '../../../../src/playbook/run/list.ts'
import { hasBegun, listJournals } from '../../../../src/change/journal/journal.ts'
import { shippedFolder } from '../../../../src/playbook/library.ts'
import { type Place, setUp } from '../../change/matrix/stage.ts'
import type { Bench } from '../../change/matrix/trial.ts'
import type { Case } from './cases.ts'
import type { Counts, Doom } from './doom.ts'
import { runsAs } from './pods.ts'
import { asSeen, type Seen } from './seen.ts'
import { type Sink, startSink } from './sink.ts'

/** How a trial went: what was seen at its end, whether it was killed, and how many records it had. */
export type Went = { killed: boolean; seen: Seen; counts: Counts; output: string }

const clean = { PATH: process.env['PATH'] ?? '', KUBECONFIG: '' }
const cache = join(import.meta.dirname, '..', '..', '..', '..', 'node_modules', '.cache', 'victim')
let counter = 0

/** Runs a playbook from its beginning to its end in a place of its own; where it is killed, it is resumed. */
export async function tryCase(bench: Bench, one: Case, doom?: Doom): Promise<Went> {
  const place = await setUp(bench.cluster, bench.kubeconfig, one.target)
  const sink = await startSink()
  const home = mkdtempSync(join(tmpdir(), 'ks-kill-'))
  const beside = one.beside?.(bench.cluster)
  try {
    await runsAs(bench.cluster, place)
    await one.prepare?.(bench.cluster, place)
    return await goThrough(bench, one, place, sink, home, doom)
  } finally {
    sink.close()
    rmSync(home, { recursive: true, force: true })
    await beside?.end()
    await place.end()
  }
}

async function goThrough(bench: Bench, one: Case, place: Place, sink: Sink, home: string, doom?: Doom): Promise<Went> {
  const by = `killed-${process.pid}-${(counter += 1)}`
  const { env, words } = setting(one, place, sink, home, by)
  const first = await run(['playbook', 'run', one.playbook, ...words], env, doom)
  const killed = first.code === 'killed'
  if (!existsSync(join(home, 'state', 'kubectl-secure'))) throw new Error(`nothing was begun: ${first.output}`)
  const state = join(home, 'state', 'kubectl-secure')
  const clusterId = readdirSync(state)[0] ?? ''
  const listed = async () => (await listRuns(state, clusterId))[0]
  const cut = await listed()
  let last = first
  if (killed && cut?.state === 'finished') last = { code: 'over', output: 'killed once it had finished' }
  // Killed before its first record there is no run, and nothing was done.
  else if (killed)
    last = await run(['playbook', ...(cut ? ['resume', cut.runId] : ['run', one.playbook]), ...words], env)
  const { runId } = (await listed()) ?? {}
  if (runId === undefined) throw new Error(`there is no run: ${first.output} ${last.output}`)
  const { entries } = await readRunJournal(join(state, clusterId, 'runs', runId))
  const known: string[] = []
  for (const { planId } of await listJournals(state, clusterId))
    if (await hasBegun(state, clusterId, planId)) known.push(planId)
  const told = { entries, plans: plansIn(entries), messages: sink.got, by, exit: last.code, known }
  const seen = await asSeen(bench, place, { ...told, runId })
  const undone = await run(['playbook', 'undo', runId, '--yes', ...words.slice(2)], env)
  seen.exits.push(`undo ${undone.code}`)
  const counts = first.counts ?? last.counts ?? { run: 0, plan: 0 }
  return { killed, seen, counts, output: `${first.output}\n---\n${last.output}\n---\n${undone.output}` }
}

function setting(one: Case, place: Place, sink: Sink, home: string, by: string) {
  const { approvals = [], ...answers } = one.answers(place)
  const sha = (file: string) =>
    createHash('sha256')
      .update(readFileSync(join(shippedFolder, file)))
      .digest('hex')
  const approval = { by: 'boss', playbook: sha(`${one.playbook}.yaml`) }
  const given = { ...answers, approvals: Object.fromEntries(approvals.map((key) => [key, approval])) }
  mkdirSync(join(home, 'state'))
  writeFileSync(join(home, 'answers.yaml'), dump(given))
  const channel = { type: 'webhook', url: sink.url, secret: { env: 'HOOK_SECRET' } }
  writeFileSync(join(home, 'channels.yaml'), dump({ channels: { incident: channel } }))
  const env = {
    ...clean,
    HOME: home,
    XDG_STATE_HOME: join(home, 'state'),
    KUBECONFIG: place.responder.kubeconfig,
    KUBECTL_SECURE_CHANNELS: join(home, 'channels.yaml'),
    HOOK_SECRET: 'k3y',
    NODE_COMPILE_CACHE: cache,
  }
  const flags = ['--as', by, '--as-group', 'system:masters', '--state-namespace', place.responder.stateNamespace]
  const words = ['--answers', join(home, 'answers.yaml'), '--probe-image', 'localhost/agnhost:1', ...flags]
  return { env, words }
}

/** `over`: it was killed once it had come to its end, and there was nothing to resume. */
type Ran = { code: number | 'killed' | 'over'; output: string; counts?: Counts }

async function run(words: string[], env: Record<string, string>, doom?: Doom): Promise<Ran> {
  const told = join(env['HOME'] ?? '', 'counts.json')
  const child = spawn(process.execPath, [join(import.meta.dirname, 'victim.ts'), ...words], {
    env: { ...env, KILL_COUNTS: told, ...(doom && { KILL_AT: JSON.stringify(doom) }) },
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: env['HOME'],
  })
  let output = `$ ${words.slice(0, 3).join(' ')}\n`
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (...end) => resolve(end))
  })
  if (signal === 'SIGKILL') return { code: 'killed', output }
  return { code: code ?? -1, output, counts: JSON.parse(readFileSync(told, 'utf8')) as Counts }
}

function plansIn(entries: readonly Recorded[]): string[] {
  return entries.flatMap((entry) => (entry.type === 'plan' ? [entry.planId] : []))
}
