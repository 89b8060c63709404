import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from '../../src/cluster/cluster.ts'
import { connect } from '../../src/cluster/connect.ts'
import { aggregationSources, computeAggregation } from '../../src/rbac/aggregation.ts'
import { inParallel } from '../../src/cluster/in-parallel.ts'
import { decodeRole } from '../../src/snapshot/decode.ts'
import { snapshotFromCluster } from '../../src/snapshot/from-cluster.ts'
import type { Role } from '../../src/snapshot/objects.ts'
import type { Snapshot } from '../../src/snapshot/snapshot.ts'
import type { TestCluster } from '../cluster/test-cluster.ts'
import { openServer, type Server, width } from './server.ts'
import { namespaces } from './words.ts'
import { fuzzLabel, rbacGroup, type WorldObject } from './world.ts'

const base = `/apis/${rbacGroup}/v1`

export type Staged = {
  snapshot: Snapshot
  /** What the server's validation refused: it is in neither world. */
  refused: number
  /** Aggregated roles whose rules were compared with the controller's, and what differs. */
  aggregated: number
  differences: string[]
}

/** A cluster that holds one world at a time. */
export type Stage = {
  server: Server
  cluster: Cluster
  /** Puts a world on the server; resolves once the authorizer knows of all of it. */
  put(world: readonly WorldObject[]): Promise<Staged>
  /** Until the authorizer knows of what was written before. */
  settle(): Promise<void>
  clear(): Promise<void>
  close(): void
}

export async function openStage(test: Pick<TestCluster, 'server' | 'caFile' | 'kubeconfig'>): Promise<Stage> {
  const server = openServer(test)
  const around = { env: {}, cwd: '/', home: '/', warn: () => {}, interactive: false }
  const cluster = await connect({ kubeconfig: test.kubeconfig }, around)
  for (const name of namespaces) {
    await server.send({ method: 'POST', path: '/api/v1/namespaces', body: { metadata: { name } } })
  }
  let sentinels = 0
  const create = async (object: WorldObject): Promise<boolean> => {
    const { metadata, kind, ...rest } = object
    const labels = { ...metadata.labels, [fuzzLabel]: 'yes' }
    const body = { apiVersion: `${rbacGroup}/v1`, kind, metadata: { ...metadata, labels }, ...rest }
    const path = pathOf(kind, metadata.namespace)
    let got = await server.send({ method: 'POST', path, body })
    // The aggregation controller applies: it may bring back a role of the last world that was just deleted.
    for (let tries = 0; got.status === 409 && tries < 20; tries += 1) {
      await server.send({ method: 'DELETE', path: `${path}/${encodeURIComponent(metadata.name)}` })
      await new Promise((resolve) => setTimeout(resolve, 100))
      got = await server.send({ method: 'POST', path, body })
    }
    if (got.status !== 201 && got.status !== 422 && got.status !== 400) {
      throw new Error(`creating ${JSON.stringify(body)} got ${got.status}: ${got.body}`)
    }
    return got.status === 201
  }
  const settle = async () => {
    const sentinel = sentinelOf(++sentinels)
    await inParallel(sentinel.objects, create, width)
    await until(async () => {
      const answers = sentinel.users.map((user) => server.review({ user, groups: [] }, sentinel.attributes))
      return (await Promise.all(answers)).every(({ allowed }) => allowed)
    })
  }
  const put = async (world: readonly WorldObject[]): Promise<Staged> => {
    const created = await inParallel([...world], create, width)
    const aggregation = await untilAggregated(server, world)
    await settle()
    const snapshot = await snapshotFromCluster(cluster, () => ({ roleBindingsOf: '*' }))
    if (snapshot.gaps.length > 0) throw new Error(`the administrator has gaps: ${JSON.stringify(snapshot.gaps)}`)
    return { snapshot, refused: created.filter((done) => !done).length, ...aggregation }
  }
  const clear = async () => {
    const kinds = [
      ...(['ClusterRoleBinding', 'ClusterRole'] as const).map((kind) => pathOf(kind)),
      ...namespaces.flatMap((namespace) => (['RoleBinding', 'Role'] as const).map((kind) => pathOf(kind, namespace))),
    ]
    await inParallel(kinds, async (path) => {
      const got = await server.send({ method: 'DELETE', path: `${path}?labelSelector=${fuzzLabel}` })
      if (got.status !== 200) throw new Error(`deleting ${path} got ${got.status}: ${got.body}`)
    })
  }
  const close = () => {
    server.close()
    cluster.close()
  }
  return { server, cluster, put, settle, clear, close }
}

