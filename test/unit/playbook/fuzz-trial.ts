import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dump } from 'js-yaml'
import type { Engine } from '../../../src/change/engine.ts'
import { newPlanId } from '../../../src/change/id.ts'
import type { Json, Plan } from '../../../src/change/plan.ts'
import { baseOf } from '../../../src/cli/playbook-session.ts'
import type { Request } from '../../../src/cluster/cluster.ts'
import { SecureError } from '../../../src/errors.ts'
import { actions } from '../../../src/playbook/actions/index.ts'
import { messageParts } from '../../../src/playbook/expression.ts'
import { openLibrary, type PlaybookLibrary } from '../../../src/playbook/library.ts'
import type { ActionContext, InputType } from '../../../src/playbook/model.ts'
import { pinned } from '../../../src/playbook/pin.ts'
import { preflightPath } from '../../../src/playbook/preflight.ts'
import { readPlaybook, validatePlaybook } from '../../../src/playbook/read.ts'
import { rehearse } from '../../../src/playbook/rehearse.ts'
import { digestOf } from '../../../src/playbook/run/carry-command.ts'
import { readRunJournal } from '../../../src/playbook/run/journal.ts'
import { listRuns } from '../../../src/playbook/run/list.ts'
import type { Responder } from '../../../src/playbook/run/responder.ts'
import { startPlaybook } from '../../../src/playbook/run/run.ts'
import { stopsOf } from '../../../src/playbook/stops.ts'
import { mistakesIn } from '../../../src/playbook/validate-file.ts'
import { isWrite } from '../../real/change/matrix/doom.ts'
import type { Drawn } from './fuzz-draw.ts'
import { unplanned } from './fuzz-writes.ts'

/** What a drawn playbook is tried on: an engine, what may be answered to an input, and whether it is a server. */
export type World = { engine: Engine; answers: Partial<Record<InputType, Json[]>>; isLive: boolean }
/** `declines`: nobody confirms a change. `unsigned`: the playbook is of nobody, and somebody would confirm all. */
export type Mood = 'confirms' | 'declines' | 'unsigned'
export type Tried = { wrong: string[]; taken: boolean; plans: number; writes: number; state?: string }

const sub = {
  apiVersion: 'kubectl-secure.github.io/v1',
  kind: 'Playbook',
  metadata: { name: 'sub', version: '1.0.0', title: 'Called' },
  inputs: { pod: { type: 'pod', ask: '?' }, constructor: { type: 'enum', ask: '?', values: ['a', 'b'] } },
  steps: [
    { id: 'look', type: 'command', run: 'pod.facts', with: { pod: '${{ inputs.pod }}' }, onFail: 'continue' },
    { id: 'cut', type: 'command', run: 'isolate', with: { target: '${{ [inputs.pod] }}' }, onFail: 'continue' },
  ],
}

/** Validates, rehearses and runs a playbook; what is wrong with how that went, and nothing where all errors are SecureErrors and all writes were shown. */
export async function tryDrawn({ playbook, choices }: Drawn, world: World, mood: Mood): Promise<Tried> {
  const text = await mended(playbook)
  const tried: Tried = { wrong: [], taken: false, plans: 0, writes: 0 }
  const { requests, engine, sleep } = watched(world.engine)
  const library = libraryWith()
  const mistakes = await mistakesIn(text, library)
  const read = await orRefused(async () => await readPlaybook('own.yaml', text, actions))
  if (!read || mistakes.length > 0) return tried
  tried.taken = true
  const stops = await orRefused(async () => await stopsOf({ ...read, trust }, library.named))
  if (!stops) return tried
  const plans: Plan[] = []
  let turn = 0
  const choice = () => choices[turn++ % choices.length] ?? 0
  const responder = responderOf(world, choice, mood, plans)
  const inputs = await orRefused(async () => await answered(read.playbook.inputs ?? {}, responder))
  if (!inputs) return tried
  if (world.isLive) await orRefused(async () => await preflightPath(engine, actions, stops, inputs))
  const about = { read, library: library.named, actions, decided: {}, isLive: world.isLive, onStep: () => {} }
  await orRefused(async () => await rehearse({ ...about, context: contextOf(engine) }, inputs))
  for (const request of requests.splice(0)) tried.wrong.push(`a rehearsal wrote: ${request.method} ${request.path}`)
  const words = { 'allow-unsigned': mood !== 'unsigned', 'probe-image': 'localhost/agnhost:1' }
  const base = baseOf(engine, responder, { library, stops, words })
  const told: string[] = []
  const tell: typeof base.tell = async (channel, message) => {
    const sent = mood === 'unsigned' ? await base.tell(channel, message) : { sent: true as const }
    if (sent.sent) told.push(channel)
    return sent
  }
  const result = await orRefused(async () => await startPlaybook({ ...base, sleep, tell }, read))
  tried.wrong.push(...unplanned(requests, plans, engine.stateNamespace))
  if (mood !== 'confirms' && requests.length > 0) tried.wrong.push(`${mood}, and it wrote ${requests.length} times`)
  if (mood === 'unsigned' && told.length > 0) tried.wrong.push(`nobody signed it, and it told ${told.join(', ')}`)
  tried.wrong.push(...(await wrongInJournal(engine, plans)))
  return { ...tried, plans: plans.length, writes: requests.length, ...(result && { state: result.state }) }
}

