import type { ResourceQuery } from '../rbac/query.ts'

/** What a subject can do to a namespace that matters in an incident. */
export const powers = ['write', 'exec', 'secrets', 'policies', 'impersonate'] as const
export type Power = (typeof powers)[number]
export type PowerQuery = ResourceQuery & { power: Power }

const writes = ['create', 'update', 'patch', 'delete', 'deletecollection']
const rbac = 'rbac.authorization.k8s.io'

type Asked = { group?: string; resource: string; subresource?: string; verbs: readonly string[] }

const inNamespace: Record<Power, Asked[]> = {
  // Who runs pods reads their Secrets and acts as their service accounts besides.
  write: [
    ...[
      'pods',
      'replicationcontrollers',
      'services',
      'configmaps',
      'secrets',
      'serviceaccounts',
      'persistentvolumeclaims',
    ].map((resource) => ({ resource, verbs: writes })),
    ...['deployments', 'statefulsets', 'daemonsets', 'replicasets'].map((resource) => ({
      group: 'apps',
      resource,
      verbs: writes,
    })),
    ...['jobs', 'cronjobs'].map((resource) => ({ group: 'batch', resource, verbs: writes })),
    { group: 'networking.k8s.io', resource: 'ingresses', verbs: writes },
    { group: 'discovery.k8s.io', resource: 'endpointslices', verbs: writes },
    { resource: 'endpoints', verbs: writes },
  ],
  exec: [
    // Up to 1.34 `get` opens them too.
    ...['exec', 'attach', 'portforward'].map((subresource) => ({
      resource: 'pods',
      subresource,
      verbs: ['create', 'get'],
    })),
    { resource: 'pods', subresource: 'ephemeralcontainers', verbs: ['update', 'patch'] },
  ],
  secrets: [{ resource: 'secrets', verbs: ['get', 'list', 'watch'] }],
  policies: [
    { group: 'networking.k8s.io', resource: 'networkpolicies', verbs: writes },
    { group: rbac, resource: 'roles', verbs: [...writes, 'bind', 'escalate'] },
    { group: rbac, resource: 'rolebindings', verbs: writes },
    { resource: 'resourcequotas', verbs: writes },
    { resource: 'limitranges', verbs: writes },
  ],
  impersonate: [
    { resource: 'serviceaccounts', verbs: ['impersonate'] },
    { resource: 'serviceaccounts', subresource: 'token', verbs: ['create'] },
  ],
}

/** Of no namespace; the labels of the namespace itself can be given in it. */
const clusterWide: Partial<Record<Power, Asked[]>> = {
  exec: [{ resource: 'nodes', subresource: 'proxy', verbs: ['get', 'create'] }],
  policies: [
    { resource: 'namespaces', verbs: ['update', 'patch', 'delete'] },
    { group: rbac, resource: 'clusterroles', verbs: ['bind', 'escalate', 'update', 'patch'] },
    { group: rbac, resource: 'clusterrolebindings', verbs: ['create', 'update', 'patch'] },
  ],
  impersonate: ['users', 'groups'].map((resource) => ({ resource, verbs: ['impersonate'] })),
}

/** All that is asked of a namespace; kinds of custom resources are not among it. */
export function powerQueries(namespace: string): PowerQuery[] {
  return powers.flatMap((power) => [
    ...inNamespace[power].flatMap((asked) => queriesOf(power, asked, namespace, true)),
    ...(clusterWide[power] ?? []).flatMap((asked) => queriesOf(power, asked, namespace, false)),
  ])
}

function queriesOf(
  power: Power,
  { group = '', resource, subresource = '', verbs }: Asked,
  namespace: string,
  namespaced: boolean,
) {
  return verbs.map((verb): PowerQuery => {
    const name = group === '' && resource === 'namespaces' ? { name: namespace } : {}
    return { power, verb, group, resource, subresource, ...name, namespaced, scope: namespace }
  })
}
