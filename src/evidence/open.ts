import { hostname } from 'node:os'
import { type Case, createCase, openCase } from '../bundle/case.ts'
import type { CaseHead, Facts } from '../bundle/entry.ts'
import { readBundle } from '../bundle/read.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { whoAmI } from '../cluster/self.ts'
import { isForbidden, SecureError } from '../errors.ts'
import type { CollectRequest } from './request.ts'

/** Who collects, with what, from where: what custody/case.json says. */
export type Around = {
  /** The case's directory. */
  directory: string
  id: string
  tool: { name: string; version: string }
  /** The words of the command line, without secrets. */
  command: string[]
  localUser: string
}

/** A case that is open, what is asked for, and what an earlier session has done of it. */
export type Opened = {
  evidence: Case
  request: CollectRequest
  done: Map<string, number>
  listed: Map<string, { runs: number; pages: number }>
}

/** Begins a case; its head names the cluster and the operator. Throws SecureError, also where the cluster does not answer. */
export async function beginCase(cluster: Cluster, request: CollectRequest, around: Around): Promise<Opened> {
  const [user, id] = await Promise.all([selfOf(cluster), clusterId(cluster)])
  const { server, context } = cluster
  const head: CaseHead = {
    id: around.id,
    created: new Date().toISOString(),
    tool: around.tool,
    ...(request.incident !== undefined && { incident: request.incident }),
    operator: { ...user, local: { user: around.localUser, host: hostname() } },
    cluster: { id: id ?? null, server, ...(context !== undefined && { context }) },
    command: around.command,
    request,
  }
  return { evidence: await createCase(around.directory, head), request, done: new Map(), listed: new Map() }
}

/** Opens a case to go on with it. Throws SecureError: it is not to be trusted, or is of another cluster. */
export async function resumeCase(cluster: Cluster, directory: string): Promise<Opened> {
  const done = new Map<string, number>()
  const listed = new Map<string, { runs: number; pages: number }>()
  const bundle = await readBundle(directory)
  for await (const { kind, data } of bundle.entries('note')) {
    const { key, run } = (data ?? {}) as { key?: unknown; run?: unknown }
    if (kind === 'done' && typeof key === 'string') done.set(key, Number(run))
  }
  const evidence = await openCase(directory)
  try {
    const of = evidence.head['cluster'] as { id?: unknown } | undefined
    const now = await clusterId(cluster)
    if (now !== undefined && typeof of?.id === 'string' && of.id !== now)
      throw new SecureError('usage', `${directory} is a case of another cluster (${of.id}, and this is ${now})`, {
        hint: 'Choose the cluster it was begun on: --context.',
      })
    // Pages that a session before had begun are of another state of the cluster: what goes on is another run.
    for (const { path, meta } of evidence.kept()) {
      if (path?.[0] !== 'raw' || path[4] === undefined || path.length !== 6) continue
      const key = `list ${pathOf(path)}`
      const { run = 0 } = (meta['list'] ?? {}) as { run?: number }
      const page = Number.parseInt(path[5] ?? '', 10) || 0
      const before = listed.get(key) ?? { runs: 0, pages: 0 }
      listed.set(key, { runs: Math.max(before.runs, run, 1), pages: Math.max(before.pages, page) })
    }
    return { evidence, request: evidence.head['request'] as unknown as CollectRequest, done, listed }
  } catch (error) {
    await evidence.close()
    throw error
  }
}

function pathOf([, group = '', version = '', resource = '', space = '']: string[]): string {
  const base = group === '_core' ? `/api/${version}` : `/apis/${group}/${version}`
  return `${base}${space === '_cluster' ? '' : `/namespaces/${encodeURIComponent(space)}`}/${resource}`
}

// Before Kubernetes 1.28 a server does not tell.
async function selfOf(cluster: Cluster): Promise<Facts> {
  try {
    return await whoAmI(cluster)
  } catch (error) {
    if (error instanceof SecureError && ['not-found', 'forbidden'].includes(error.code)) return { user: null }
    throw error
  }
}

async function clusterId(cluster: Cluster): Promise<string | undefined> {
  try {
    const path = '/api/v1/namespaces/kube-system'
    return (await cluster.json<{ metadata?: { uid?: string } }>({ path })).metadata?.uid
  } catch (error) {
    if (isForbidden(error) || (error instanceof SecureError && error.code === 'not-found')) return undefined
    throw error
  }
}
