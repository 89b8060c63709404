import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { valueAt } from '../../../src/change/edits.ts'
import { findRun, knownRuns } from '../../../src/change/find-run.ts'
import { type Change, type Edit, type Json, objectName, planLabel } from '../../../src/change/plan.ts'
import { resumeRun, undoRun } from '../../../src/change/runs.ts'
import { type ApiObject, createObject, getObject, jsonPointer, patchObject } from '../../../src/cluster/write.ts'
import { planOf, refOf } from './harness.ts'
import { engineOf } from './matrix/engine.ts'
import { type Bench, runVictim } from './matrix/trial.ts'
import type { Point } from './matrix/victim-job.ts'

/** One field of the ConfigMap: what a plan makes of it, and what somebody else does meanwhile. */
type FieldCase = { path: string[]; after: string | null; theirs: string | null | undefined }
export type Case = {
  fields: FieldCase[]
  subjects: { remove: boolean; add: boolean }
  replicas: number | undefined
  remove: boolean
  container: boolean
  create: number
  at: Point | undefined
  course: 'finish' | 'undo'
}

const word = fc.constantFrom('one', 'two', '')
// What a run and somebody else both take away, nobody can tell whose doing it is.
const isTold = ({ after, theirs }: FieldCase) => after !== null || theirs !== null
const field = (path: string[]) =>
  fc
    .record({
      path: fc.constant(path),
      after: fc.oneof(word, fc.constant(null)),
      theirs: fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, fc.constantFrom('theirs', null)),
    })
    .filter(isTold)
const paths = [
  ['data', 'old'],
  ['data', 'new'],
  ['metadata', 'labels', 'a/b'],
  ['metadata', 'labels', 'old'],
  ['metadata', 'annotations', 'example.com/note'],
]

/** Plans of every kind of change, killed anywhere or nowhere, with edits of others in between. */
export const cases: fc.Arbitrary<Case> = fc.record({
  fields: fc.tuple(...paths.map(field)).chain((all) => fc.subarray(all)),
  subjects: fc.record({ remove: fc.boolean(), add: fc.boolean() }),
  replicas: fc.option(fc.constantFrom(0, 1, 3), { nil: undefined }),
  remove: fc.boolean(),
  container: fc.boolean(),
  create: fc.nat(2),
  at: fc.option(
    fc.record({ how: fc.constantFrom<Point['how']>('append', 'before', 'after'), k: fc.integer({ min: 3, max: 22 }) }),
    { nil: undefined },
  ),
  course: fc.constantFrom<Case['course']>('finish', 'undo'),
})

const user = (name: string) => ({ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name })
let counter = 0

/** What went wrong with one case, in words. */
export async function tryCase(bench: Bench, one: Case): Promise<string[]> {
  const { cluster, audit } = bench
  const token = `r${process.pid}x${counter++}x`
  const space = `${token}-shop`
  const at = (rest: string) => `/api/v1/namespaces/${space}/${rest}`
  await createObject(cluster, '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: space } })
  const config = await createObject(cluster, at('configmaps'), {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'config', labels: { old: 'was' } },
    data: { old: 'was', other: 'stays' },
  })
  const doomed = await createObject(cluster, at('configmaps'), {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'doomed', annotations: { kept: 'yes' } },
    data: { key: 'value' },
  })
  const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${space}/rolebindings`
  const binding = await createObject(cluster, rbac, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'readers' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
    subjects: [user('ana'), user('bob')],
  })
  const apps = `/apis/apps/v1/namespaces/${space}/deployments`
  const deployment = await createObject(cluster, apps, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'app', image: 'x' }] } },
    },
  })
  const pod = await createObject(cluster, at('pods'), {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'alone' },
    spec: { automountServiceAccountToken: false, containers: [{ name: 'app', image: 'x' }] },
  })
  const responder = {
    kubeconfig: bench.kubeconfig,
    stateDir: join(mkdtempSync(join(tmpdir(), 'ks-random-')), 'kubectl-secure'),
    stateNamespace: `${token}-state`,
    holder: 'ana@laptop',
  }
  const engine = await engineOf(cluster, responder)
  const before = await pictureOf()
  const plan = planOf(engine, (id) => changesOf(one, id, { config, doomed, binding, deployment, pod }))
  const wrong: string[] = []

  await runVictim({ place: { responder } }, { do: 'apply', plan }, one.at)
  const known = (await knownRuns(engine)).runs.length > 0
  const applied = await inForce()
  const foreign = one.fields.filter(({ theirs }) => theirs !== undefined)
  for (const { path, theirs } of foreign) await overwrite(path, theirs ?? null)
  if (!known) return wrong
  if (one.course === 'finish' && foreign.length === 0) {
    const { state, steps } = await resumeRun(engine, await findRun(engine, plan.id), 'finish')
    if (state !== 'applied') wrong.push(`finished as ${state}: ${JSON.stringify(steps)}`)
  }
  const report = await undoRun(engine, await findRun(engine, plan.id))
  const after = await pictureOf()
  for (const [key, was] of before) {
    const theirs = foreign.find(({ path }) => JSON.stringify(path) === key)
    const wanted = theirs ? (theirs.theirs ?? undefined) : was
    const found = after.get(key)
    if (!same(found, wanted)) wrong.push(`${key}: ${JSON.stringify(found)} instead of ${JSON.stringify(wanted)}`)
  }
  // Of a field that was ours and that somebody else has changed to what it never was, undo says so.
  for (const { path, after: ours, theirs } of foreign) {
    const key = JSON.stringify(path)
    const isNews = !same(theirs ?? undefined, before.get(key)) && !same(theirs ?? undefined, ours ?? undefined)
    if (!applied.has(key) || !isNews) continue
    const told = report.steps.flatMap(({ left = [] }) => left).some((one_) => JSON.stringify(one_.path) === key)
    if (!told) wrong.push(`${key} is somebody else's, and undo does not say so`)
  }
  const isPartly = report.steps.some(({ state }) => state === 'partly-undone')
  if (report.state !== (isPartly ? 'partly-undone' : 'undone')) wrong.push(`undone as ${report.state}`)
  const written = writes()
  await undoRun(engine, await findRun(engine, plan.id))
  const more = writes().slice(written.length)
  if (more.length > 0) wrong.push(`the second undo wrote ${more.map(({ verb, uri }) => `${verb} ${uri}`).join(', ')}`)
  return wrong

  // The lease of a run that is partly undone is taken again, which changes nothing of anybody's.
  function writes() {
    return audit.of(token).filter(({ uri, resource, subresource }) => {
      const isOwn = uri.includes(responder.stateNamespace) || resource === 'namespaces'
      return subresource !== 'status' && !isOwn
    })
  }

  async function overwrite(path: string[], theirs: string | null): Promise<void> {
    const now = (await getObject(cluster, at('configmaps/config'))) as ApiObject
    const parents = path.slice(0, -1)
    const isThere = valueAt(now, path) !== undefined
    if (theirs === null && !isThere) return
    const ops = [
      ...(valueAt(now, parents) === undefined ? [{ op: 'add' as const, path: jsonPointer(parents), value: {} }] : []),
      theirs === null
        ? { op: 'remove' as const, path: jsonPointer(path) }
        : { op: 'add' as const, path: jsonPointer(path), value: theirs },
    ]
    await patchObject(cluster, at('configmaps/config'), ops)
  }

  async function inForce(): Promise<Set<string>> {
    const now = await getObject(cluster, at('configmaps/config'))
    const made = one.fields.filter(
      ({ path, after: ours }) =>
        same(valueAt(now, path), ours ?? undefined) && !same(valueAt(now, path), before.get(JSON.stringify(path))),
    )
    return new Set(made.map(({ path }) => JSON.stringify(path)))
  }

  /** All that a plan of these cases can change, by what it is. */
  async function pictureOf(): Promise<Map<string, unknown>> {
    const [map, gone, bound, scaled, list] = await Promise.all([
      getObject(cluster, at('configmaps/config')),
      getObject(cluster, at('configmaps/doomed')),
      getObject(cluster, `${rbac}/readers`),
      getObject(cluster, `${apps}/web`),
      cluster.json<{ items: ApiObject[] }>({ path: at(`configmaps?labelSelector=${encodeURIComponent(planLabel)}`) }),
    ])
    const names = ((bound?.['subjects'] ?? []) as { name: string }[]).map(({ name }) => name)
    return new Map<string, unknown>([
      ...[...paths, ['data', 'other']].map((path) => [JSON.stringify(path), valueAt(map, path)] as [string, unknown]),
      ['doomed', [gone?.['data'], gone?.metadata['annotations']]],
      ['subjects', names.toSorted()],
      ['replicas', valueAt(scaled, ['spec', 'replicas'])],
      ['created', list.items.length],
    ])
  }
}

