import type { Json } from '../../change/plan.ts'
import { SecureError } from '../../errors.ts'
import type { Registry } from '../check.ts'
import { pinned } from '../pin.ts'
import type { Read } from '../read.ts'
import { inputOf } from '../run/carry-ask.ts'
import { carrierOf } from '../run/carry.ts'
import type { RunContext } from '../run/context.ts'
import type { Recorded } from '../run/entry.ts'
import type { Responder } from '../run/responder.ts'
import { argsOf, type Carrier, walk } from '../run/walk.ts'
import { snapshotEngine } from '../snapshot-engine.ts'
import type { Library } from '../stops.ts'
import { actionsOn, type Log } from './actions.ts'
import type { World } from './fixture.ts'
import { journalIn, pathIn, testRun } from './journal.ts'
import type { Stated, TestAnswers, Trace } from './model.ts'
import { valuesText } from './words.ts'

export type Trial = {
  read: Read
  library: Library
  actions: Registry
  world: World
  answers: TestAnswers
  outcomes: Readonly<Record<string, Stated>>
}

const begun = Date.parse('2026-01-01T03:00:00Z')

/**
 * Runs a playbook on a fixture, by the code that runs it on a cluster: only its actions, its journal and its clock are others. Nothing is written, sent or waited
 * for; SecureErrors are part of the trace.
 */
export async function runCase(trial: Trial): Promise<Trace> {
  const { read, library, actions, world, outcomes } = trial
  let clock = begun
  const entries: Recorded[] = []
  const journal = journalIn(entries, () => new Date(clock))
  const { name, version } = read.playbook.metadata
  const engine = { ...(await snapshotEngine(world.cluster, 'kubectl-secure')), now: () => new Date(clock) }
  const by = engine.user.name
  await journal.append({
    type: 'begin',
    runId: testRun,
    playbook: { name, version, digest: read.digest },
    cluster: { id: engine.clusterId, server: engine.cluster.server },
    by,
    user: by,
  })
  const log: Log = { calls: new Map(), changes: new Map() }
  // A step is in the journal before anything of it is done.
  const step = () => entries.findLast((entry) => entry.type === 'step')?.step ?? ''
  const failing = (key: string) => (Object.hasOwn(outcomes, key) ? outcomes[key]?.fails : undefined)
  const context: RunContext = {
    engine,
    journal,
    library,
    actions: actionsOn(actions, { world, outcomes, step, log }),
    responder: responderOf(trial, by, failing),
    tell(_channel, message) {
      const why = failing(message.id.slice(testRun.length + 1).replaceAll('.', '/'))
      return Promise.resolve(why === undefined ? { sent: true } : { sent: false, why })
    },
    sleep: (milliseconds) => Promise.resolve(void (clock += milliseconds)),
    check: () => Promise.resolve(),
    hold: () => Promise.resolve(),
  }
  const ended = await toItsEnd(context, read, log)
  return {
    path: pathIn(entries),
    calls: [...log.calls.values()],
    changes: [...log.changes.values()],
    end: ended.state,
    ...(ended.why !== undefined && { why: ended.why }),
    entries,
  }
}

async function toItsEnd(
  context: RunContext,
  { playbook }: Read,
  log: Log,
): Promise<Pick<Trace, 'why'> & { state: Trace['end'] }> {
  try {
    const inputs: Record<string, Json> = {}
    for (const [name, input] of Object.entries(playbook.inputs ?? {}))
      inputs[name] = await inputOf(context, name, input, { inputs, steps: {} })
    return await walk(playbook, inputs, notingCalls(carrierOf(context), log))
  } catch (error) {
    if (!(error instanceof SecureError)) throw error
    return { state: 'stopped', why: error.message }
  }
}

// What another playbook is called with: its steps are noted by themselves.
function notingCalls(carrier: Carrier, { calls }: Log): Carrier {
  return {
    ...carrier,
    async carryOut(step, key, scope, about) {
      if (step.type === 'call')
        calls.set(key, {
          step: key,
          run: step.playbook,
          kind: 'call',
          with: valuesText(await argsOf(step.with, scope, key)),
        })
      return await carrier.carryOut(step, key, scope, about)
    },
  }
}

function responderOf({ answers, world }: Trial, by: string, failing: (key: string) => string | undefined): Responder {
  return {
    say: () => {},
    async input(key, input, where) {
      const value = answers.inputs?.[key] ?? input.default
      if (value === undefined) return undefined
      return { value: await pinned(world.cluster, input, value, { ...where, warn: () => {} }), by }
    },
    decide(key) {
      const value = answers.decisions?.[key]
      if (value === undefined) throw new SecureError('usage', `the test does not answer the decision ${key}`)
      return Promise.resolve({ value: String(value), by })
    },
    approve: (key) => Promise.resolve({ value: failing(key) === undefined, by: answers.approvals?.[key]?.by ?? by }),
    mayApply: (key) => Promise.resolve({ value: answers.confirm?.[key] !== false, by }),
  }
}
