import type { PolicyRequest } from '../../../src/audit-log/coverage/evaluate.ts'
import type { Draw } from '../../fuzz/draw.ts'

export const groups = ['dev', 'ops', 'system:masters']
export const users: Record<string, string[]> = {
  alice: ['dev'],
  bob: ['dev', 'ops'],
  'system:serviceaccount:shop:app': [],
  root: ['system:masters'],
}
export const namespaces = ['default', 'shop']
export const names = ['web', 'db']
export const resources = ['pods', 'secrets', 'nodes', 'deployments', 'clusterroles', 'namespaces', 'widgets']
export const subresources = ['status', 'log', 'exec', 'token', 'proxy']
export const verbs = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection']
export const paths = [
  '/healthz',
  '/healthz/etcd',
  '/version',
  '/api',
  '/apis',
  '/apis/apps',
  '/metrics',
  '/foo/bar',
  '/',
]

const methods: Record<string, string> = {
  get: 'GET',
  list: 'GET',
  watch: 'GET',
  create: 'POST',
  update: 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
  deletecollection: 'DELETE',
}
const groupOf: Record<string, string> = {
  deployments: 'apps',
  clusterroles: 'rbac.authorization.k8s.io',
  widgets: 'example.com',
}

/** A request to send, and what the audit policy should see of it. */
export type Sent = { method: string; url: string; user: string | undefined; sees: PolicyRequest; stages: string[] }

/** A request that does no harm: whoever may do everything only reads. */
export function drawRequest(draw: Draw): Sent {
  // Nobody: a token that is not valid.
  const user = draw.chance(8) ? undefined : draw.chance(10) ? 'system:anonymous' : draw.pick(Object.keys(users))
  const reads = user === 'root'
  const sent = draw.chance(20) ? drawUrl(draw, reads) : drawResource(draw, reads)
  const own = user === 'system:anonymous' ? 'system:unauthenticated' : 'system:authenticated'
  const identity = user === undefined ? {} : { user: { name: user, groups: [...(users[user] ?? []), own] } }
  const long = sent.isLong ? ['ResponseStarted'] : []
  const stages = user === undefined ? ['ResponseStarted'] : ['RequestReceived', ...long, 'ResponseComplete']
  return { ...sent, user, sees: { ...sent.sees, ...identity }, stages }
}

type Drawn = { method: string; url: string; sees: PolicyRequest; isLong: boolean }

function drawUrl(draw: Draw, reads: boolean): Drawn {
  const verb = reads ? 'get' : draw.pick(['get', 'post', 'put', 'patch', 'delete'])
  const path = draw.pick(paths)
  return { method: verb.toUpperCase(), url: path, sees: { verb, path }, isLong: false }
}

function drawResource(draw: Draw, reads: boolean): Drawn {
  const resource = draw.pick(resources)
  const group = groupOf[resource] ?? ''
  const verb = reads ? draw.pick(['get', 'list', 'watch']) : draw.pick(verbs)
  const isNamespace = resource === 'namespaces'
  const namespace = isNamespace || draw.chance(40) ? '' : draw.pick(namespaces)
  const selected = ['list', 'watch', 'deletecollection'].includes(verb)
  const subresource = selected || !draw.chance(35) ? '' : draw.pick(isNamespace ? ['status', 'finalize'] : subresources)
  const named = !selected && (verb !== 'create' || subresource !== '')
  const name = named ? draw.pick(names) : ''
  // The server takes the name from a selector, of a deletecollection not.
  const field = verb === 'list' || verb === 'watch' ? (draw.chance(25) ? draw.pick(names) : '') : ''
  const query = [
    ...(verb === 'watch' ? ['watch=true', 'timeoutSeconds=1'] : []),
    ...(field ? [`fieldSelector=metadata.name%3D${field}`] : []),
  ].join('&')
  const root = group === '' ? '/api/v1' : `/apis/${group}/v1`
  const parts = [root, ...(namespace ? ['namespaces', namespace] : []), resource, name, subresource].filter(Boolean)
  return {
    method: methods[verb] ?? 'GET',
    url: `${parts.join('/')}${query ? `?${query}` : ''}`,
    sees: {
      verb,
      group,
      resource,
      subresource,
      namespace: isNamespace ? name : namespace,
      name: named ? name : field,
    },
    isLong: verb === 'watch' || ['exec', 'attach', 'log', 'proxy', 'portforward'].includes(subresource),
  }
}
