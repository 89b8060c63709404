import { setTimeout as sleep } from 'node:timers/promises'
import { inParallel } from '../../src/cluster/in-parallel.ts'
import type { RoleRef } from '../../src/snapshot/objects.ts'
import type { TestCluster } from '../cluster/test-cluster.ts'
import { type Actor, done, openWardrobe, type Wardrobe } from './paths-actor.ts'
import { prepare } from './paths-prepare.ts'
import { controllerRole } from './paths-words.ts'
import { type Got, passedAuthorization, type Sent } from './server.ts'
import { openStage, type Stage } from './stage.ts'
import { rbacGroup, type WorldObject } from './world.ts'

type Kept = { metadata: { name: string; namespace?: string } & Record<string, unknown> } & Record<string, unknown>
export type Named = RoleRef & { namespace?: string }
export type BindingThere = { path: string; scope: string; object: Kept & { roleRef: RoleRef; subjects?: object[] } }

/** One world on a server, for attacks that are undone one after the other. */
export type Field = {
  cluster: TestCluster
  wardrobe: Wardrobe
  /** Looks and undoes; is nobody's move. */
  admin(sent: Sent): Promise<Got>
  /** Who attacks: what is given to somebody, is given to him. */
  anchor: Actor
  /** Roles that moves are about: the world's, those made on the way, and some of the cluster's. */
  roles: Named[]
  bindings: BindingThere[]
  /** A move's request; what it writes is undone later. */
  act(actor: Actor, sent: Sent): Promise<Got>
  requests: number
  /** Those that were let. */
  worked: number
  /** Until the authorizer has seen what was written. */
  settle(): Promise<void>
}

export type Ground = {
  stage: Stage
  kubeconfig: string
  put(world: readonly WorldObject[]): Promise<string[]>
  begin(anchor: Actor): Field
  /** Takes back what the attack wrote. */
  undo(): Promise<void>
  wardrobe: Wardrobe
  close(): void
}

const base = `/apis/${rbacGroup}/v1`
export const collections = {
  ClusterRole: 'clusterroles',
  Role: 'roles',
  ClusterRoleBinding: 'clusterrolebindings',
  RoleBinding: 'rolebindings',
}

export function rbacPath(kind: string, namespace?: string, name?: string): string {
  const place = namespace === undefined ? '' : `/namespaces/${namespace}`
  const collection = collections[kind as keyof typeof collections]
  return `${base}${place}/${collection}${name === undefined ? '' : `/${encodeURIComponent(name)}`}`
}

export async function openGround(cluster: TestCluster): Promise<Ground> {
  const stage = await openStage(cluster)
  const wardrobe = await openWardrobe(cluster)
  const admin = (sent: Sent) => stage.server.send(sent)
  await prepare(admin)
  const baseline = new Map<string, Kept>()
  let world: readonly WorldObject[] = []
  const written = new Set<string>()

  const put = async (objects: readonly WorldObject[]) => {
    world = objects
    const { refused, differences } = await stage.put(objects)
    baseline.clear()
    for (const kind of Object.keys(collections)) {
      const { items } = JSON.parse((await admin({ method: 'GET', path: rbacPath(kind) })).body) as { items: Kept[] }
      for (const item of items) {
        const { resourceVersion: _, uid: __, managedFields: ___, creationTimestamp: ____, ...metadata } = item.metadata
        const kept = { ...item, apiVersion: `${rbacGroup}/v1`, kind, metadata }
        baseline.set(rbacPath(kind, metadata.namespace, metadata.name), kept)
      }
    }
    return refused > 0 ? [`${refused} objects were refused`] : differences
  }

  const begin = (anchor: Actor): Field => {
    const roles = world.flatMap(({ kind, metadata: { name, namespace } }): Named[] => {
      return kind.endsWith('Role') ? [{ kind, name, ...(namespace === undefined ? {} : { namespace }) }] : []
    })
    // The stage's own are in the world that is asked about, and as good as any.
    for (const { kind, metadata } of baseline.values()) {
      const { name, namespace } = metadata
      if (kind !== 'RoleBinding' && kind !== 'ClusterRoleBinding' && name.startsWith('fz-sentinel'))
        roles.push({ kind: String(kind), name, ...(namespace === undefined ? {} : { namespace }) })
    }
    // The greatest first: of a name that may be taken, one binding is made.
    roles.unshift({ kind: 'ClusterRole', name: 'cluster-admin' })
    for (const name of ['system:basic-user', controllerRole]) roles.push({ kind: 'ClusterRole', name })
    const bindings = [...baseline].flatMap(([path, object]): BindingThere[] => {
      if (!path.includes('bindings/')) return []
      return [{ path, scope: object.metadata.namespace ?? '*', object: { ...object } as BindingThere['object'] }]
    })
    // A refusal holds until something was written, and is known by then; what is asked for does not matter to it.
    let refused = new Map<string, Got>()
    const field: Field = {
      cluster,
      wardrobe,
      admin,
      anchor,
      roles,
      bindings,
      requests: 0,
      worked: 0,
      act: async (actor, sent) => {
        const key = `${actor.user} ${actor.groups.join()} ${actor.isOwn} ${sent.method} ${sent.path}`
        const known = refused.get(key)
        if (known) return known
        field.requests += 1
        const got = await actor.send(sent)
        if (done(got)) field.worked += 1
        if (got.status === 403 && !passedAuthorization(got)) refused.set(key, got)
        if (done(got) && sent.method !== 'GET' && !sent.path.includes('dryRun')) note(sent, got)
        return got
      },
      settle: async () => {
        await stage.settle()
        refused = new Map()
      },
    }
    return field
  }

  const note = ({ method, path }: Sent, { body }: Got) => {
    const [plain = ''] = path.split('?')
    // Of secrets each move puts back what it changed.
    if (/\/token$|\/authentication\.k8s\.io\/|\/secrets\b/.test(plain)) return
    if (method !== 'POST') return void written.add(plain.replace(/\/approval$/, ''))
    const { name } = (JSON.parse(body) as Kept).metadata
    written.add(`${plain}/${encodeURIComponent(name)}`)
  }

  const undo = async () => {
    const all = [...written]
    written.clear()
    await inParallel(all, async (path) => await restore(admin, path, baseline.get(path)), 8)
    if (!all.some((path) => path.startsWith(base))) return
    // The controller takes out of aggregated roles what it put in.
    for (const [path, kept] of baseline) if (kept['aggregationRule']) await untilLike(admin, path, kept)
    await stage.put([])
  }
  const close = () => {
    stage.close()
    wardrobe.close()
  }
  return { stage, kubeconfig: cluster.kubeconfig, put, begin, undo, wardrobe, close }
}

async function restore(admin: Field['admin'], path: string, before: Kept | undefined): Promise<void> {
  if (!before) return void (await admin({ method: 'DELETE', path }))
  const got = await admin({ method: 'PUT', path, body: before })
  if (!done(got)) throw new Error(`restoring ${path} got ${got.status}: ${got.body}`)
}

async function untilLike(admin: Field['admin'], path: string, kept: Kept): Promise<void> {
  const wanted = JSON.stringify(kept['rules'] ?? [])
  for (let tries = 0; tries < 200; tries += 1) {
    const now = JSON.parse((await admin({ method: 'GET', path })).body) as Kept
    if (JSON.stringify(now['rules'] ?? []) === wanted) return
    await sleep(25)
  }
  throw new Error(`${path} did not come back to what it was`)
}
