import { SecureError } from '../errors.ts'
import type { Cluster } from './cluster.ts'

export type ApiResource = {
  /** '' is the core group. */
  group: string
  version: string
  /** Plural, as in paths and RBAC rules. */
  resource: string
  singular: string
  kind: string
  shortNames: string[]
  namespaced: boolean
  verbs: string[]
  /** Names alone: `log`, `exec`. */
  subresources: string[]
}

export type Discovery = {
  /** Core group first, then in the server's order; within a group its preferred version first. */
  resources: ApiResource[]
  /** `group/version` whose API server did not answer: their resources are unknown, not absent. */
  failedGroups: string[]
}

type AggregatedList = {
  kind?: string
  items?: { metadata?: { name?: string }; versions?: AggregatedVersion[] | null }[] | null
}
type AggregatedVersion = { version: string; freshness?: string; resources?: AggregatedResource[] | null }
type AggregatedResource = {
  resource: string
  responseKind?: { kind?: string } | null
  scope?: string
  singularResource?: string
  verbs?: string[] | null
  shortNames?: string[] | null
  subresources?: { subresource: string }[] | null
}

const accept = [
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
  'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList',
  'application/json',
].join(',')

/**
 * Every resource the server has, by aggregated discovery (two requests), or by the old walk of every group on servers before
 * 1.26. A group that fails is named in `failedGroups`, and the others are still answered. Throws SecureError.
 * Rule: client-go's discovery/aggregated_discovery.go and discovery_client.go.
 */
export async function discover(cluster: Cluster): Promise<Discovery> {
  const [core, groups] = await Promise.all(
    ['/api', '/apis'].map((path) => cluster.json<AggregatedList | null>({ path, headers: { accept } })),
  )
  if (core?.kind === 'APIGroupDiscoveryList' && groups?.kind === 'APIGroupDiscoveryList') {
    return fromAggregated([...(core.items ?? []), ...(groups.items ?? [])])
  }
  if (core?.kind !== 'APIVersions' && groups?.kind !== 'APIGroupList') {
    throw new SecureError('bad-answer', 'GET /api and /apis: the answers are not a list of API groups')
  }
  const { walkDiscovery } = await import('./discovery-walk.ts')
  return walkDiscovery(cluster)
}

function fromAggregated(groups: NonNullable<AggregatedList['items']>): Discovery {
  const found: Discovery = { resources: [], failedGroups: [] }
  for (const { metadata, versions } of groups) {
    const group = metadata?.name ?? ''
    for (const { version, freshness, resources } of versions ?? []) {
      // A stale version has what the server knew before its backend stopped answering: client-go does not use it either.
      if (freshness === 'Stale') found.failedGroups.push(group === '' ? version : `${group}/${version}`)
      else for (const item of resources ?? []) found.resources.push(fromAggregatedResource(group, version, item))
    }
  }
  return found
}

function fromAggregatedResource(group: string, version: string, item: AggregatedResource): ApiResource {
  return {
    group,
    version,
    resource: item.resource,
    singular: item.singularResource ?? '',
    kind: item.responseKind?.kind ?? '',
    shortNames: item.shortNames ?? [],
    namespaced: item.scope === 'Namespaced',
    verbs: item.verbs ?? [],
    subresources: (item.subresources ?? []).map(({ subresource }) => subresource),
  }
}
