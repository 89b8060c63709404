import type { Engine } from '../change/engine.ts'
import type { Json } from '../change/plan.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { askRights } from '../change/preflight.ts'
import type { RightNeeded } from '../change/reports.ts'
import { recordRights, rolesFor } from '../change/rights.ts'
import type { Registry } from './check.ts'
import { compile, expressionIn } from './expression.ts'
import type { Args, Right, Step } from './model.ts'
import { nameIn, resourceOf } from './run/read-object.ts'
import { argsOf } from './run/walk.ts'
import type { Stop } from './stops.ts'

/** A right that a step needs. `sure`: it is asked for exactly, as all that the step is about is known by now. */
export type StepRight = Right & { allowed: boolean; reason?: string; sure: boolean }
export type PathPreflight = {
  /** Whether nothing is missing that a step surely needs. */
  ready: boolean
  steps: { step: string; certain: boolean; rights: StepRight[] }[]
  /** Grants exactly what is missing. */
  missingRoles: { [key: string]: Json }[]
}

/**
 * Whether every step that a run may come to has its rights, by access reviews, and the record of its changes. What a step finds out is not known yet: its rights
 * are asked for in general then, and what is missing of those may not be needed. Stores nothing.
 */
export async function preflightPath(
  engine: Engine,
  actions: Registry,
  stops: readonly Stop[],
  inputs: Readonly<Record<string, Json>>,
): Promise<PathPreflight> {
  const asked = await Promise.all(stops.map(async (stop) => await rightsAt(stop, actions, inputs, engine)))
  const wanted = asked.flatMap(({ key, certain, rights }) => rights.map((right) => ({ key, certain, ...right })))
  const answers = await askRights(
    engine,
    wanted.map(({ key, right }) => ({ for: 'apply', change: key, attributes: attributesOf(right) })),
  )
  const judged = wanted.map(({ key, certain, right, sure }, at) => ({
    key,
    certain,
    right: { ...right, sure, ...verdictOf(answers[at]) },
  }))
  const steps = [...Map.groupBy(judged, ({ key }) => key)].map(([step, some]) => ({
    step,
    certain: some[0]?.certain ?? false,
    rights: some.map(({ right }) => right),
  }))
  const missing = judged.filter(({ right }) => !right.allowed && !right.optional)
  const distinct = new Map(missing.map(({ right }) => [JSON.stringify(attributesOf(right)), attributesOf(right)]))
  return {
    ready: missing.every(({ right }) => !right.sure),
    steps,
    missingRoles: rolesFor([...distinct.values()], 'kubectl-secure-playbook'),
  }
}

type Wanted = { right: Right; sure: boolean }

async function rightsAt(
  { step, key, certain, read }: Stop,
  actions: Registry,
  inputs: Readonly<Record<string, Json>>,
  { cluster, stateNamespace }: Engine,
): Promise<{ key: string; certain: boolean; rights: Wanted[] }> {
  // The inputs of a playbook that is called are known once it is called.
  const known = key === step.id ? inputs : {}
  const names = Object.keys(read.playbook.inputs ?? {})
  if (step.type === 'get') return { key, certain, rights: await rightsOfGet(step, cluster, known, names) }
  if (step.type !== 'command' && step.type !== 'verify') return { key, certain, rights: [] }
  const action = actions[step.run]
  if (!action) throw new TypeError(`there is no action ${step.run}`)
  const { args, all } = await knownArgs(step.with, known, names)
  const rights = action.rights(args, stateNamespace).map((right): Wanted => ({ right, sure: all }))
  if (action.kind !== 'change') return { key, certain, rights }
  const record = recordRights(stateNamespace)
    .filter((one) => one.for === 'apply')
    .map(({ attributes }): Wanted => ({ right: rightOf(attributes), sure: true }))
  return { key, certain, rights: [...rights, ...record] }
}

// What is not served is no matter of rights: the step itself says so.
async function rightsOfGet(
  { kind, name, namespace }: Extract<Step, { type: 'get' }>,
  cluster: Cluster,
  inputs: Readonly<Record<string, Json>>,
  names: readonly string[],
): Promise<Wanted[]> {
  const served = await resourceOf(cluster, kind)
  if (!served) return []
  const { args, all } = await knownArgs({ name, ...(namespace !== undefined && { namespace }) }, inputs, names)
  const named = nameIn(args['name'])
  const space = namespace === undefined ? cluster.namespace : nameIn(args['namespace'])
  const right: Right = {
    verb: 'get',
    group: served.group,
    resource: served.resource,
    ...(typeof named === 'string' && { name: named }),
    ...(served.namespaced && typeof space === 'string' && { namespace: space }),
  }
  return [{ right, sure: all }]
}

/** As many of the values of a step as inputs and literals say; `all` of them, or not. */
export async function knownArgs(
  given: Record<string, Json> | undefined,
  inputs: Readonly<Record<string, Json>>,
  names: readonly string[],
): Promise<{ args: Args; all: boolean }> {
  const known = Object.fromEntries(Object.entries(inputs).filter(([name]) => names.includes(name)))
  const args: Args = {}
  let all = true
  for (const [name, literal] of Object.entries(given ?? {})) {
    const cel = expressionIn(literal)
    const uses = cel === undefined ? [] : (await compile(cel)).names
    if (uses.every((used) => used.startsWith('inputs.') && Object.hasOwn(known, used.slice('inputs.'.length))))
      Object.assign(args, await argsOf({ [name]: literal }, { inputs: known, steps: {} }, name))
    else all = false
  }
  return { args, all }
}

function attributesOf({ optional: _optional, ...attributes }: Right) {
  return attributes
}

function rightOf(attributes: { group?: string; [key: string]: unknown }): Right {
  return { group: '', ...attributes } as Right
}

function verdictOf(answer: RightNeeded | undefined): { allowed: boolean; reason?: string } {
  const { allowed = false, reason } = answer ?? {}
  return { allowed, ...(reason !== undefined && { reason }) }
}
