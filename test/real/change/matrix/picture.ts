import { isDeepStrictEqual } from 'node:util'
import type { Plan } from '../../../../src/change/plan.ts'
import type { Cluster } from '../../../../src/cluster/cluster.ts'
import type { ApiObject } from '../../../../src/cluster/write.ts'
import type { Place } from './stage.ts'

/** Every object of a place as it is, by uid. */
export type Picture = Map<string, ApiObject>

const namespaced = [
  ...['pods', 'services', 'serviceaccounts', 'secrets', 'configmaps', 'limitranges', 'resourcequotas'].map((name) => [
    'v1',
    name,
  ]),
  ...['deployments', 'replicasets', 'statefulsets', 'daemonsets', 'controllerrevisions'].map((name) => [
    'apps/v1',
    name,
  ]),
  ...['jobs', 'cronjobs'].map((name) => ['batch/v1', name]),
  ...['roles', 'rolebindings'].map((name) => ['rbac.authorization.k8s.io/v1', name]),
  ['networking.k8s.io/v1', 'networkpolicies'],
] as [string, string][]

/** Takes the picture: the namespace and all in it, the node, and the cluster-wide bindings made for the trial. */
export async function pictureOf(cluster: Cluster, { token, space, node }: Place): Promise<Picture> {
  const lists = await Promise.all([
    ...namespaced.map(async ([version, resource]) =>
      listed(cluster, version, `namespaces/${space}/${resource}`, () => true),
    ),
    listed(cluster, 'v1', 'namespaces', ({ metadata }) => metadata.name === space),
    listed(cluster, 'v1', 'nodes', ({ metadata }) => metadata.name === node),
    listed(cluster, 'rbac.authorization.k8s.io/v1', 'clusterrolebindings', ({ metadata }) =>
      metadata.name.includes(token),
    ),
  ])
  return new Map(lists.flat().map((object) => [object.metadata.uid, object]))
}

type Listed = { kind: string; items: ApiObject[] }

async function listed(
  cluster: Cluster,
  version: string,
  path: string,
  wanted: (object: ApiObject) => boolean,
): Promise<ApiObject[]> {
  const base = version === 'v1' ? '/api/v1' : `/apis/${version}`
  const { kind, items } = await cluster.json<Listed>({ path: `${base}/${path}` })
  return items.filter(wanted).map((item) => ({ ...item, kind: kind.replace(/List$/, '') }))
}

/** How the place differs from before, but for what the server counts and what was printed before it was done; in words. */
export function changesBetween(before: Picture, after: Picture, plan: Plan | undefined): string[] {
  const printed = new Printed(plan)
  const found: string[] = []
  for (const [uid, object] of before) {
    const now = after.get(uid)
    if (!now) found.push(`${nameOf(object)} is gone`)
    else differ(printed.less(object), printed.less(now), nameOf(object), found)
  }
  for (const [uid, object] of after) {
    if (!before.has(uid) && !printed.isReplacement(object)) found.push(`${nameOf(object)} is new`)
  }
  return found
}

/** The exceptions that irreversibleOf prints, as fields. */
class Printed {
  readonly #detached = new Map<string, Set<string>>()
  readonly #severed = new Set<string>()
  readonly #suspended = new Set<string>()
  readonly #lists = new Set<string>()
  readonly #tokens = new Set<string>()

  constructor(plan: Plan | undefined) {
    for (const change of plan?.changes ?? []) {
      if (change.do === 'subresource') this.#severed.add(change.ref.uid)
      if (change.do !== 'patch') continue
      const { uid } = change.ref
      const kept = change.edits.filter(({ restore }) => restore === 'on-request').map(({ path }) => path.at(-1) ?? '')
      if (kept.length > 0) this.#detached.set(uid, new Set([...(this.#detached.get(uid) ?? []), ...kept]))
      if (change.ref.kind === 'Job') this.#suspended.add(uid)
      if (change.ref.kind === 'Secret') this.#tokens.add(uid)
      if (change.edits.some((edit) => 'item' in edit)) this.#lists.add(uid)
    }
  }

  /** The object without what does not come back. */
  less(object: ApiObject): unknown {
    const { uid } = object.metadata
    const copy = structuredClone(object) as Loose
    for (const key of ['resourceVersion', 'generation', 'managedFields']) delete copy.metadata[key]
    delete copy.status?.['observedGeneration']
    const labels = this.#detached.get(uid)
    if (labels) {
      // "Its controller lets go of it": its reference, and the finalizer by which it counts the pod.
      for (const key of ['ownerReferences', 'finalizers']) delete copy.metadata[key]
      for (const label of labels) delete copy.metadata.labels?.[label]
    }
    if (this.#severed.has(uid)) {
      delete copy.spec?.['ephemeralContainers']
      delete copy.status?.['ephemeralContainerStatuses']
    }
    // What a controller says of its pods is of the replacement now.
    if (this.#suspended.has(uid) || (this.#detached.size > 0 && object.kind !== 'Pod')) delete copy.status
    if (this.#tokens.has(uid) && copy.metadata.labels) {
      delete copy.metadata.labels['kubernetes.io/legacy-token-last-used']
      if (Object.keys(copy.metadata.labels).length === 0) delete copy.metadata.labels
    }
    if (this.#lists.has(uid)) copy.subjects?.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
    return copy
  }

  /** "The replacement stays." */
  isReplacement({ kind, metadata }: ApiObject): boolean {
    return kind === 'Pod' && this.#detached.size > 0 && Array.isArray(metadata['ownerReferences'])
  }
}

type Loose = {
  metadata: { labels?: Record<string, unknown>; [key: string]: unknown }
  spec?: Record<string, unknown>
  status?: Record<string, unknown>
  subjects?: unknown[]
}

function differ(before: unknown, after: unknown, at: string, found: string[]): void {
  if (isDeepStrictEqual(before, after)) return
  const areMaps = [before, after].every((one) => typeof one === 'object' && one !== null && !Array.isArray(one))
  if (!areMaps) return void found.push(`${at}: ${JSON.stringify(before)} became ${JSON.stringify(after)}`)
  const [was, is] = [before as Record<string, unknown>, after as Record<string, unknown>]
  for (const key of new Set([...Object.keys(was), ...Object.keys(is)])) differ(was[key], is[key], `${at}.${key}`, found)
}

function nameOf({ kind, metadata: { name } }: ApiObject): string {
  return `${kind} ${name}`
}
