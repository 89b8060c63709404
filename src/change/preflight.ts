import { selfSubjectAccessReview } from '../cluster/access-review.ts'
import { inParallel } from '../cluster/in-parallel.ts'
import { apiVersion } from '../snapshot/snapshot.ts'
import type { Engine } from './engine.ts'
import { describeRef } from './describe-ref.ts'
import { objectName, type Plan } from './plan.ts'
import { afterDelete, preview, type Rehearsal } from './preview.ts'
import type { PreflightReport, RightNeeded } from './reports.ts'
import { rightsOf, rolesFor, type Wanted } from './rights.ts'

/**
 * Whether the plan could be applied and undone right now: an access review for every right, and the server's dry run of
 * every change. Stores nothing. `rehearsals` may be handed in where they are known already.
 */
export async function preflight(
  engine: Engine,
  plan: Plan,
  rehearsals?: Rehearsal[] | Promise<Rehearsal[]>,
): Promise<PreflightReport> {
  const [rights, tried] = await Promise.all([
    askRights(engine, rightsOf(plan, engine.stateNamespace)),
    rehearsals ?? preview(engine, plan),
  ])
  const missing = rights.filter(({ allowed }) => !allowed)
  const drift = [...driftOfHead(engine, plan), ...driftOf(tried)]
  const refusals = tried.flatMap(({ change, error }) =>
    error && !isWaiting(error, plan, change) ? [{ change, why: error.message }] : [],
  )
  const isMissingRight = (change: string) => missing.some((right) => right.change === change)
  const serious = refusals.filter(({ change }) => !isMissingRight(change))
  return {
    apiVersion,
    kind: 'PreflightReport',
    ready: missing.length === 0 && serious.length === 0 && drift.length === 0,
    rights,
    refusals: serious,
    missingRoles: rolesFor(
      missing.map(({ attributes }) => attributes),
      objectName(plan.id, 'responder'),
    ),
    drift,
    notes: tried.flatMap(({ ref, warnings }) => warnings.map((text) => `${describeRef(ref)}: ${text}`)),
  }

  // What goes into a namespace that the run itself makes cannot be rehearsed before.
  function isWaiting(error: { code: string }, { changes }: Plan, id: string): boolean {
    const change = changes.find((entry) => entry.id === id)
    if (error.code !== 'not-found' || change?.do !== 'create') return false
    const { namespace } = change.ref
    const isMade = changes.some(
      ({ do: how, ref }) => how === 'create' && ref.kind === 'Namespace' && ref.name === namespace,
    )
    return namespace === engine.stateNamespace || isMade
  }
}

/** Asks the server about every right, each one once. */
export async function askRights(engine: Engine, wanted: Wanted[]): Promise<RightNeeded[]> {
  const distinct = new Map(wanted.map((right) => [JSON.stringify(right.attributes), right.attributes]))
  const answers = new Map<string, { allowed: boolean; reason?: string }>()
  await inParallel(
    [...distinct],
    async ([key, attributes]) => {
      const { allowed, reason } = await selfSubjectAccessReview(engine.cluster, attributes)
      answers.set(key, { allowed, ...(reason && { reason }) })
    },
    16,
  )
  return wanted.map((right) => ({ ...right, ...(answers.get(JSON.stringify(right.attributes)) ?? { allowed: false }) }))
}

function driftOfHead({ clusterId, cluster }: Engine, plan: Plan): string[] {
  if (plan.cluster.id === clusterId) return []
  return [
    `the plan is for the cluster ${plan.cluster.id} (${plan.cluster.server}); this is ${clusterId} (${cluster.server})`,
  ]
}

function driftOf(tried: Rehearsal[]): string[] {
  return tried.flatMap(({ ref, missing, error }) =>
    error || missing === undefined || missing === 'it is so already' || missing === afterDelete
      ? []
      : [`${describeRef(ref)}: ${missing}`],
  )
}
