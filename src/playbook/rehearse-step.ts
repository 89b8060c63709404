import { preflight } from '../change/preflight.ts'
import type { Json, Plan } from '../change/plan.ts'
import { preview, type Rehearsal } from '../change/preview.ts'
import type { PreflightReport } from '../change/reports.ts'
import { SecureError } from '../errors.ts'
import type { Registry } from './check.ts'
import { compile, expressionIn, type Scope } from './expression.ts'
import type { ActionContext, Args, ChangeAction, Step } from './model.ts'
import { readObject } from './run/read-object.ts'
import { argsOf } from './run/walk.ts'

/** What became of a step in a rehearsal. `later`: it is known after apply. */
export type RehearsedStep = {
  step: string
  type: Step['type']
  title?: string
  /** The action that it calls. */
  run?: string
  /** Whatever is decided, unless the run stops before; else on some way. */
  certain: boolean
  result:
    | 'answered' // a question was asked, of the cluster as it is now
    | 'planned' // a change was planned, and its dry run asked for
    | 'unchanged' // there is nothing to change
    | 'later'
    | 'skipped'
    | 'failed' // it would fail now
    | 'open' // somebody decides, answers or approves
    | 'would' // it takes evidence, waits, tells or says something
  why?: string
  /** A question that comes after a change: it sees what was before. */
  before?: true
  outputs?: Json
  args?: Args
  plan?: Plan
  previews?: Rehearsal[]
  preflight?: PreflightReport
}

export type Outcome = Omit<RehearsedStep, 'step' | 'type' | 'title' | 'run' | 'certain'>

/** What one step would do. Throws SecureError where the cluster cannot be asked any more. */
export async function rehearseStep(
  { actions, context, isLive }: { actions: Registry; context: ActionContext; isLive: boolean },
  step: Exclude<Step, { type: 'call' }>,
  key: string,
  scope: Scope,
  later: ReadonlySet<string>,
  decided: string | undefined,
): Promise<Outcome> {
  switch (step.type) {
    case 'decision':
      return decided === undefined
        ? { result: 'open', why: `all branches are gone: ${Object.keys(step.cases).join(', ')}` }
        : { result: 'open', why: `decided: ${decided}` }
    case 'prompt':
      return { result: 'open', why: step.input.ask }
    case 'approval':
      return { result: 'open', why: `${step.role}, for ${step.covers.join(', ')}` }
    case 'note':
      return { result: 'would', why: step.text.split('\n', 1)[0] ?? '' }
    case 'notify':
      return { result: 'would', why: `tell ${step.channel}` }
    case 'wait':
      return { result: 'would', why: `wait ${step.for}: ${step.why}` }
    case 'verify':
      return { result: 'later', why: `until ${step.until}, for at most ${step.timeout}` }
    case 'get': {
      const { args, missing } = await knownOf(
        { kind: step.kind, name: step.name, ...(step.namespace !== undefined && { namespace: step.namespace }) },
        scope,
        later,
        key,
      )
      if (missing.length > 0) return { result: 'later', why: restsOn(missing) }
      return await orFailed(async () => ({
        result: 'answered',
        outputs: await readObject(context.engine.cluster, args),
      }))
    }
    case 'command': {
      const action = actions[step.run]
      if (!action) throw new TypeError(`there is no action ${step.run}`)
      const { args, missing } = await knownOf(step.with, scope, later, key)
      if (missing.length > 0) return { result: 'later', why: restsOn(missing), args }
      if (action.kind === 'evidence') return { result: 'would', why: action.summary, args }
      return await orFailed(async () =>
        action.kind === 'question'
          ? { result: 'answered', args, outputs: await action.ask(context, args) }
          : await tryChange(action, context, args, isLive),
      )
    }
  }
}

async function tryChange(action: ChangeAction, context: ActionContext, args: Args, isLive: boolean): Promise<Outcome> {
  if (!isLive) {
    const planned = await action.plan(context, args).catch((error: unknown) => {
      if (!(error instanceof SecureError) || error.code === 'interrupted') throw error
      return error
    })
    if (planned instanceof SecureError)
      return { result: 'later', why: `the plan needs the cluster itself: ${planned.message}`, args }
    if (planned) return { result: 'planned', why: 'no dry run: a snapshot is no server', args, plan: planned.plan }
    return { result: 'unchanged', args, outputs: { changed: false } }
  }
  const planned = await action.plan(context, args)
  if (!planned) return { result: 'unchanged', args, outputs: { changed: false } }
  const previews = await preview(context.engine, planned.plan)
  const report = await preflight(context.engine, planned.plan, previews)
  return { result: report.ready ? 'planned' : 'failed', args, plan: planned.plan, previews, preflight: report }
}

async function orFailed(work: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof SecureError) || ['interrupted', 'unreachable', 'unauthorized'].includes(error.code))
      throw error
    return { result: 'failed', why: error.message }
  }
}

/** The values that are known by now; `missing` are the others, with what they rest on. */
export async function knownOf(
  given: Record<string, Json> | undefined,
  scope: Scope,
  later: ReadonlySet<string>,
  key: string,
): Promise<{ args: Args; missing: string[] }> {
  const args: Args = {}
  const missing: string[] = []
  for (const [name, literal] of Object.entries(given ?? {})) {
    const cel = expressionIn(literal)
    const open = cel === undefined ? [] : (await compile(cel)).names.filter((used) => later.has(used))
    if (open.length > 0) missing.push(...open)
    else
      try {
        Object.assign(args, await argsOf({ [name]: literal }, scope, key))
      } catch (error) {
        if (!(error instanceof SecureError)) throw error
        missing.push(name)
      }
  }
  return { args, missing: [...new Set(missing)] }
}

const restsOn = (missing: readonly string[]): string => `it rests on ${missing.join(', ')}`
