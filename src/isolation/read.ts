import type { Cluster } from '../cluster/cluster.ts'
import type { Gap } from '../snapshot/snapshot.ts'
import { type Getter, getterOf, type Kind, kinds } from './get.ts'
import { planPods } from './plan-pods.ts'
import { controllerOf, metaOf, type Raw, specOf, textAt } from './raw.ts'
import { needsDns, readBindings, readCiliumLabels, readDns, readTokenSecrets } from './read-extras.ts'
import { enforcerOf, readServed, servedPolicyKinds } from './served.ts'
import type { IsolateOptions, PodSet, Scene, ServedGroups, TargetQuery } from './scene.ts'
import { findPods, type Found } from './target.ts'

/**
 * All that the cut has to know, and nothing else: the first dropped packet waits for it. Two rounds of parallel requests; a third,
 * for the policies of all namespaces, where labels alone leave something open. Throws SecureError.
 */
export async function readForCut(
  cluster: Cluster,
  query: TargetQuery | PodSet,
  options: IsolateOptions = {},
): Promise<Scene> {
  const gaps: Gap[] = []
  const get = getterOf(cluster, gaps)
  const namespace = namespaceOf(query)
  const finding = findPods(get, query)
  const serving = readServed(cluster, gaps)
  const [
    found,
    served,
    networkPolicies,
    services,
    namespaces,
    owners,
    others,
    dns,
    bindings,
    tokenSecrets,
    ciliumLabels,
  ] = await Promise.all([
    finding,
    serving,
    get.all(kinds.networkPolicies, namespace, { hides: 'which policies select the pods' }),
    get.all(kinds.services, namespace, { hides: 'which Services send clients to the pods' }),
    readNamespaces(get, namespace),
    finding.then((pods) => readOwners(get, pods, options)),
    serving.then((groups) => readPolicies(get, groups, namespace)),
    needsDns(options) ? readDns(get) : undefined,
    options.revoke ? readBindings(get) : [],
    options.revoke ? readTokenSecrets(get, namespace) : [],
    serving.then((groups) => readCiliumLabels(get, groups)),
  ])
  const scene: Scene = {
    target: found.target,
    pods: found.pods,
    owners,
    services,
    namespaces,
    policies: [...networkPolicies, ...others],
    everywhere: namespace === undefined,
    served,
    enforcer: enforcerOf(served),
    bindings,
    tokenSecrets,
    ...(dns ? { dns } : {}),
    ...(ciliumLabels === undefined ? {} : { ciliumLabels }),
    gaps,
  }
  return await withAllPolicies(get, scene)
}

// Pods of a node are of any namespace, and those of a set may be of several.
function namespaceOf(query: TargetQuery | PodSet): string | undefined {
  if ('namespace' in query) return query.namespace
  if (!('pods' in query)) return undefined
  const spaces = new Set(query.pods.map(({ namespace }) => namespace))
  return spaces.size === 1 ? [...spaces][0] : undefined
}

// Rules of others mean the pod by labels too: that matters only where its own side cannot be closed.
async function withAllPolicies(get: Getter, scene: Scene): Promise<Scene> {
  if (scene.everywhere || planPods(scene, 'look').every(({ openings }) => openings.length === 0)) return scene
  const before = scene.gaps.length
  const [networkPolicies, others] = await Promise.all([
    get.all(kinds.networkPolicies, undefined, { hides: 'what policies of other namespaces say of the pods' }),
    readPolicies(get, scene.served, undefined),
  ])
  if (scene.gaps.length > before) return scene
  return { ...scene, policies: [...networkPolicies, ...others], everywhere: true }
}

async function readNamespaces(get: Getter, namespace: string | undefined): Promise<Raw[]> {
  if (namespace === undefined) return await get.all(kinds.namespaces, undefined, { hides: 'the labels of namespaces' })
  const found = await get.maybe(kinds.namespaces, undefined, namespace, 'the labels of the namespace')
  // Its name is known, and so is the one label that the API server itself sets.
  return [found ?? { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }]
}

async function readPolicies(get: Getter, served: ServedGroups, namespace: string | undefined): Promise<Raw[]> {
  const lists = servedPolicyKinds(served).map((kind) =>
    get.all(kind, kind.namespaced ? namespace : undefined, { hides: 'which policies select the pods' }),
  )
  return (await Promise.all(lists)).flat()
}

const ownerKinds: Record<string, Kind> = Object.fromEntries(
  [kinds.replicaSets, kinds.statefulSets, kinds.daemonSets, kinds.jobs, kinds.controllers].map((kind) => [
    `${kind.apiVersion}/${kind.kind}`,
    kind,
  ]),
)

/** The controllers of the pods, by which they are taken off or kept; and the nodes that are to be cordoned. */
async function readOwners(get: Getter, { pods, workloads }: Found, { cordon }: IsolateOptions): Promise<Raw[]> {
  const known = new Set(workloads.map((raw) => metaOf(raw).uid))
  const wanted = new Map(
    pods.flatMap((pod) => {
      const ref = controllerOf(pod)
      const kind =
        ref && Object.hasOwn(ownerKinds, `${ref.apiVersion}/${ref.kind}`)
          ? ownerKinds[`${ref.apiVersion}/${ref.kind}`]
          : undefined
      return ref && kind && !known.has(ref.uid)
        ? [[ref.uid, { kind, namespace: metaOf(pod).namespace, name: ref.name }] as const]
        : []
    }),
  )
  const nodes = cordon ? new Set(pods.map((pod) => textAt(specOf(pod), 'nodeName')).filter((name) => name !== '')) : []
  const read = await Promise.all([
    ...[...wanted.values()].map(({ kind, namespace, name }) =>
      get.maybe(kind, namespace, name, 'which labels own its pods'),
    ),
    ...[...nodes].map((name) => get.one(kinds.nodes, undefined, name)),
  ])
  const all = [...workloads, ...read.filter((raw) => raw !== undefined)]
  return [...new Map(all.map((raw) => [metaOf(raw).uid, raw])).values()]
}
