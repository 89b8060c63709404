// Runs the real engine as a process of its own, which ends itself by SIGKILL at an exact point: see matrix/victim-job.ts.
import { readFileSync } from 'node:fs'
import { findRun } from '../../../src/change/find-run.ts'
import { applyPlan, resumeRun, undoRun } from '../../../src/change/runs.ts'
import { SecureError } from '../../../src/errors.ts'
import { carryOutIsolation } from '../../../src/isolation/carry-out.ts'
import { refusalOf } from '../../../src/change/refusal.ts'
import { prepareIsolation } from '../../../src/isolation/prepare.ts'
import { releaseFirst } from '../../../src/isolation/release.ts'
import { carryOutLockdown } from '../../../src/lockdown/carry-out.ts'
import { gatesOf } from '../../../src/lockdown/gates.ts'
import { parts } from '../../../src/lockdown/model.ts'
import { prepareLockdown } from '../../../src/lockdown/prepare.ts'
import { engineOf, image } from './matrix/engine.ts'
import { doomed } from './matrix/doom.ts'
import type { Ended, Job } from './matrix/victim-job.ts'
import { connectTo } from './harness.ts'

const job = JSON.parse(readFileSync(0, 'utf8')) as Job
const doom = doomed(job.at, () => process.kill(process.pid, 'SIGKILL'))
const ended = (end: Omit<Ended, 'counts'>): void => {
  process.stdout.write(JSON.stringify({ ...end, counts: doom.counts } satisfies Ended))
}

const cluster = await connectTo(job.kubeconfig)
const engine = await engineOf(doom.wrap(cluster), job, doom.now)
try {
  ended({ state: await work() })
} catch (error) {
  if (!(error instanceof SecureError)) throw error
  ended({ state: 'error', code: error.code, message: error.message })
} finally {
  cluster.close()
}

async function work(): Promise<string> {
  const task = job.task
  switch (task.do) {
    case 'isolate': {
      const since = Date.now()
      const prepared = await prepareIsolation(engine, {
        query: task.query,
        options: task.options,
        command: ['isolate'],
        image,
      })
      const refused = refusalOf(prepared.preflight)
      if (refused) throw refused
      doom.arm()
      return (await carryOutIsolation(engine, prepared, { since })).run.state
    }
    case 'lockdown': {
      const options = { level: 'baseline' as const, parts, asked: [], observed: [], force: false, ...task.options }
      const request = { namespaces: [task.namespace], options, command: ['lockdown'], image }
      const prepared = await prepareLockdown(engine, request)
      const refused = refusalOf(prepared.preflight)
      if (refused) throw refused
      doom.arm()
      return (await carryOutLockdown(engine, prepared)).run?.state ?? ''
    }
    case 'apply':
      doom.arm()
      return (await applyPlan(engine, task.plan)).state
    case 'undo': {
      const run = await findRun(engine, task.id)
      doom.arm()
      return (await undoRun(engine, run, { first: releaseFirst(engine, run, image) })).state
    }
    case 'finish': {
      const run = await findRun(engine, task.id)
      doom.arm()
      return (await resumeRun(engine, run, 'finish', { gates: gatesOf(engine, run.plan) })).state
    }
  }
}
