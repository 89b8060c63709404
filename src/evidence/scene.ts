import type { ApiResource } from '../cluster/discovery.ts'
import type { RawList } from '../snapshot/bundle-layout.ts'
import { fetchArtefact } from './fetch.ts'
import { collectObject } from './objects.ts'
import { type OwnerRef, ownersOf } from './pod-ref.ts'
import type { CollectRequest, PodRef } from './request.ts'
import type { Run } from './run.ts'
import { podsOfTarget, refsOf } from './targets.ts'

type Raw = Record<string, unknown>
type PodName = NonNullable<CollectRequest['pods']>[number]

/** What is first to go: the pods that are meant as they are now, their events, owners and nodes. Returns the pods. */
export async function collectScene(run: Run, resources: ApiResource[]): Promise<PodRef[]> {
  const place = {
    cluster: run.cluster,
    namespace: run.request.namespace,
    get: (list: RawList, name: string) => collectObject(run, list, name),
  }
  const found = await Promise.all(
    run.request.targets.map(async (target) => {
      const missing = { what: `the target ${target}`, hides: 'the pods it means, and their logs' }
      return (await run.attempt(missing, () => podsOfTarget(place, resources, target))) ?? []
    }),
  )
  const known = await Promise.all((run.request.pods ?? []).map((pod) => collectKnown(run, pod)))
  const pods = [...new Map([...found, ...known].flat().map((pod) => [refsOf([pod])[0]?.uid, pod])).values()]
  const refs = refsOf(pods)
  const nodes = [...new Set(refs.flatMap(({ node }) => (node === undefined ? [] : [node])))]
  await Promise.all([
    ...refs.map((ref) => collectPod(run, ref)),
    ...pods.map((pod) => collectOwners(run, resources, pod)),
    ...nodes.map((name) =>
      run.attempt(
        { what: `get node ${name}`, hides: 'where the pods run', right: { verb: 'get', resource: 'nodes', name } },
        () => collectObject(run, { group: '', version: 'v1', resource: 'nodes' }, name),
      ),
    ),
  ])
  return refs
}

async function collectKnown(run: Run, { namespace, name, uid }: PodName): Promise<Raw[]> {
  const right = { verb: 'get', resource: 'pods', name, namespace }
  const missing = { what: `get pod ${name} in ${namespace}`, hides: 'what it is made of, and its logs', right }
  const pod = await run.attempt(missing, () =>
    collectObject(run, { group: '', version: 'v1', resource: 'pods', namespace }, name),
  )
  if (!pod) return []
  if (refsOf([pod])[0]?.uid !== uid)
    await run.gap(
      { what: `pod ${name} in ${namespace} (${uid})`, hides: 'what it was' },
      'another pod has its name now',
    )
  return [pod]
}

async function collectPod(run: Run, { namespace, name, uid }: PodRef): Promise<void> {
  const right = { verb: 'get', resource: 'pods', name, namespace }
  await run.attempt({ what: `get pod ${name} in ${namespace}`, hides: 'what it is made of', right }, () =>
    collectObject(run, { group: '', version: 'v1', resource: 'pods', namespace }, name),
  )
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/events?fieldSelector=${encodeURIComponent(`involvedObject.uid=${uid}`)}`
  const file = ['scene', 'events', namespace, `${name}_${uid}.json`]
  if (run.evidence.has(file)) return
  const events = { verb: 'list', resource: 'events', namespace }
  await run.attempt(
    { what: `list events of pod ${name} in ${namespace}`, hides: 'what happened to it', right: events },
    () => fetchArtefact(run, { path: file, request: { path } }),
  )
}

/** Each controller above a pod, whoever's kind it is. */
async function collectOwners(run: Run, resources: ApiResource[], pod: Raw): Promise<void> {
  const namespace = refsOf([pod])[0]?.namespace
  let object: Raw | undefined = pod
  for (let level = 0; object && level < 10; level++) {
    const owner: OwnerRef | undefined = ownersOf(object).find(({ controller }) => controller)
    const kind: ApiResource | undefined =
      owner && resources.find((one) => one.kind === owner.kind && groupVersion(one) === owner.apiVersion)
    // A static pod is owned by its node, which is collected anyhow.
    if (!owner || !kind || kind.resource === 'nodes') return
    object = await collectOwner(run, kind, owner.name, namespace)
  }
}

async function collectOwner(
  run: Run,
  kind: ApiResource,
  name: string,
  namespace: string | undefined,
): Promise<Raw | undefined> {
  const { group, resource } = kind
  const space = kind.namespaced ? namespace : undefined
  const right = { verb: 'get', group, resource, name, ...(space !== undefined && { namespace: space }) }
  const missing = { what: `get ${resource} ${name}`, hides: 'who made the pods, and brings them back', right }
  return await run.attempt(missing, () => collectObject(run, { ...kind, namespace: space }, name))
}

const groupVersion = ({ group, version }: ApiResource) => (group === '' ? version : `${group}/${version}`)
