import type { Query, ResourceQuery } from '../../src/rbac/query.ts'
import type { Sent } from './server.ts'

export type Target = { group: string; resource: string; subresource: string; namespaced: boolean }

/** Where real requests go: resources of every scope, and some that no server has (their paths are authorized all the same). */
export const realTargets: Target[] = [
  ...core(true, 'pods', 'pods/log', 'pods/exec', 'configmaps', 'secrets', 'serviceaccounts', 'serviceaccounts/token'),
  ...core(false, 'nodes', 'nodes/proxy', 'namespaces', 'namespaces', 'namespaces', 'namespaces/status'),
  ...core(false, 'namespaces/finalize', 'persistentvolumes'),
  ...inGroup('apps', true, 'deployments', 'deployments/scale'),
  ...inGroup('rbac.authorization.k8s.io', false, 'clusterroles'),
  ...inGroup('rbac.authorization.k8s.io', true, 'roles', 'rolebindings'),
  ...inGroup('widgets.example.com', true, 'widgets', 'widgets/status'),
  ...inGroup('widgets.example.com', false, 'clusterwidgets'),
]

function core(namespaced: boolean, ...resources: string[]): Target[] {
  return inGroup('', namespaced, ...resources)
}

function inGroup(group: string, namespaced: boolean, ...resources: string[]): Target[] {
  return resources.map((written) => {
    const [resource = '', subresource = ''] = written.split('/')
    return { group, resource, subresource, namespaced }
  })
}

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

/** The request that a query is about. Nothing is stored: writes are dry runs, of bodies that are no objects. */
export function requestFor(query: Query, apply = false): Sent {
  if ('path' in query) return { method: query.verb.toUpperCase(), path: encodeURI(query.path) }
  if (apply) return applyRequest(query)
  const { verb, name } = query
  const method = methods[verb] ?? 'GET'
  const isCollection = (verb === 'list' || verb === 'watch' || verb === 'deletecollection') && !isNamespaceWatch(query)
  const parameters = [
    ...(isCollection && name !== undefined ? [`fieldSelector=metadata.name%3D${encodeURIComponent(name)}`] : []),
    ...(verb === 'watch' ? ['watch=true'] : method === 'GET' ? ['limit=1'] : ['dryRun=All']),
  ]
  const path = `${pathOf(query, isCollection)}?${parameters.join('&')}`
  if (verb === 'watch') return { method, path, statusOnly: true }
  const type = verb === 'patch' ? { type: 'application/merge-patch+json' } : {}
  return { method, path, ...(method === 'GET' || method === 'DELETE' ? {} : { body: {}, ...type }) }
}

// The only request that watches one Namespace by its path: one with a field selector has no namespace.
function isNamespaceWatch({ verb, group, resource, name }: ResourceQuery): boolean {
  return verb === 'watch' && group === '' && resource === 'namespaces' && name !== undefined
}

function pathOf(query: ResourceQuery, isCollection: boolean): string {
  const { verb, group, resource, subresource, name, scope, namespaced } = query
  const base = `${group === '' ? '/api/v1' : `/apis/${group}/v1`}${isNamespaceWatch(query) ? '/watch' : ''}`
  const inside = namespaced !== false && scope !== '*' ? `/namespaces/${scope}` : ''
  const isWhole = isCollection || name === undefined || (verb === 'create' && subresource === '')
  const object = isWhole ? '' : `/${encodeURIComponent(name)}`
  return `${base}${inside}/${resource}${object}${subresource === '' ? '' : `/${subresource}`}`
}

function applyRequest({ scope, name = '' }: ResourceQuery): Sent {
  return {
    method: 'PATCH',
    path: `/api/v1/namespaces/${scope}/configmaps/${name}?dryRun=All&fieldManager=fuzz`,
    type: 'application/apply-patch+yaml',
    body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { a: 'b' } },
  }
}
