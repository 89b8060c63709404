import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Engine } from '../../../../src/change/engine.ts'
import { findRun, knownRuns, type Run } from '../../../../src/change/find-run.ts'
import type { Plan } from '../../../../src/change/plan.ts'
import type { RunReport } from '../../../../src/change/reports.ts'
import { resumeRun, undoRun } from '../../../../src/change/runs.ts'
import type { Cluster } from '../../../../src/cluster/cluster.ts'
import { releaseFirst } from '../../../../src/isolation/release.ts'
import { gatesOf } from '../../../../src/lockdown/gates.ts'
import { SecureError } from '../../../../src/errors.ts'
import { engineOf, image } from './engine.ts'
import { changesBetween, type Picture, pictureOf } from './picture.ts'
import { type Place, setUp } from './stage.ts'
import type { Target } from './targets.ts'
import { falsehoods } from './truth.ts'
import type { Ended, Job, Point, Task } from './victim-job.ts'
import type { AuditLog, Written } from './writes.ts'

/** What a test cluster gives to trials. */
export type Bench = { cluster: Cluster; kubeconfig: string; audit: AuditLog }
/** One trial under way, and what it found wrong. */
export type Trial = Bench & { place: Place; engine: Engine; before: Picture; written: number; wrong: string[] }

/** Sets a place up and takes its picture. */
export async function begin(bench: Bench, target: Target): Promise<Trial> {
  const place = await setUp(bench.cluster, bench.kubeconfig, target)
  const engine = await engineOf(bench.cluster, place.responder)
  const before = await settledPicture(bench.cluster, place)
  return { ...bench, place, engine, before, written: bench.audit.of(place.token).length, wrong: [] }
}

// Controllers write statuses for a moment after what they made.
async function settledPicture(cluster: Cluster, place: Place): Promise<Picture> {
  for (let last = await pictureOf(cluster, place); ; ) {
    await new Promise((resolve) => setTimeout(resolve, 150))
    const next = await pictureOf(cluster, place)
    if (changesBetween(last, next, undefined).length === 0) return next
    last = next
  }
}

const script = join(import.meta.dirname, '..', 'victim.ts')

/** Runs a task in a process of its own: how it ended, or undefined where it was killed at the point. Throws on anything else. */
export async function runVictim(
  { place }: { place: Pick<Place, 'responder'> },
  task: Task,
  at?: Point,
): Promise<Ended | undefined> {
  const job: Job = { ...place.responder, task, ...(at && { at }) }
  const child = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'pipe'], env: victimEnv })
  const [output, errors]: [Buffer[], Buffer[]] = [[], []]
  child.stdout.on('data', (piece: Buffer) => output.push(piece))
  child.stderr.on('data', (piece: Buffer) => errors.push(piece))
  child.stdin.end(JSON.stringify(job))
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) =>
    child.on('close', (...end) => resolve(end)),
  )
  if (signal === 'SIGKILL') return undefined
  if (code === 0) return JSON.parse(Buffer.concat(output).toString()) as Ended
  throw new Error(`the victim of ${JSON.stringify(task)} failed: ${Buffer.concat(errors).toString()}`)
}

// Hundreds of them start, and compile the same files.
const victimEnv = {
  ...process.env,
  NODE_COMPILE_CACHE: join(import.meta.dirname, '..', '..', '..', '..', 'node_modules', '.cache', 'victim'),
}

/** The one run of the place, undefined where there is none; what status says of it is held against the cluster. */
export async function lookAtRun(trial: Trial): Promise<Run | undefined> {
  const { engine, wrong, cluster, place } = trial
  const { runs, gaps } = await knownRuns(engine)
  for (const { what, why } of gaps) if (!why.includes('nothing was sent')) wrong.push(`gap: ${what}: ${why}`)
  if (runs.length > 1) wrong.push(`${runs.length} runs are known`)
  const [run] = runs
  if (run) wrong.push(...(await falsehoods(engine, run)))
  else if (changesBetween(trial.before, await pictureOf(cluster, place), undefined).length > 0)
    wrong.push('no run is known, and something has changed')
  return run
}

export async function undo(trial: Trial, id: string): Promise<RunReport | undefined> {
  const { engine } = trial
  return await unlessRefused(trial, `undo`, async () => {
    const run = await findRun(engine, id)
    return await undoRun(engine, run, { first: releaseFirst(engine, run, image) })
  })
}

export async function finish(trial: Trial, id: string): Promise<RunReport | undefined> {
  const { engine } = trial
  return await unlessRefused(trial, 'resume --finish', async () => {
    const run = await findRun(engine, id)
    return await resumeRun(engine, run, 'finish', { gates: gatesOf(engine, run.plan) })
  })
}

