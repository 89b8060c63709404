import { setTimeout as sleep } from 'node:timers/promises'
import { actorText } from '../../../src/terminal/audit-words.ts'
import type { ActorRow } from '../../../src/could-did/actor-rows.ts'
import type { CouldDidReport } from '../../../src/could-did/report.ts'
import { rightsQuestions } from '../../../src/could-did/queries.ts'
import { readAuditLog } from '../../../src/audit-log/read/read-audit-log.ts'
import { inParallel } from '../../../src/cluster/in-parallel.ts'
import type { Identity } from '../../../src/rbac/identity.ts'
import type { ResourceQuery } from '../../../src/rbac/query.ts'
import { requestFor } from '../../fuzz/real-request.ts'
import { actAs, passedAuthorization, type Server, width } from '../../fuzz/server.ts'
import { allQueries, type Asker, places } from './draw.ts'

/** A request that was made, and whether the authorizer let it pass. */
export type Made = { asker: Asker; query: ResourceQuery; allowed: boolean }

export async function make(server: Server, asker: Asker, query: ResourceQuery): Promise<Made> {
  const headers = asker.isReal ? {} : actAs(asker.user, asker.groups)
  const got = await server.send({ ...requestFor(query), headers })
  return { asker, query, allowed: passedAuthorization(got) }
}

/** Waits for the log: the last stage of a request is written after its answer. */
export async function logged(file: string): Promise<void> {
  for (let before = -1, same = 0; same < 3; ) {
    const { batches, report } = readAuditLog(file)
    for await (const _ of batches);
    same = report.events === before ? same + 1 : 0
    before = report.events
    await sleep(150)
  }
}

/** How what actors did, by the report, differs from what they were seen to do. */
export function didDifferences(report: CouldDidReport, made: readonly Made[]): string[] {
  const wrong: string[] = []
  for (const [row, its] of byActor(report, made)) {
    for (const { id, about } of rightsQuestions) {
      // Which pods are privileged, the body says; whoever acted for another is not in question here.
      if (!about || id === 'privileged-pods') continue
      const of = its.filter(({ query }) => about.some((kind) => isAbout(query, kind)))
      const { denied = 0, ...others } = row?.answers.find(({ question }) => question === id)?.counts ?? {}
      const allowed = Object.values(others).reduce((sum, amount) => sum + amount, 0)
      const expected = {
        denied: of.filter((one) => !one.allowed).length,
        allowed: of.filter((one) => one.allowed).length,
      }
      if (denied !== expected.denied || allowed !== expected.allowed)
        wrong.push(
          `${its[0]?.asker.user} ${id}: ${allowed} allowed, ${denied} denied; made ${JSON.stringify(expected)}`,
        )
    }
  }
  return wrong
}

/** How what actors may, by the report, differs from the server's reviews. */
export async function couldDifferences(
  report: CouldDidReport,
  made: readonly Made[],
  server: Server,
  snapshot: Parameters<typeof allQueries>[0],
): Promise<{ wrong: string[]; reviews: number; allowed: number }> {
  const queries = allQueries(snapshot)
  const tasks = [...byActor(report, made)].flatMap(([row, its]) => {
    const [{ asker } = { asker: undefined }] = its
    return queries.flatMap(({ question, query }) =>
      placesOf(query).flatMap((namespace) =>
        ['', 'a'].map((name) => ({ row, asker, question, query, namespace, name })),
      ),
    )
  })
  const wrong: string[] = []
  let yes = 0
  await inParallel(
    tasks,
    async ({ row, asker, question, query, namespace, name }) => {
      const { verb, group, resource, subresource } = query
      const attributes = { verb, group, resource, subresource, namespace, name }
      const { allowed } = await server.review(identityOf(row, asker), attributes)
      if (allowed) yes += 1
      const rights = row?.answers.find((one) => one.question === question)?.could.rights ?? []
      const ours = rights.some(
        (right) =>
          right.verbs.includes(verb) &&
          right.group === group &&
          right.resource === resource &&
          right.subresource === subresource &&
          (right.scope === '*' || right.scope === namespace) &&
          (right.resourceNames?.includes(name) ?? true),
      )
      if (ours !== allowed && !isDead(verb, name))
        wrong.push(`${asker?.user} ${JSON.stringify(attributes)}: ours ${ours}, the server ${allowed}`)
    },
    width,
  )
  return { wrong, reviews: tasks.length, allowed: yes }
}

/** How what the report says of requests made before differs from the server's reviews of the same. */
export async function nowDifferences(
  report: CouldDidReport,
  server: Server,
): Promise<{ wrong: string[]; changed: number }> {
  const tasks = report.actors.flatMap((row) =>
    row.answers.flatMap(({ mayNoLonger, mayNow, mayNot }) => [
      ...mayNoLonger.map(({ request }) => ({ row, request, now: false })),
      ...mayNot.map(({ request }) => ({ row, request, now: false })),
      ...mayNow.map(({ request }) => ({ row, request, now: true })),
    ]),
  )
  const wrong: string[] = []
  await inParallel(
    tasks,
    async ({ row, request, now }) => {
      const { allowed } = await server.review({ user: row.as ?? row.by, groups: row.groups }, request)
      if (allowed !== now)
        wrong.push(`${actorText(row)} ${JSON.stringify(request)}: ours ${now}, the server ${allowed}`)
    },
    width,
  )
  const changed = report.actors.flatMap(({ answers }) => answers.flatMap((one) => [...one.mayNoLonger, ...one.mayNow]))
  return { wrong, changed: changed.length }
}

function byActor(report: CouldDidReport, made: readonly Made[]): Map<ActorRow | undefined, Made[]> {
  const rows = new Map<ActorRow | undefined, Made[]>()
  for (const [user, its] of Map.groupBy(made, ({ asker }) => asker.user)) {
    rows.set(
      report.actors.find(({ by, as }) => (as ?? by) === user),
      its,
    )
  }
  return rows
}

function identityOf(row: ActorRow | undefined, asker: Asker | undefined): Identity {
  return { user: asker?.user ?? '', groups: row?.groups ?? [...(asker?.groups ?? []), 'system:authenticated'] }
}

// A deletecollection carries no name, whatever its selector.
function isDead(verb: string, name: string): boolean {
  return verb === 'deletecollection' && name !== ''
}

function placesOf({ namespaced, scope }: ResourceQuery): string[] {
  if (namespaced === false) return ['']
  return scope === '*' ? ['', ...places.slice(2)] : [scope]
}

function isAbout(query: ResourceQuery, kind: NonNullable<(typeof rightsQuestions)[number]['about']>[number]): boolean {
  return (
    kind.verbs.includes(query.verb) &&
    kind.group === query.group &&
    kind.resources.includes(query.resource) &&
    (kind.subresource ?? '') === query.subresource &&
    (kind.namespace ?? query.scope) === query.scope
  )
}
