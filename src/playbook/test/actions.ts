import { createHash } from 'node:crypto'
import { planHead } from '../../change/plan-head.ts'
import type { Json, Plan } from '../../change/plan.ts'
import { SecureError } from '../../errors.ts'
import { Unrecorded } from '../../snapshot/unrecorded.ts'
import { podsToTake } from '../actions/evidence-collect.ts'
import { given } from '../actions/values.ts'
import type { Registry } from '../check.ts'
import type { Action, ActionContext, Args, ChangeAction, EvidenceAction, Planned, QuestionAction } from '../model.ts'
import type { World } from './fixture.ts'
import type { Call, Changed, Stated } from './model.ts'
import { undoTexts, valuesText } from './words.ts'

/** What actions are called with and bring about in a case, by step. */
export type Log = { calls: Map<string, Call>; changes: Map<string, Changed> }
type About = { world: World; outcomes: Readonly<Record<string, Stated>>; step(): string; log: Log }

/** What an API server, a log or the records of a machine say: no manifest does, and these would take it for an answer. */
export const beyondFixtures: ReadonlySet<string> = new Set([
  'audit.ask',
  'image.refused',
  'token.dead',
  'isolation.status',
  'lockdown.status',
])

/**
 * The same actions on a fixture: questions are asked of it, changes planned on it and then made in it, evidence is taken for taken. What a test states of a step comes
 * instead. Nothing of a cluster is touched.
 */
export function actionsOn(actions: Registry, about: About): Registry {
  const wrapped = Object.values(actions).map((action): [string, Action] => {
    if (action.kind === 'question') return [action.name, questionOn(action, about)]
    return [action.name, action.kind === 'evidence' ? evidenceOn(action, about) : changeOn(action, about)]
  })
  return Object.fromEntries(wrapped)
}

// A call is noted by its step; what is asked again and again is one call.
function called(action: Action, args: Args, { outcomes, step, log }: About): { stated: Stated; call: Call } {
  const key = step()
  const call: Call = { step: key, run: action.name, kind: action.kind, with: valuesText(args) }
  if (!log.calls.has(key)) log.calls.set(key, call)
  given(action.name, action.with, args)
  const stated = Object.hasOwn(outcomes, key) ? (outcomes[key] as Stated) : {}
  if (stated.fails !== undefined) throw new SecureError('server', stated.fails)
  return { stated, call }
}

function questionOn(action: QuestionAction, about: About): QuestionAction {
  return {
    ...action,
    async ask(context, args) {
      const { stated } = called(action, args, about)
      if (stated.outputs) return { ...nothingKnown(action), ...stated.outputs }
      if (beyondFixtures.has(action.name)) throw toState(action, about)
      return await action.ask(context, args).catch((error: unknown) => {
        throw error instanceof Unrecorded ? toState(action, about) : error
      })
    },
  }
}

const toState = ({ name }: Action, { step }: About): SecureError =>
  new SecureError('usage', `no fixture says what ${name} would: state it under outcomes: {${step()}: {outputs: …}}`)

function evidenceOn(action: EvidenceAction, about: About): EvidenceAction {
  return {
    ...action,
    async collect(_context, args) {
      const { stated } = called(action, args, about)
      const { target = [] } = args
      const { pods, gone } = await podsToTake(about.world.cluster, Array.isArray(target) ? target : [target])
      const complete = stated.complete ?? gone.length === 0
      const covers = complete ? pods : []
      const file = `${about.step()}.tar.gz`
      const digest = createHash('sha256').update(file).digest('hex')
      const taken = { complete, pods: covers, missing: complete ? gone : pods, gaps: [], file, digest }
      return { outputs: { ...taken, ...stated.outputs }, covers, complete, file, digest }
    },
  }
}

function changeOn(action: ChangeAction, about: About): ChangeAction {
  return {
    ...action,
    async plan(context, args): Promise<Planned | undefined> {
      const { stated, call } = called(action, args, about)
      const engine = { ...context.engine, cluster: about.world.planning }
      const planned = await action.plan({ ...context, engine }, args).catch((error: unknown) => {
        // What it gives is stated: that the fixture has no plan for it is no matter.
        if (stated.outputs && error instanceof SecureError) return unplanned(context)
        throw error
      })
      if (!planned) return undefined
      const { plan, destroys = [], outputs } = planned
      return {
        ...planned,
        apply() {
          const result = { ...outputs, ...stated.outputs }
          const state = stateOf(result['state'])
          if (state !== 'failed') about.world.apply(plan, destroys)
          about.log.changes.set(call.step, { ...call, ...undoTexts(plan, destroys) })
          return Promise.resolve({ outputs: result, state, ...(state !== 'applied' && { why: `it was ${state}` }) })
        },
      }
    },
  }
}

const nothingKnown = ({ outputs }: Action): Record<string, Json> =>
  Object.fromEntries(Object.keys(outputs).map((name) => [name, null]))

const stateOf = (stated: Json | undefined) => (stated === 'partial' || stated === 'failed' ? stated : 'applied')

function unplanned({ engine }: ActionContext): Planned {
  const plan: Plan = { ...planHead(engine, { command: ['playbook', 'test'] }), changes: [], notes: [] }
  return { plan, outputs: { plan: plan.id }, apply: () => Promise.reject(new TypeError('a test applies nothing')) }
}
