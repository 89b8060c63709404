import type { ApiResource } from '../cluster/discovery.ts'
import { stateShapes } from '../cluster/state-shapes.ts'
import { SecureError } from '../errors.ts'
import type { ClusterState } from './cluster-state.ts'
import type { Origin } from './origin.ts'
import { stateKinds } from './question-kinds.ts'
import { isRefused, orMalformed, type Reader, withoutMalformed } from './reader.ts'
import type { Gap } from './snapshot.ts'
import { draftOf } from './state-draft.ts'
import { kindsOfState, type StateKind } from './state-kinds.ts'

/**
 * The state of a cluster that lives or that a bundle has, beside RBAC: each list of `resources` that it needs, at the same time, decoded to the
 * compact types as its pages come; of secrets the metadata alone. What is refused is a gap that names the ways it may hide. Throws SecureError
 * where the cluster does not answer.
 */
export async function stateFrom(origin: Origin, resources: ApiResource[]): Promise<ClusterState> {
  const gaps: Gap[] = []
  const draft = draftOf(gaps)
  const reader = origin.reader(gaps, () => Promise.resolve(stateKinds))
  const [version, ...lists] = await Promise.all([
    readVersion(origin, gaps),
    ...kindsOfState.map(async (kind) => await readKind(reader, kind, resources, gaps)),
  ])
  // Not in the order in which answers came: the same question of the same cluster has the same answer.
  for (const [index, kind] of kindsOfState.entries()) for (const decoded of lists[index] ?? []) kind.add(draft, decoded)
  for (const { group } of resources) draft.state.groups.add(group)
  if (version !== undefined) draft.state.version = version
  gaps.sort((one, other) => (one.what < other.what ? -1 : 1))
  return draft.finish()
}

async function readKind(
  reader: Reader,
  { group, resource, kind, hides, decode }: StateKind,
  resources: ApiResource[],
  gaps: Gap[],
): Promise<unknown[]> {
  const served = resources.find((one) => one.group === group && one.resource === resource && one.kind === kind)
  if (!served) return []
  const path = group === '' ? `/api/${served.version}/${resource}` : `/apis/${group}/${served.version}/${resource}`
  const list = await reader.list<unknown>(path, orMalformed(path, decode, hides), stateShapes[resource])
  if (isRefused(list)) gaps.push({ what: `list ${resource}`, resource, why: list.refused, hides })
  return withoutMalformed<unknown>(isRefused(list) ? (list.part ?? []) : list, gaps)
}

async function readVersion({ cluster }: Origin, gaps: Gap[]): Promise<string | undefined> {
  const hides = 'which bootstrap roles and bindings are the cluster’s own: those of any version are taken for it'
  const gap = (why: string) => void gaps.push({ what: 'get /version', why, hides })
  try {
    const said = await cluster.json<{ major?: unknown; minor?: unknown } | null>({ path: '/version' })
    // GKE and EKS say `34+`.
    const [major, minor] = [said?.major, said?.minor].map((part) => /^\d{1,4}/.exec(String(part))?.[0])
    if (major !== undefined && minor !== undefined) return `${major}.${minor}`
    gap('the answer is no version')
  } catch (error) {
    if (!(error instanceof SecureError) || !['forbidden', 'not-found', 'bad-answer'].includes(error.code)) throw error
    gap(error.message)
  }
  return undefined
}