const trust = { by: 'nobody', why: 'there is no signature' } as const

// What is wrong with a step is found, and a note is in its place: so that most that are drawn are gone through.
async function mended(playbook: Drawn['playbook']): Promise<string> {
  const { inputs, steps, ...head } = structuredClone(playbook) as Drawn['playbook'] & {
    inputs: Record<string, unknown>
    steps: { id: string; [key: string]: unknown }[]
  }
  for (let left = 12; ; left -= 1) {
    const text = dump({ ...head, inputs, steps }, { noRefs: true })
    const { complaints } = await validatePlaybook(text, actions)
    const places = complaints.map(({ pointer }) => /^\/(inputs|steps)\/([^/]+)/.exec(pointer)?.slice(1) ?? [])
    if (places.length === 0 || left === 0) return text
    for (const [where, key = ''] of places) {
      if (where === 'inputs') inputs[key] = { type: 'string', ask: 'Which?' }
      const step = where === 'steps' ? steps[Number(key)] : undefined
      if (step)
        steps[Number(key)] = {
          id: step.id,
          type: 'note',
          text: 'It was wrong',
        }
    }
  }
}

// Whatever else is thrown is a crash.
async function orRefused<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof SecureError) return undefined
    throw error
  }
}

function watched(engine: Engine) {
  const requests: Request[] = []
  let later = 0
  const note = (request: Request) => void (isWrite(request) && requests.push(request))
  const { cluster } = engine
  const recorded: Engine = {
    ...engine,
    now: () => new Date(Date.now() + later),
    cluster: {
      ...cluster,
      request: async (request) => (note(request), await cluster.request(request)),
      json: async <T>(request: Request) => (note(request), await cluster.json<T>(request)),
      webSocket: async (request) => (requests.push({ ...request, method: 'EXEC' }), await cluster.webSocket(request)),
    },
  }
  return { requests, engine: recorded, sleep: (ms: number) => Promise.resolve(void (later += ms)) }
}

function libraryWith(): PlaybookLibrary {
  const shipped = openLibrary({ env: {}, home: '/nonexistent' })
  const named: PlaybookLibrary['named'] = async (name) =>
    name === 'sub' ? { ...(await readPlaybook('sub.yaml', dump(sub), actions)), trust } : await shipped.named(name)
  return { ...shipped, named }
}

function responderOf({ answers, engine }: World, choice: () => number, mood: Mood, plans: Plan[]): Responder {
  const by = engine.user.name
  const warn = () => {}
  return {
    async input(_key, input, where) {
      const right = [...(answers[input.type] ?? []), ...(input.type === 'enum' ? (input.values ?? []) : [])]
      const odd = [null, 'shop/web-0', '../../x', '${{ 1 }}', true, ['a']]
      const from = choice() % 60 !== 59 && right.length > 0 ? right : odd
      const value = from[choice() % from.length]
      if (value === undefined || value === null) return undefined
      return { value: await pinned(engine.cluster, input, value, { ...where, warn }), by }
    },
    decide: (_key, { cases }) => Promise.resolve({ value: Object.keys(cases)[choice() % 2] ?? '', by }),
    approve: () => Promise.resolve({ value: choice() % 5 !== 4, by }),
    mayApply(_key, _action, { plan }) {
      const value = mood !== 'declines' && (mood === 'unsigned' || choice() % 5 !== 4)
      if (value) plans.push(structuredClone(plan))
      return Promise.resolve({ value, by })
    },
    say: (event) => void (event.kind === 'note' && messageParts(event.text)),
  }
}

async function answered(wanted: Record<string, never> | object, responder: Responder): Promise<Record<string, Json>> {
  const values: Record<string, Json> = {}
  for (const [key, input] of Object.entries(wanted) as [string, Parameters<Responder['input']>[1]][])
    values[key] = (await responder.input(key, input, {}))?.value ?? null
  return values
}

function contextOf(engine: Engine): ActionContext {
  const folder = join(engine.stateDir, 'rehearsal')
  return { engine, folder, runId: newPlanId(), probeImage: 'localhost/agnhost:1', say: () => {} }
}

// The plan that was applied is the one that was shown: its digest is in the journal before anything is done.
async function wrongInJournal({ stateDir, clusterId }: Engine, plans: readonly Plan[]): Promise<string[]> {
  const wrong: string[] = []
  const shown = new Set(plans.map(digestOf))
  for (const { folder, broken } of await listRuns(stateDir, clusterId)) {
    if (broken !== undefined) wrong.push(`the journal is broken: ${broken}`)
    for (const entry of (await readRunJournal(folder)).entries)
      if (entry.type === 'plan' && !shown.has(entry.digest)) wrong.push(`plan ${entry.planId} was never shown`)
  }
  return wrong
}

/** A place for the journals of one trial, gone after it. */
export async function withState<T>(work: (stateDir: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'kubectl-secure-fuzz-'))
  try {
    return await work(join(folder, 'kubectl-secure'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
