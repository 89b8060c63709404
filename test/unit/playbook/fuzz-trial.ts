import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dump } from 'js-yaml'
import type { Engine } from '../../../src/change/engine.ts'
import { newPlanId } from '../../../src/change/id.ts'
import type { Plan } from '../../../src/change/plan.ts'
import { baseOf } from '../../../src/cli/playbook-session.ts'
import type { Request } from '../../../src/cluster/cluster.ts'
import { SecureError } from '../../../src/errors.ts'
import { actions } from '../../../src/playbook/actions/index.ts'
import { openLibrary, type PlaybookLibrary } from '../../../src/playbook/library.ts'
import type { ActionContext } from '../../../src/playbook/model.ts'
import { preflightPath } from '../../../src/playbook/preflight.ts'
import { readPlaybook, validatePlaybook } from '../../../src/playbook/read.ts'
import { rehearse } from '../../../src/playbook/rehearse.ts'
import { startPlaybook } from '../../../src/playbook/run/run.ts'
import { stopsOf } from '../../../src/playbook/stops.ts'
import { mistakesIn } from '../../../src/playbook/validate-file.ts'
import { isWrite } from '../../real/change/matrix/doom.ts'
import type { Drawn } from './fuzz-draw.ts'
import { lookAtJournals, type Want } from './fuzz-journals.ts'
import { answered, type Mood, responderOf, type World } from './fuzz-responder.ts'
import { unplanned } from './fuzz-writes.ts'

/** How it went: what is wrong, the plans that were confirmed, the changes that were refused, and the writes. */
export type Tried = { wrong: string[]; taken: boolean; plans: Plan[]; refused: Want[]; writes: number; state?: string }

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
  const tried: Tried = { wrong: [], taken: false, plans: [], refused: [], writes: 0 }
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
  // Who has changed something has to say how it ended.
  if (!result && plans.length > 0) tried.wrong.push(`it has ${plans.length} plans, and came to no end`)
  const journals = await lookAtJournals(engine, plans)
  tried.wrong.push(...journals.wrong)
  const { refused } = journals
  return { ...tried, plans, refused, writes: requests.length, ...(result && { state: result.state }) }
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

function contextOf(engine: Engine): ActionContext {
  const folder = join(engine.stateDir, 'rehearsal')
  return { engine, folder, runId: newPlanId(), probeImage: 'localhost/agnhost:1', say: () => {} }
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
