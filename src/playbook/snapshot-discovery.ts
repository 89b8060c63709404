import type { ApiResource } from '../cluster/discovery.ts'

/** The aggregated discovery of a server that has these resources; undefined for another path. Pure. */
export function discoveryOf(resources: readonly ApiResource[], path: string): object | undefined {
  if (path !== '/api' && path !== '/apis') return undefined
  const own = resources.filter(({ group }) => (group === '') === (path === '/api'))
  const items = [...Map.groupBy(own, ({ group }) => group)].map(([group, some]) => ({
    metadata: { name: group },
    versions: [...Map.groupBy(some, ({ version }) => version)].map(([version, of]) => ({
      version,
      resources: of.map((one) => ({
        resource: one.resource,
        responseKind: { kind: one.kind },
        scope: one.namespaced ? 'Namespaced' : 'Cluster',
        singularResource: one.singular,
        verbs: one.verbs,
        shortNames: one.shortNames,
        subresources: one.subresources.map((subresource) => ({ subresource })),
      })),
    })),
  }))
  return { kind: 'APIGroupDiscoveryList', items }
}
