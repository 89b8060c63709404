import { type ApiResource, discover } from '../cluster/discovery.ts'
import { collectionPath, objectPath } from '../cluster/object-path.ts'
import { SecureError } from '../errors.ts'
import { getterOf } from '../isolation/get.ts'
import type { Raw } from '../isolation/raw.ts'
import { readBindings, readTokenSecrets } from '../isolation/read-extras.ts'
import { snapshotFrom } from '../snapshot/from-cluster.ts'
import { networkObjectsFrom } from '../snapshot/network-objects.ts'
import type { Origin } from '../snapshot/origin.ts'
import {
  declaringKinds,
  limitKinds,
  type QuestionKind,
  questionKinds,
  serviceAccountKind,
  templateKinds,
} from '../snapshot/question-kinds.ts'
import { isRefused, type Reader } from '../snapshot/reader.ts'
import type { Gap } from '../snapshot/snapshot.ts'
import type { LockdownScene } from './model.ts'
import { kept, type SceneParts, sceneOf } from './scene-parts.ts'

const configMapKind: QuestionKind = { group: '', resource: 'configmaps', kind: 'ConfigMap' }
const autoscalerKind: QuestionKind = {
  group: 'autoscaling',
  resource: 'horizontalpodautoscalers',
  kind: 'HorizontalPodAutoscaler',
}
const all = [...questionKinds.lockdown, configMapKind, autoscalerKind]

/**
 * What lockdowns of these namespaces are planned from, of a cluster that lives or that a bundle has. Without `declaring` it is what they are
 * held against later, and who connects to whom is left out. What may not be read is a gap. Throws SecureError: `not-found` for a namespace
 * that is not there, or where the cluster does not answer.
 */
export async function readScenes(
  origin: Origin,
  namespaces: readonly string[],
  { bindings = false, declaring: isDeclaring = true }: { bindings?: boolean; declaring?: boolean } = {},
): Promise<LockdownScene[]> {
  const gaps: Gap[] = []
  const { resources } = await discover(origin.cluster)
  const reader = origin.reader(gaps, () => Promise.resolve(all))
  const listing = listerOf(reader, resources, gaps)
  const scope = namespaces.length === 1 ? namespaces[0] : undefined
  // To the letter, as patches name what is in them: from a cluster that lives alone, as nothing else is patched.
  const get = bindings ? getterOf(origin.cluster, gaps) : undefined
  const [network, rbac, version, declaring, parts, found] = await Promise.all([
    networkObjectsFrom(origin),
    snapshotFrom(origin, () => ({ roleBindingsOf: scope ?? '*' })),
    versionOf(origin, gaps),
    Promise.all(
      (isDeclaring ? declaringKinds : []).map((kind) => listing(kind, undefined, 'whose connections would be cut')),
    ),
    Promise.all(
      namespaces.map(async (name) => ({
        ...(await partsOf(reader, listing, name, gaps, isDeclaring)),
        ...(get && { tokenSecrets: await readTokenSecrets(get, name) }),
      })),
    ),
    get && readBindings(get),
  ])
  // Not in the order in which answers came: the same question of the same cluster has the same answer.
  gaps.sort((one, other) => (one.what < other.what ? -1 : 1))
  const around = { network, rbac, version, declaring: declaring.flat(), gaps, ...(found && { bindings: found }) }
  return parts.map((own) => sceneOf(own, around))
}

type Lister = (kind: QuestionKind, namespace: string | undefined, hides: string) => Promise<Raw[]>

function listerOf(reader: Reader, resources: readonly ApiResource[], gaps: Gap[]): Lister {
  return async ({ group, resource, kind }, namespace, hides) => {
    const served = resources.find((entry) => entry.group === group && entry.resource === resource)
    if (!served) return []
    const apiVersion = group === '' ? served.version : `${group}/${served.version}`
    const path = collectionPath({ apiVersion, resource, namespace })
    // In a list objects leave out their own kind.
    const found = await reader.list(path, (raw) => kept({ ...raw, apiVersion, kind }))
    if (!isRefused(found)) return found
    const where = namespace === undefined ? {} : { namespace }
    const what = `list ${resource}${namespace === undefined ? '' : ` in ${namespace}`}`
    gaps.push({ what, resource, ...where, why: found.refused, hides })
    return found.part ?? []
  }
}

async function partsOf(
  reader: Reader,
  listing: Lister,
  name: string,
  gaps: Gap[],
  isDeclaring: boolean,
): Promise<SceneParts> {
  const of = async (kind: QuestionKind, hides: string) => await listing(kind, name, hides)
  const [namespace, workloads, accounts, limits, configMaps, autoscalers] = await Promise.all([
    readNamespace(reader, name, gaps),
    Promise.all(templateKinds.map((kind) => of(kind, 'workloads, and what they need'))),
    of(serviceAccountKind, 'which accounts mount tokens'),
    Promise.all(limitKinds.map((kind) => of(kind, 'what limits there are already'))),
    isDeclaring ? of(configMapKind, 'whom workloads call by what stands in them') : [],
    of(autoscalerKind, 'how many pods there may come to be'),
  ])
  const [limitRanges = [], quotas = []] = limits
  return { namespace, workloads: workloads.flat(), accounts, limitRanges, quotas, configMaps, autoscalers }
}

async function readNamespace(reader: Reader, name: string, gaps: Gap[]): Promise<Raw> {
  const path = objectPath({ apiVersion: 'v1', resource: 'namespaces', name })
  const found = await reader.get(path, kept)
  if (found === undefined) {
    throw new SecureError('not-found', `there is no namespace ${name}`, { hint: 'kubectl get namespaces lists them' })
  }
  const head = { apiVersion: 'v1', kind: 'Namespace' }
  if (!isRefused(found)) return { ...found, ...head }
  gaps.push({
    what: `get namespaces/${name}`,
    resource: 'namespaces',
    name,
    why: found.refused,
    hides: 'the labels of the namespace, its Pod Security levels among them',
  })
  return { ...head, metadata: { name } }
}

async function versionOf({ cluster }: Origin, gaps: Gap[]): Promise<string> {
  try {
    const said = await cluster.json<{ major?: unknown; minor?: unknown }>({ path: '/version' })
    // Some clouds have a plus behind the minor version.
    const minor = /^\d+/.exec(String(said.minor))?.[0]
    if (said.major === '1' && minor !== undefined) return `v1.${minor}`
    throw new SecureError('bad-answer', 'GET /version: it names no version of Kubernetes')
  } catch (error) {
    if (!(error instanceof SecureError) || error.code === 'interrupted') throw error
    gaps.push({ what: 'get /version', why: error.message, hides: 'which Pod Security rules the server goes by' })
    return 'latest'
  }
}
