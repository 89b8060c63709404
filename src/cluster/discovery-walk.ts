import { SecureError } from '../errors.ts'
import type { Cluster } from './cluster.ts'
import type { ApiResource, Discovery } from './discovery.ts'

type GroupVersion = { group: string; version: string }
type Groups = {
  groups?: { name: string; versions?: { version: string }[]; preferredVersion?: { version: string } }[] | null
}
type ResourceList = {
  resources?: {
    name: string
    singularName?: string
    kind?: string
    namespaced?: boolean
    verbs?: string[] | null
    shortNames?: string[] | null
  }[]
}

/**
 * Discovery as before Kubernetes 1.26: /api, /apis, then one request for every group-version. A group-version that fails
 * is named in `failedGroups`. Throws SecureError when the groups themselves cannot be read.
 */
export async function walkDiscovery(cluster: Cluster): Promise<Discovery> {
  const versions = await groupVersions(cluster)
  const answers = await Promise.all(versions.map((version) => resourcesOf(cluster, version)))
  return {
    resources: answers.flatMap((answer) => answer ?? []),
    failedGroups: versions.filter((_, index) => answers[index] === undefined).map(name),
  }
}

async function groupVersions(cluster: Cluster): Promise<GroupVersion[]> {
  const [core, groups] = await Promise.all([
    cluster.json<{ versions?: string[] | null }>({ path: '/api' }),
    cluster.json<Groups>({ path: '/apis' }),
  ])
  const found = (core.versions ?? []).map((version) => ({ group: '', version }))
  for (const { name: group, versions, preferredVersion } of groups.groups ?? []) {
    const names = (versions ?? []).map(({ version }) => version)
    const preferred = preferredVersion?.version
    const sorted = preferred === undefined ? names : [preferred, ...names.filter((version) => version !== preferred)]
    found.push(...sorted.map((version) => ({ group, version })))
  }
  return found
}

async function resourcesOf(cluster: Cluster, version: GroupVersion): Promise<ApiResource[] | undefined> {
  const path = version.group === '' ? `/api/${version.version}` : `/apis/${name(version)}`
  try {
    const { resources } = await cluster.json<ResourceList>({ path })
    return fold(version, resources ?? [])
  } catch (error) {
    if (error instanceof SecureError && error.code !== 'interrupted') return undefined
    throw error
  }
}

// The old lists hold `pods` and `pods/log` side by side.
function fold(version: GroupVersion, listed: NonNullable<ResourceList['resources']>): ApiResource[] {
  const found = new Map<string, ApiResource>()
  for (const item of listed) {
    const [resource = '', ...rest] = item.name.split('/')
    if (rest.length > 0) continue
    found.set(resource, {
      ...version,
      resource,
      singular: item.singularName ?? '',
      kind: item.kind ?? '',
      shortNames: item.shortNames ?? [],
      namespaced: item.namespaced ?? false,
      verbs: item.verbs ?? [],
      subresources: [],
    })
  }
  for (const item of listed) {
    const slash = item.name.indexOf('/')
    if (slash > 0) found.get(item.name.slice(0, slash))?.subresources.push(item.name.slice(slash + 1))
  }
  return [...found.values()]
}

function name({ group, version }: GroupVersion): string {
  return group === '' ? version : `${group}/${version}`
}
