import { dirname, join, normalize } from 'node:path'
import { applyChanges } from '../../change/planned.ts'
import type { Plan } from '../../change/plan.ts'
import type { Answer, Cluster, Request } from '../../cluster/cluster.ts'
import { SecureError } from '../../errors.ts'
import { metaOf, type Raw } from '../../isolation/raw.ts'
import type { Pinned } from '../model.ts'
import { objectsAsCluster } from '../snapshot-cluster.ts'
import type { Fixture } from './model.ts'

/** A cluster of manifests, in memory. Changes are made in it as they are planned; no controllers run, so nothing follows from them. */
export type World = {
  /** Says what is in the manifests, and fails for all that only a server knows. */
  cluster: Cluster
  /** The same for plans: it takes every dry run. */
  planning: Cluster
  apply(plan: Plan, destroyed: readonly Pinned[]): void
}

/**
 * The objects that a test names: those of files beside it, and those that stand in it. Throws SecureError `usage` for a path that leads elsewhere, and for what is no manifest.
 */
export async function fixtureObjects(testPath: string, fixture: Fixture): Promise<Raw[]> {
  const { manifestObjects } = await import('../../snapshot/manifest-objects.ts')
  const parts = typeof fixture === 'string' ? [fixture] : fixture
  const objects: Raw[] = []
  for (const part of parts) {
    if (typeof part !== 'string') {
      if (typeof part['kind'] !== 'string' || typeof part['apiVersion'] !== 'string')
        throw new SecureError('usage', 'an object of a cluster has an apiVersion and a kind')
      objects.push(part)
      continue
    }
    const wrong = (where: string, why: string) => new SecureError('usage', `${where}: ${why}`)
    if (!isBeside(part)) throw wrong(part, 'a cluster lies beside its test: a path that goes down alone')
    const reading = {
      isRead: () => true,
      addGap: (where: string, why: string) => {
        throw wrong(where, why)
      },
    }
    for await (const { raw } of manifestObjects([join(dirname(testPath), part)], reading)) objects.push(raw)
  }
  return objects
}

const isBeside = (path: string): boolean => !/^[\\/]/.test(path) && !normalize(path).split(/[\\/]/).includes('..')

export async function worldOf(given: readonly Raw[], where: string): Promise<World> {
  const { defaultResources } = await import('../../snapshot/defaults/defaults.ts')
  let made = 0
  const named = (raw: Raw): Raw => {
    const { kind, metadata } = raw as { kind?: unknown; metadata?: { uid?: unknown } }
    if (typeof metadata?.uid === 'string') return raw
    const { namespace, name } = metaOf(raw)
    made += 1
    const uid = `uid-${String(kind)}-${namespace === '' ? '' : `${namespace}-`}${name}-${made}`
    return { ...raw, metadata: { ...metadata, uid, resourceVersion: String(made) } }
  }
  const objects = given.map(named)
  const files = objectsAsCluster(objects, await defaultResources(), { server: where, namespace: 'default' })
  const cluster = answering(files, plainServer)
  return {
    cluster,
    planning: answering(cluster, dryRun),
    apply({ changes }, destroyed) {
      const lasting = changes.filter(({ temporary }) => !temporary)
      const gone = new Set(destroyed.map(({ uid }) => uid))
      const after = applyChanges(objects, lasting).filter((raw) => !gone.has(metaOf(raw).uid))
      objects.splice(0, objects.length, ...after.map(named))
    },
  }
}

type Answers = (asked: Request, cluster: Cluster) => Promise<Answer> | undefined

// What stands in a fixture is all of a cluster, which RBAC alone guards, and whose version is that of the resources it is read by.
function plainServer({ method = 'GET', path, body }: Request): Promise<Answer> | undefined {
  if (method === 'GET') return path === '/version' ? answer({ major: '1', minor: '34' }, 200) : undefined
  if (path.endsWith('/subjectaccessreviews')) return answer({ ...(body as Raw), status: { allowed: false } }, 201)
  const status = { incomplete: false, resourceRules: [], nonResourceRules: [] }
  return path.endsWith('/selfsubjectrulesreviews') ? answer({ ...(body as Raw), status }, 201) : undefined
}

// A responder may do all, and each dry run goes well: what a plan would be is looked at, not whether a server takes it.
function dryRun({ method = 'GET', path, body }: Request, cluster: Cluster): Promise<Answer> | undefined {
  if (method === 'GET') return undefined
  if (path.endsWith('/selfsubjectaccessreviews')) return answer({ ...(body as Raw), status: { allowed: true } }, 201)
  const [place = '', query] = path.split('?')
  if (!new URLSearchParams(query).getAll('dryRun').includes('All')) return undefined
  if (method === 'POST') return answer(withUid(body as Raw), 201)
  return cluster.request({ path: place.replace(/\/(?:scale|ephemeralcontainers|eviction)$/, '') })
}

function answering(cluster: Cluster, answers: Answers): Cluster {
  const request = async (asked: Request): Promise<Answer> => await (answers(asked, cluster) ?? cluster.request(asked))
  return {
    ...cluster,
    request,
    json: async <T>(asked: Request): Promise<T> => JSON.parse((await request(asked)).body.toString('utf8')) as T,
  }
}

const withUid = (raw: Raw): Raw => ({ ...raw, metadata: { ...(raw['metadata'] as object), uid: 'dry-run' } })

const answer = (body: unknown, status: number): Promise<Answer> =>
  Promise.resolve({ status, headers: { 'content-type': 'application/json' }, body: Buffer.from(JSON.stringify(body)) })
