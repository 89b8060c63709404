import { expect } from 'vitest'
import { connect } from '../../../src/cluster/connect.ts'
import type { ConnectionOptions } from '../../../src/cluster/connect.ts'
import { SecureError } from '../../../src/errors.ts'
import type { FakeServer, Handler, Seen } from './fake-server.ts'
import { flags, kubectl } from './kubectl.ts'
import { server, setting } from './setting.ts'
import type { Setting } from './setting.ts'

/** Three API servers to tell apart: two with TLS, one without. */
export type World = { a: FakeServer; b: FakeServer; plain: FakeServer; place: Setting }

export type Scene = { options?: ConnectionOptions; env?: Record<string, string> }

/** What came to which server, or why nothing came. */
export type Outcome =
  | { server: string; path: string; authorization: string | undefined; commonName: string | undefined; as: string[][] }
  | { failed: string }

const groups: Record<string, object> = {
  '/api': { kind: 'APIVersions', versions: ['v1'] },
  '/apis': { kind: 'APIGroupList', apiVersion: 'v1', groups: [] },
  '/api/v1': {
    kind: 'APIResourceList',
    groupVersion: 'v1',
    resources: [{ name: 'pods', singularName: 'pod', kind: 'Pod', namespaced: true, verbs: ['get', 'list'] }],
  },
}

const api: Handler = (_, response, seen) => {
  response.setHeader('content-type', 'application/json')
  const path = seen.url.replace(/\?.*/, '').replace('/prefix', '')
  response.end(JSON.stringify(groups[path] ?? { kind: 'PodList', apiVersion: 'v1', metadata: {}, items: [] }))
}

export async function world(): Promise<World> {
  const [a, b, plain] = await Promise.all([server(api), server(api), server(api, { plain: true })])
  return { a, b, plain, place: setting() }
}

/** What kubectl and what we do in the same scene: `kubectl get pods`, which shows user, server and namespace at once. */
export async function both(
  where: World,
  { options = {}, env = {} }: Scene,
): Promise<{ ours: Outcome; theirs: Outcome }> {
  Object.assign(where.place.env, env)
  const ran = await kubectl(['get', 'pods', ...flags(options)], where.place)
  const theirs = arrived(where) ?? { failed: ran.stderr }
  const problem = await ask(where, options)
  const ours = arrived(where) ?? { failed: problem ?? 'nothing' }
  return { ours, theirs }
}

async function ask({ place }: World, options: ConnectionOptions): Promise<string | undefined> {
  try {
    const cluster = await connect(options, place)
    try {
      await cluster.request({ path: `/api/v1/namespaces/${cluster.namespace}/pods` })
    } finally {
      cluster.close()
    }
    return undefined
  } catch (error) {
    expect(error).toBeInstanceOf(SecureError)
    return String(error)
  }
}

function arrived(where: World): Outcome | undefined {
  let last: Outcome | undefined
  for (const name of ['a', 'b', 'plain'] as const) {
    const seen = where[name].seen.findLast(({ url }) => /\/pods(\?|$)/.test(url))
    where[name].seen.length = 0
    if (seen) last = outcome(name, seen)
  }
  return last
}

function outcome(name: string, seen: Seen): Outcome {
  const as: string[][] = []
  for (let at = 0; at < seen.rawHeaders.length; at += 2) {
    const header = (seen.rawHeaders[at] ?? '').toLowerCase()
    if (header.startsWith('impersonate-')) as.push([header, seen.rawHeaders[at + 1] ?? ''])
  }
  return {
    server: name,
    path: seen.url.replace(/\?.*/, ''),
    authorization: seen.headers.authorization,
    commonName: seen.commonName,
    as: as.sort((one, other) => (one.join('\n') < other.join('\n') ? -1 : 1)),
  }
}