function pathOf(kind: WorldObject['kind'], namespace?: string): string {
  return `${base}${namespace === undefined ? '' : `/namespaces/${namespace}`}/${kind.toLowerCase()}s`
}

/**
 * Four objects made last, one of each kind: once both users are allowed what they grant, each of the authorizer's four
 * caches has seen them, and so everything before them. (An aggregated role may take the rule in after that, but it
 * matches nothing that is asked.)
 */
function sentinelOf(number: number) {
  const name = `fz-sentinel-${number}`
  const [namespace = ''] = namespaces
  const rules = [{ verbs: [name], apiGroups: [name], resources: [name] }]
  const users = [`${name}-everywhere`, `${name}-inside`] as const
  const roleRef = { apiGroup: rbacGroup, name }
  const subject = (user: string) => [{ kind: 'User' as const, name: user, apiGroup: rbacGroup }]
  const objects: WorldObject[] = [
    { kind: 'ClusterRole', metadata: { name }, rules },
    { kind: 'Role', metadata: { name, namespace }, rules },
    {
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: { ...roleRef, kind: 'ClusterRole' },
      subjects: subject(users[0]),
    },
    {
      kind: 'RoleBinding',
      metadata: { name, namespace },
      roleRef: { ...roleRef, kind: 'Role' },
      subjects: subject(users[1]),
    },
  ]
  const attributes = { verb: name, group: name, resource: name, subresource: '', namespace, name: '' }
  return { objects, users, attributes }
}

// Waits for the controller to give aggregated roles the rules we compute for them; if it never does, one of us is wrong.
async function untilAggregated(
  server: Server,
  world: readonly WorldObject[],
): Promise<{ aggregated: number; differences: string[] }> {
  let aggregated = 0
  let differences: string[] = []
  const agree = async () => {
    const { body } = await server.send({ method: 'GET', path: pathOf('ClusterRole') })
    const live = (JSON.parse(body) as { items: Record<string, unknown>[] }).items.map((raw) =>
      decodeRole(raw, 'ClusterRole'),
    )
    const computed = computeAggregation(live.map((role) => asWritten(role, world))).clusterRoles
    const pairs = computed
      .filter(({ aggregation }) => aggregation)
      .map((role) => [role, byName(live, role.name)] as const)
    aggregated = pairs.length
    differences = pairs.flatMap(([ours, theirs]) => ruleDifference(ours, theirs, isCircular(ours, live)))
    return differences.length === 0
  }
  await until(agree, 5000).catch(() => {})
  return { aggregated, differences }
}

function ruleDifference(ours: Role, theirs: Role | undefined, isCircular: boolean): string[] {
  const [left = [], right = []] = [ours.rules, theirs?.rules ?? []].map((rules) =>
    rules.map((rule) => JSON.stringify(rule)),
  )
  // In a circle the order depends on which role the controller came to first, and a rule that it took from a role
  // deleted since goes round for ever.
  const wrong = isCircular
    ? left.find((text) => !right.includes(text))
    : [...left, ...right].find((_, index) => left[index] !== right[index])
  if (wrong === undefined) return []
  return [`computeAggregation(${ours.name}): ours ${left.join('\n')}\nthe controller's ${right.join('\n')}`]
}

function isCircular(role: Role, all: Role[], above: string[] = []): boolean {
  if (above.includes(role.name)) return true
  return aggregationSources(role, all).some((source) => isCircular(source, all, [...above, role.name]))
}

// As in a manifest: without a uid, and an aggregated role with the rules that its author gave it, not the controller.
function asWritten(role: Role, world: readonly WorldObject[]): Role {
  const { kind, name, labels, rules, aggregation } = role
  if (!aggregation) return { kind, name, labels, rules }
  const object = world.find((other) => other.kind === 'ClusterRole' && other.metadata.name === name)
  const written = object && decodeRole(object, 'ClusterRole').rules
  return { kind, name, labels, rules: written ?? [], aggregation }
}

function byName(roles: Role[], wanted: string): Role | undefined {
  return roles.find(({ name }) => name === wanted)
}

async function until(check: () => Promise<boolean>, limit = 60_000): Promise<void> {
  const end = Date.now() + limit
  while (!(await check())) {
    if (Date.now() > end) throw new Error('the server did not catch up')
    await sleep(15)
  }
}