type Stock = Record<'config' | 'doomed' | 'binding' | 'deployment' | 'pod', ApiObject>

function changesOf(one: Case, planId: string, stock: Stock): Change[] {
  const head = (id: string) => ({ id, why: 'drawn at random' })
  const edits = one.fields.map(({ path, after }): Edit => {
    const was = valueAt(stock.config, path) as Json | undefined
    return { path, restore: 'always', ...(was !== undefined && { before: was }), ...(after !== null && { after }) }
  })
  const item = (name: string, how: 'add' | 'remove'): Edit => ({
    path: ['subjects'],
    item: user(name),
    how,
    restore: 'always',
  })
  const subjects = [
    ...(one.subjects.remove ? [item('ana', 'remove')] : []),
    ...(one.subjects.add ? [item('eve', 'add')] : []),
  ]
  const namespace = String(stock.config.metadata.namespace)
  const created = Array.from({ length: one.create }, (_, index): Change => {
    const name = objectName(planId, String(index))
    return {
      ...head(`create-${index}`),
      do: 'create',
      ref: { apiVersion: 'v1', kind: 'ConfigMap', resource: 'configmaps', namespace, name },
      body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace, labels: { [planLabel]: planId } } },
      ...(index === 1 && { temporary: true as const }),
    }
  })
  return [
    ...created,
    ...(edits.length > 0
      ? [{ ...head('patch'), do: 'patch' as const, ref: refOf(stock.config, 'configmaps'), edits }]
      : []),
    ...(subjects.length > 0
      ? [{ ...head('bind'), do: 'patch' as const, ref: refOf(stock.binding, 'rolebindings'), edits: subjects }]
      : []),
    ...(one.replicas === undefined
      ? []
      : [
          {
            ...head('scale'),
            do: 'scale' as const,
            ref: refOf(stock.deployment, 'deployments'),
            before: 2,
            after: one.replicas,
          },
        ]),
    ...(one.remove
      ? [
          {
            ...head('delete'),
            do: 'delete' as const,
            ref: refOf(stock.doomed, 'configmaps'),
            preimage: stock.doomed as unknown as { [key: string]: Json },
            propagation: 'Background' as const,
          },
        ]
      : []),
    ...(one.container
      ? [
          {
            ...head('contain'),
            do: 'subresource' as const,
            subresource: 'ephemeralcontainers' as const,
            ref: refOf(stock.pod, 'pods'),
            container: { name: `look-${planId}`, image: 'x' },
          },
        ]
      : []),
  ]
}

function same(found: unknown, wanted: unknown): boolean {
  return JSON.stringify(found) === JSON.stringify(wanted)
}
