import type { Cluster } from '../cluster/cluster.ts'
import { type ApiResource, discover } from '../cluster/discovery.ts'
import { SecureError } from '../errors.ts'
import { decodePod, decodeServiceAccount } from './decode.ts'
import { defaultResources } from './defaults/defaults.ts'
import { readClusterWide, readMissingRoles, readNamespaced } from './read-rbac.ts'
import { probeForAnyone, readOtherAuthorizers } from './other-authorizers.ts'
import { liveOrigin, type Origin } from './origin.ts'
import { podKind, type QuestionKind, rbacKinds, serviceAccountKind } from './question-kinds.ts'
import { isRefused, type Reader } from './reader.ts'
import { emptySnapshot, type Gap, type Snapshot } from './snapshot.ts'

/** What a question needs beside cluster-wide RBAC: the namespace whose RoleBindings count (`*`: all), and other kinds. */
export type Need = {
  roleBindingsOf?: string
  serviceAccounts?: boolean
  pods?: boolean
  /** What the question names; that it does not exist is worth a note, since it may be a slip. */
  named?: { namespace: string; serviceAccount?: string }[]
}

/**
 * The snapshot of a live cluster; what the caller may not read is a gap. `plan` says what the question needs once
 * discovery has told which resources there are; what every question needs is read meanwhile.
 * Throws SecureError where the cluster does not answer.
 */
export async function snapshotFromCluster(
  cluster: Cluster,
  plan: (known: ApiResource[]) => Need,
  onProgress: (objects: number) => void = () => {},
): Promise<Snapshot> {
  return await snapshotFrom(liveOrigin(cluster, onProgress), plan)
}

/** The same of a cluster that lives or that a bundle has: what is asked, and what is made of the answers, is one. */
export async function snapshotFrom(origin: Origin, plan: (known: ApiResource[]) => Need): Promise<Snapshot> {
  const { cluster } = origin
  const snapshot = emptySnapshot(origin.source)
  const planned = readResources(cluster, snapshot).then(plan)
  const reader = origin.reader(snapshot.gaps, async () => kindsOf(await planned))
  const [clusterWide, namespaced] = await Promise.all([
    readClusterWide(reader, snapshot),
    planned.then(async ({ roleBindingsOf: scope }) => {
      return scope === undefined
        ? { rolesRefusedIn: new Map<string, string>() }
        : await readNamespaced(reader, scope, snapshot)
    }),
    planned.then((need) => readExtras(reader, need, snapshot)),
    planned.then(({ named = [] }) => noteMissing(reader, named, snapshot)),
    readOtherAuthorizers(cluster, snapshot),
    probeForAnyone(cluster, snapshot),
  ])
  await readMissingRoles(reader, snapshot, {
    clusterRoles: clusterWide.rolesRefused,
    rolesIn: namespaced.rolesRefusedIn,
  })
  snapshot.gaps.sort(inWords)
  snapshot.notes.sort()
  snapshot.notes.push(...origin.notes)
  return snapshot
}

// Not in the order in which answers came: the same question of the same cluster has the same answer. A list hides more than an object.
function inWords(one: Gap, other: Gap): number {
  const rank = ({ what }: Gap) => `${what.startsWith('list ') ? 0 : 1} ${what}`
  return rank(one) < rank(other) ? -1 : 1
}

function kindsOf({ serviceAccounts, pods, named = [] }: Need): QuestionKind[] {
  const isAccountNamed = named.some(({ serviceAccount }) => serviceAccount !== undefined)
  return [...rbacKinds, ...(serviceAccounts || isAccountNamed ? [serviceAccountKind] : []), ...(pods ? [podKind] : [])]
}

async function readResources(cluster: Cluster, snapshot: Snapshot): Promise<ApiResource[]> {
  try {
    const { resources, failedGroups } = await discover(cluster)
    snapshot.resources = resources
    if (failedGroups.length > 0) {
      snapshot.notes.push(`discovery failed for ${failedGroups.join(', ')}: their resources are not known here`)
      snapshot.unknownTypes = `discovery failed for ${failedGroups.join(', ')}`
    }
    return resources
  } catch (thrown) {
    // What is in the answers is the server's word: where it is not even objects, reading them trips.
    const error =
      thrown instanceof TypeError ? new SecureError('bad-answer', 'GET /api and /apis: broken answers') : thrown
    // RBAC can be read, and asked about, without it.
    if (!(error instanceof SecureError) || !['forbidden', 'not-found', 'server', 'bad-answer'].includes(error.code))
      throw error
    const why = error.code === 'forbidden' ? 'discovery is not allowed' : `discovery failed (${error.message})`
    snapshot.notes.push(`${why}: the resources of Kubernetes 1.34 are assumed`)
    snapshot.unknownTypes = why
    return await defaultResources()
  }
}

async function noteMissing(reader: Reader, named: NonNullable<Need['named']>, snapshot: Snapshot): Promise<void> {
  const lookUp = async (path: string, what: string) => {
    if ((await reader.get(path, () => true)) === undefined) snapshot.notes.push(`${what} does not exist`)
  }
  await Promise.all(
    named.map(async ({ namespace, serviceAccount }) => {
      const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}`
      if (serviceAccount === undefined) await lookUp(path, `namespace ${namespace}`)
      else
        await lookUp(
          `${path}/serviceaccounts/${encodeURIComponent(serviceAccount)}`,
          `service account ${namespace}/${serviceAccount}`,
        )
    }),
  )
}

async function readExtras(reader: Reader, need: Need, snapshot: Snapshot): Promise<void> {
  const read = async <T>(
    wanted: boolean | undefined,
    resource: string,
    keep: (raw: Record<string, unknown>) => T,
    into: T[],
  ) => {
    if (!wanted) return
    const found = await reader.list(`/api/v1/${resource}`, keep)
    const { part = [], refused } = isRefused(found) ? found : { part: found, refused: undefined }
    for (const object of part) into.push(object)
    if (refused !== undefined)
      snapshot.gaps.push({ what: `list ${resource}`, resource, why: refused, hides: 'whom the rows stand for' })
  }
  await Promise.all([
    read(need.serviceAccounts, 'serviceaccounts', decodeServiceAccount, snapshot.serviceAccounts),
    read(need.pods, 'pods', decodePod, snapshot.pods),
  ])
}
