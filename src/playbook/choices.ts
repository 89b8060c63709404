import type { Json } from '../change/plan.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { list } from '../cluster/list.ts'
import { metadataList } from '../cluster/list-page.ts'
import { collectionPath } from '../cluster/object-path.ts'
import { isForbidden } from '../errors.ts'
import { type Kind, kinds } from '../isolation/get.ts'
import { listAt, metaOf, type Raw, specOf, statusOf, textAt } from '../isolation/raw.ts'
import { formatSubject } from '../rbac/subject-text.ts'
import type { Subject } from '../snapshot/objects.ts'
import type { Input, InputType, Pinned } from './model.ts'

/** What may be chosen: a value, pinned where it is an object. Raw text. */
export type Choice = { value: Json; name: string; about: string }

const listed: Partial<Record<InputType, readonly Kind[]>> = {
  namespace: [kinds.namespaces],
  node: [kinds.nodes],
  serviceaccount: [kinds.accounts],
  secret: [kinds.secrets],
  workload: [kinds.deployments, kinds.statefulSets, kinds.daemonSets, kinds.cronJobs, kinds.jobs, kinds.replicaSets],
}

/**
 * What the cluster has for an input, sorted; undefined where nothing can be listed of its type. `namespace`: of that one alone. Throws SecureError,
 * `forbidden` too: then it is typed.
 */
export async function choicesOf(
  cluster: Cluster,
  { type }: Input,
  namespace: string | undefined,
): Promise<Choice[] | undefined> {
  const found =
    type === 'pod'
      ? await podsIn(cluster, namespace)
      : type === 'image-digest'
        ? await imagesIn(cluster, namespace)
        : type === 'subject'
          ? await subjectsIn(cluster)
          : await objectsOf(cluster, listed[type], namespace)
  return found?.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
}

async function objectsOf(
  cluster: Cluster,
  types: readonly Kind[] | undefined,
  namespace: string | undefined,
): Promise<Choice[] | undefined> {
  if (!types) return undefined
  const isOne = types.length === 1
  const all = await Promise.all(
    types.map(async (kind) => {
      const { items } = await list(
        cluster,
        collectionPath({ ...kind, ...(isIn(kind) && { namespace }) }),
        // Of each its head alone: nothing else of it is shown, and of a Secret nothing else may come.
        (raw) => ({ ...metaOf(raw), controlled: listAt(metadataOf(raw), 'ownerReferences').length > 0 }),
        { kind: metadataList },
      )
      // What another one of these makes is chosen by what makes it.
      return items
        .filter(({ controlled }) => isOne || !controlled)
        .map((meta): Choice => {
          const pin = pinOf(kind.kind, meta)
          return {
            value: pin,
            name: isOne ? textOf(pin) : `${where(pin)}${kind.kind.toLowerCase()}/${pin.name}`,
            about: '',
          }
        })
    }),
  )
  return all.flat()
}

function isIn({ kind }: Kind): boolean {
  return kind !== 'Namespace' && kind !== 'Node'
}

async function podsIn(cluster: Cluster, namespace: string | undefined): Promise<Choice[]> {
  const { items } = await list(cluster, collectionPath({ ...kinds.pods, namespace }), (raw): Choice => {
    const pin = pinOf('Pod', metaOf(raw))
    const node = textAt(specOf(raw), 'nodeName')
    const images = listAt(specOf(raw), 'containers').map((container) => textAt(container, 'image'))
    const facts = [textAt(statusOf(raw), 'phase'), ...(node === '' ? [] : [`on ${node}`]), ...images]
    return { value: pin, name: textOf(pin), about: facts.join(', ') }
  })
  return items
}

async function imagesIn(cluster: Cluster, namespace: string | undefined): Promise<Choice[]> {
  const { items } = await list(cluster, collectionPath({ ...kinds.pods, namespace }), (raw) =>
    ['containerStatuses', 'initContainerStatuses', 'ephemeralContainerStatuses'].flatMap((field) =>
      listAt(statusOf(raw), field).flatMap((status) => {
        const digest = /sha256:[0-9a-f]{64}$/.exec(textAt(status, 'imageID'))?.[0]
        return digest === undefined ? [] : [{ digest, image: textAt(status, 'image') }]
      }),
    ),
  )
  return [...Map.groupBy(items.flat(), ({ digest }) => digest)].map(([digest, some]): Choice => {
    const images = [...new Set(some.map(({ image }) => image))]
    return { value: digest, name: `${images.join(', ')} ${digest}`, about: `in ${some.length} containers` }
  })
}

// Accounts there are, and whoever a binding names.
async function subjectsIn(cluster: Cluster): Promise<Choice[]> {
  const accounts = await orNone(async () => {
    const { items } = await list(cluster, collectionPath(kinds.accounts), metaOf, { kind: metadataList })
    return items.map(({ name, namespace }): Subject => ({ kind: 'ServiceAccount', name, namespace }))
  })
  const bound = await Promise.all(
    [kinds.roleBindings, kinds.clusterRoleBindings].map(
      async (kind) => await orNone(async () => (await list(cluster, collectionPath(kind), subjectsOf)).items.flat()),
    ),
  )
  const names = new Set([...accounts, ...bound.flat()].map(formatSubject))
  return [...names].map((name): Choice => ({ value: name, name, about: '' }))
}

function subjectsOf(raw: Raw): Subject[] {
  return listAt(raw, 'subjects').flatMap((one): Subject[] => {
    const [kind, name, namespace] = [textAt(one, 'kind'), textAt(one, 'name'), textAt(one, 'namespace')]
    if (kind === 'ServiceAccount') return [{ kind, name, namespace }]
    return kind === 'User' || kind === 'Group' ? [{ kind, name }] : []
  })
}

async function orNone<T>(read: () => Promise<T[]>): Promise<T[]> {
  try {
    return await read()
  } catch (error) {
    if (!isForbidden(error)) throw error
    return []
  }
}

function pinOf(kind: string, { namespace, name, uid }: { namespace: string; name: string; uid: string }): Pinned {
  return { kind, ...(namespace !== '' && { namespace }), name, uid }
}

const where = ({ namespace }: Pinned): string => (namespace === undefined ? '' : `${namespace}/`)
const textOf = (pin: Pinned): string => `${where(pin)}${pin.name}`

function metadataOf(raw: Raw): Raw {
  const { metadata } = raw
  return typeof metadata === 'object' && metadata !== null ? (metadata as Raw) : {}
}