async function unlessRefused<T>(trial: Trial, what: string, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof SecureError)) throw error
    trial.wrong.push(`${what}: ${error.code}: ${error.message}`)
    return undefined
  }
}

/** After a finish: all of the plan is in force, once, and what was for the time of the run is gone. */
export async function checkFinished(trial: Trial, plan: Plan, report: RunReport | undefined): Promise<void> {
  const { wrong, cluster, engine } = trial
  if (report && report.state !== 'applied')
    wrong.push(
      `finished as ${report.state}: ${JSON.stringify(report.steps.filter(({ state }) => state !== 'applied'))} ${report.warnings.join('; ')}`,
    )
  for (const { change, state } of report?.steps ?? []) {
    const isTemporary = plan.changes.some(({ id, temporary }) => id === change && temporary)
    if (isTemporary ? !['undone', 'gone', 'planned'].includes(state) : state !== 'applied')
      wrong.push(`finished, and ${change} is ${state}`)
  }
  wrong.push(...doubled(writesOf(trial)))
  const run = await findRun(engine, plan.id)
  wrong.push(...(await falsehoods(engine, run)))
  const { items } = await cluster.json<{ items: { metadata: { name: string } }[] }>({
    path: `/api/v1/pods?labelSelector=kubectl-secure.github.io%2Fplan%3D${plan.id}`,
  })
  if (items.length > 0) wrong.push(`left behind: ${items.map(({ metadata }) => metadata.name).join(', ')}`)
}

/** After an undo: every field as before but for what was printed, no record left, and a second undo writes nothing. */
export async function checkUndone(trial: Trial, plan: Plan, report: RunReport | undefined): Promise<void> {
  const { wrong, cluster, place, before, engine } = trial
  if (report && report.state !== 'undone')
    wrong.push(
      `undone as ${report.state}: ${JSON.stringify(report.steps.filter(({ state }) => state !== 'undone'))} ${report.warnings.join('; ')}`,
    )
  wrong.push(...(await laterEqual(cluster, place, before, plan)))
  const records = await cluster.json<{ items: { metadata: { name: string } }[] }>({
    path: `/api/v1/namespaces/${place.responder.stateNamespace}/secrets`,
  })
  const leases = await cluster.json<{ items: { metadata: { name: string } }[] }>({
    path: `/apis/coordination.k8s.io/v1/namespaces/${place.responder.stateNamespace}/leases`,
  })
  for (const { metadata } of [...records.items, ...leases.items]) wrong.push(`a record is left: ${metadata.name}`)
  const { items } = await cluster.json<{ items: { metadata: { name: string } }[] }>({
    path: `/api/v1/pods?labelSelector=kubectl-secure.github.io%2Fplan%3D${plan.id}`,
  })
  if (items.length > 0) wrong.push(`left behind: ${items.map(({ metadata }) => metadata.name).join(', ')}`)
  const count = writesOf(trial).length
  const known = await knownRuns(engine)
  if (known.runs.length > 0) {
    const again = await undo(trial, plan.id)
    if (again && again.state !== 'undone') wrong.push(`undone again as ${again.state}`)
    const more = writesOf(trial).slice(count)
    if (more.length > 0)
      wrong.push(`the second undo wrote: ${more.map(({ verb, uri }) => `${verb} ${uri}`).join(', ')}`)
    const run = await findRun(engine, plan.id)
    wrong.push(...(await falsehoods(engine, run)))
  }
}

const patience = 12_000

// Controllers take a moment to follow.
async function laterEqual(cluster: Cluster, place: Place, before: Picture, plan: Plan): Promise<string[]> {
  for (const end = Date.now() + patience; ; ) {
    const found = changesBetween(before, await pictureOf(cluster, place), plan)
    if (found.length === 0 || Date.now() > end) return found
    await new Promise((resolve) => setTimeout(resolve, 150))
  }
}

/** What was written since the trial began, but for what stands in for the kubelet and the node. */
export function writesOf({ audit, place, written }: Trial): Written[] {
  return audit
    .of(place.token)
    .slice(written)
    .filter(({ subresource, uri }) => subresource !== 'status' && !uri.includes('kube-node-lease'))
}

/** Objects that were made twice; canaries are made anew by whoever goes on. */
function doubled(writes: Written[]): string[] {
  const made = writes.filter(({ verb, name }) => verb === 'create' && !/-(twin|control-[ab])(-\d+)+$/.test(name))
  const byName = Map.groupBy(made, ({ resource, subresource, name }) => `${resource}/${subresource} ${name}`)
  return [...byName].filter(([, all]) => all.length > 1).map(([name, all]) => `${name} was made ${all.length} times`)
}
