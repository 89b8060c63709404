import { rmSync } from 'node:fs'
import { listJournals, readJournal } from '../../../../src/change/journal/journal.ts'
import { targets } from './targets.ts'
import {
  begin,
  type Bench,
  checkFinished,
  checkUndone,
  finish,
  lookAtRun,
  runVictim,
  type Trial,
  undo,
} from './trial.ts'
import type { Ended, Point, Task } from './victim-job.ts'

/** What happens after the kill; `undo` and `finish` as a victim of their own are killed too. */
export type Course =
  | 'finish'
  | 'undo'
  /** By the record in the cluster, as the state directory is lost. */
  | 'record'
  /** It is done; the undo is killed. */
  | 'killed undo'
  /** It was killed in its middle; `resume --finish` is killed. */
  | 'killed finish'

export type Outcome = { wrong: string[]; killed: boolean; counts?: Ended['counts'] }

/** One point of one kind of isolation: killed there, looked at, and brought to an end. */
export async function tryPoint(bench: Bench, name: string, course: Course, at: Point): Promise<Outcome> {
  const target = targets[name]
  if (!target) throw new TypeError(`no target ${name}`)
  const trial = await begin(bench, target)
  try {
    return await goThrough(trial, name, course, at)
  } finally {
    await trial.place.end()
  }
}

async function goThrough(trial: Trial, name: string, course: Course, at: Point): Promise<Outcome> {
  const { place, wrong } = trial
  const target = targets[name]
  if (!target) throw new TypeError(name)
  const change: Task = target.lockdown
    ? { do: 'lockdown', namespace: place.space, options: target.lockdown }
    : { do: 'isolate', query: target.query(place.space, place.node), options: target.options ?? {} }
  let ended: Ended | undefined
  if (course === 'killed undo') {
    const first = await runVictim(trial, change)
    if (first?.state !== 'applied') wrong.push(`it ended as ${JSON.stringify(first)}`)
    ended = await runVictim(trial, { do: 'undo', id: (await idOf(trial)) ?? '' }, at)
  } else if (course === 'killed finish') {
    // In the middle, where most is open.
    await runVictim(trial, change, { how: 'after', k: 5 })
    ended = await runVictim(trial, { do: 'finish', id: (await idOf(trial)) ?? '' }, at)
  } else ended = await runVictim(trial, change, at)
  const killed = !ended
  if (ended?.state === 'error') wrong.push(JSON.stringify(ended))
  if (course === 'record') rmSync(place.responder.stateDir, { recursive: true, force: true })
  const run = await lookAtRun(trial)
  if (!run) return { wrong, killed }
  const plan = (await planOf(trial)) ?? run.plan
  if (killed && (course === 'finish' || course === 'killed finish'))
    await checkFinished(trial, plan, await finish(trial, plan.id))
  await checkUndone(trial, plan, await undo(trial, plan.id))
  return { wrong, killed, ...(ended && { counts: ended.counts }) }
}

async function idOf(trial: Trial): Promise<string | undefined> {
  return (await journals(trial))[0]?.planId
}

async function planOf(trial: Trial) {
  const [found] = await journals(trial)
  const first = found && (await readJournal(found.path)).entries[0]
  return first?.type === 'begin' ? first.plan : undefined
}

async function journals({ engine }: Trial) {
  return await listJournals(engine.stateDir, engine.clusterId)
}
