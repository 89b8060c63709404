import { Readable } from 'node:stream'
import fc from 'fast-check'
import { inParallel } from '../../../src/cluster/in-parallel.ts'
import { indexRbac } from '../../../src/rbac/rbac-index.ts'
import type { Attributes } from '../../../src/rbac/rule-match.ts'
import type { Binding, Role } from '../../../src/snapshot/objects.ts'
import type { Snapshot } from '../../../src/snapshot/snapshot.ts'
import { manifestsOf } from '../../../src/unused/manifests.ts'
import type { Narrowed } from '../../../src/unused/narrow.ts'
import { unusedReport } from '../../../src/unused/report.ts'
import { type Got, passedAuthorization, type Server, width } from '../../fuzz/server.ts'
import { fuzzLabel, rbacGroup, type WorldObject } from '../../fuzz/world.ts'
import { type Act, asked } from '../../unit/unused/acts.ts'
import { course, isSmaller } from '../../unit/unused/api-server.ts'
import { type Case, cases } from '../../unit/unused/arbitrary-case.ts'
import { policy } from '../../unit/unused/log.ts'
import * as words from '../../unit/unused/words.ts'
import { requestOf } from './act-request.ts'
import type { Bench } from './bench.ts'

/** A world, what is done in it, and what else is asked about each caller. */
export const trials = fc.record({ of: cases, probes: fc.noBias(fc.array(asked, { maxLength: 10, size: 'max' })) })
type Trial = { of: Case; probes: Attributes[] }

/** What was compared; `passed` and `refused` are of the requests, by kind. */
export type Tally = {
  worlds: number
  requests: number
  reviews: number
  emitted: number
  passed: Record<string, number>
  refused: Record<string, number>
}
export const emptyTally = (): Tally => ({ worlds: 0, requests: 0, reviews: 0, emitted: 0, passed: {}, refused: {} })

/**
 * Does what a trial says, narrows RBAC to what the server logged, applies that, and does it again. Returns what is wrong: requests that passed and do so
 * no longer, or were refused and pass now; rights that somebody has now; and where the server is not as test/unit/unused has it.
 */
export async function tryTrial(
  { stage, callers, waiting, linesOf }: Bench,
  { of: tried, probes }: Trial,
  tally: Tally,
): Promise<string[]> {
  const send = async () =>
    await inParallel(
      tried.acts,
      async (act) => await (callers.get(act.caller.username) as Server).send(requestOf(act, waiting)),
      width,
    )
  try {
    const { snapshot } = await stage.put(objectsOf(tried.world))
    let first: Got[] = []
    const log = await linesOf(async () => (first = await send()).length)
    const before = await reviews(stage.server, probes)
    const { report, narrowed } = await unusedReport(
      Readable.from([log]),
      { snapshot, index: indexRbac(snapshot) },
      { policy, isWanted: ({ bound }) => words.bindingName.test(bound.binding.name), narrow: true },
    )
    if (!narrowed) throw new Error('not narrowed')
    const refusals = await apply(stage.server, narrowed)
    const { snapshot: after } = await stage.put([])
    const second = await send()
    const gained = (await reviews(stage.server, probes)).filter((allowed, at) => allowed && !before[at])
    note(tally, tried, first, narrowed)
    tally.reviews += 2 * probes.length * words.callers.length
    return [
      ...refusals,
      ...(report.narrowed?.replay.denied ?? []).map((one) => `the replay would refuse ${JSON.stringify(one)}`),
      ...report.notes.filter((one) => one.includes('RBAC does not allow')),
      ...gained.map(() => 'somebody may more'),
      ...tried.acts.flatMap((act, at) => differences(snapshot, after, act, first[at] as Got, second[at] as Got)),
    ]
  } finally {
    await stage.clear()
  }
}

function differences(before: Snapshot, after: Snapshot, act: Act, first: Got, second: Got): string[] {
  const isRefused = ({ status }: Got) => status === 403
  const said = `${JSON.stringify(act)}: ${first.status} ${first.body.slice(0, 300)}; then ${second.status} ${second.body.slice(0, 300)}`
  const { end } = course(before, act)
  const found: string[] = []
  if (isRefused(first) !== (end !== 'done' && end !== 'missing')) found.push(`taken to end by ${end}, ${said}`)
  // What failed later used its right to ask for it, and no more.
  const isKept = first.status < 400 ? !isRefused(second) : passedAuthorization(second)
  if (!isRefused(first) && !isKept) found.push(`refused once it was narrowed, ${said}`)
  if (isRefused(first) && !isRefused(second) && !isSmaller(before, after, act))
    found.push(`allowed once it was narrowed, ${said}`)
  return found
}

async function reviews(server: Server, probes: readonly Attributes[]): Promise<boolean[]> {
  const tasks = words.callers.flatMap(({ username, groups }) =>
    probes.map((probe) => ({ who: { user: username, groups }, probe })),
  )
  return await inParallel(tasks, async ({ who, probe }) => (await server.review(who, probe)).allowed, width)
}

function note(tally: Tally, { acts: made }: Case, got: readonly Got[], { roles, bindings, removed }: Narrowed): void {
  tally.worlds += 1
  tally.requests += 2 * made.length
  tally.emitted += roles.length + bindings.length + removed.length
  for (const [at, { kind }] of made.entries()) {
    const its = got[at]?.status === 403 ? tally.refused : tally.passed
    its[kind] = (its[kind] ?? 0) + 1
  }
}

/** The objects of a world; a role that every cluster has is that of the cluster. */
function objectsOf({ roles, clusterRoles, roleBindings, clusterRoleBindings }: Snapshot): WorldObject[] {
  const own = [...roles, ...clusterRoles].filter(({ name }) => name !== 'edit')
  const ruleOf = (rule: Role['rules'][number]) =>
    Object.fromEntries(Object.entries(rule).filter(([, list]) => list.length > 0))
  return [
    ...own.map(({ kind, rules, ...head }) => ({ kind, metadata: metadataOf(head), rules: rules.map(ruleOf) })),
    ...[...roleBindings, ...clusterRoleBindings].map(({ kind, roleRef, subjects, ...head }: Binding) => ({
      kind,
      metadata: metadataOf(head),
      roleRef: { apiGroup: rbacGroup, ...roleRef },
      subjects,
    })),
  ]
}

function metadataOf({ name, namespace }: { name: string; namespace?: string | undefined }) {
  return { name, ...(namespace !== undefined && { namespace }) }
}

type Manifest = { kind: string; metadata: { name: string; namespace?: string; labels?: object } }

/** As kubectl apply and then kubectl delete would; what the server refuses of it. */
async function apply(server: Server, narrowed: Narrowed): Promise<string[]> {
  const { apply: applied, remove } = manifestsOf(narrowed) as { apply: Manifest[]; remove: Manifest[] }
  const refused: string[] = []
  const send = async (method: string, object: Manifest, body?: object) => {
    const { kind, metadata } = object
    const place = metadata.namespace === undefined ? '' : `/namespaces/${metadata.namespace}`
    const path = `/apis/${rbacGroup}/v1${place}/${kind.toLowerCase()}s/${encodeURIComponent(metadata.name)}`
    const { status, body: said } = await server.send({ method, path, ...(body && { body }) })
    if (status !== 200 && status !== 201) refused.push(`${method} ${JSON.stringify(object)} got ${status}: ${said}`)
  }
  for (const object of applied) {
    const labels = { ...object.metadata.labels, [fuzzLabel]: 'yes' }
    await send('PUT', object, { ...object, metadata: { ...object.metadata, labels } })
  }
  for (const object of remove) await send('DELETE', object)
  return refused
}
