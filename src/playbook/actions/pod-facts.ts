import { getterOf, kinds } from '../../isolation/get.ts'
import { listAt, metaOf, type Raw, specOf, statusOf, textAt } from '../../isolation/raw.ts'
import { standingNotes, standingOf } from '../../isolation/standing.ts'
import type { Gap } from '../../snapshot/snapshot.ts'
import type { Pinned } from '../model.ts'
import { question } from './define.ts'
import { gapOutputs, held, told } from './gaps.ts'
import { may, workloadTypes } from './rights.ts'
import { accountOf, pinnedOf, reread, topsOf } from './targets.ts'

const others = 'other pods of the same workload, account or image'

export const podFacts = question({
  name: 'pod.facts',
  summary: 'What a pod is, what it can reach of its node, and which other pods are like it',
  with: { pod: { type: 'pod', required: true, about: 'the pod' } },
  outputs: {
    pod: { type: 'pod', about: 'the pod' },
    phase: { type: 'string', about: 'Running, Pending, Succeeded, Failed' },
    node: { type: 'node', about: 'its node; null before it is on one' },
    account: { type: 'serviceaccount', about: 'what it runs as' },
    subject: { type: 'subject', about: 'the same as a subject: sa:NAMESPACE/NAME' },
    token: { type: 'bool', about: 'whether a token of the account is mounted into it' },
    controller: { type: 'workload', about: 'the workload above it, up to the Deployment; null where there is none' },
    hostNetwork: { type: 'bool', about: 'it is on the network of its node, where no policy holds' },
    hostPID: { type: 'bool', about: 'it sees the processes of its node' },
    hostIPC: { type: 'bool', about: 'it shares memory with its node' },
    escapes: { type: 'list', about: 'ways from it to its node: kind, field, detail, and whether root follows at once' },
    reachesNode: { type: 'bool', about: 'one of them gives root on the node by itself' },
    isolatable: { type: 'bool', about: 'whether policies can cut it off' },
    notes: { type: 'list', about: 'why they cannot, and what else to know, as texts' },
    images: { type: 'list', about: 'container, image and digest of each' },
    digests: { type: 'list', about: 'the digests of its images' },
    secrets: { type: 'list', about: 'the secrets that it has, pinned by name' },
    sameWorkload: { type: 'list', about: 'other pods of its workload' },
    sameAccount: { type: 'list', about: 'other pods of its account' },
    sameImage: { type: 'list', about: 'other pods with one of its images, in all namespaces' },
    ...gapOutputs,
  },
  rights: ({ pod }) => [
    ...may('get', 'pods', pod),
    ...may('list', 'pods', { optional: true }),
    ...may('get', workloadTypes, { namespace: pod?.namespace, optional: true }),
    ...may('get', 'nodes', { optional: true }),
  ],
  async ask({ engine: { cluster } }, { pod: pin }) {
    const [{ decodePodState }, { seenImages }] = await Promise.all([
      import('../../snapshot/pod-state.ts'),
      import('../../remediate/seen-images.ts'),
    ])
    const gaps: Gap[] = []
    const get = getterOf(cluster, gaps)
    const pod = await reread(get, pin)
    const { namespace, uid } = metaOf(pod)
    const nodeName = textAt(specOf(pod), 'nodeName')
    const [all, tops, node] = await Promise.all([
      get.all(kinds.pods, undefined, { hides: others }),
      topsOf(get, [pod]),
      nodeName === '' ? undefined : get.maybe(kinds.nodes, undefined, nodeName, 'which node it is, by its uid'),
    ])
    const near = all.length > 0 ? all : await get.all(kinds.pods, namespace, { hides: others })
    const neighbours = near.filter((raw) => metaOf(raw).uid !== uid)
    const own = [...seenImages([pod]).values()]
    const top = tops.get(uid) ?? pod
    const siblings = await siblingsOf(top, neighbours)
    const account = accountOf(pod)
    const sameAccount = neighbours.filter((raw) => isAccount(accountOf(raw), account))
    const seen = seenImages(neighbours)
    const sameImage = new Set(own.flatMap(({ digest }) => seen.get(digest)?.pods ?? []))
    const { escapes, secrets, token } = decodePodState(pod).pod
    const pins = (raws: Iterable<Raw>, what: string) => held([...raws].map(pinnedOf), what, gaps)
    const spec = specOf(pod)

    async function siblingsOf(workload: Raw, pods: Raw[]): Promise<Raw[]> {
      if (workload === pod) return []
      const above = await topsOf(
        get,
        pods.filter((raw) => metaOf(raw).namespace === namespace),
      )
      return pods.filter((raw) => metaOf(above.get(metaOf(raw).uid) ?? raw).uid === metaOf(workload).uid)
    }
    return {
      pod: pinnedOf(pod),
      phase: textAt(statusOf(pod), 'phase'),
      node: nodeName === '' ? null : node ? pinnedOf(node) : { kind: 'Node', name: nodeName },
      account,
      subject: `sa:${namespace}/${account.name}`,
      token,
      controller: top === pod ? null : pinnedOf(top),
      hostNetwork: spec['hostNetwork'] === true,
      hostPID: spec['hostPID'] === true,
      hostIPC: spec['hostIPC'] === true,
      escapes: escapes.map(({ kind, field, detail = null, root }) => ({ kind, field, detail, root })),
      reachesNode: escapes.some(({ root }) => root),
      isolatable: standingOf(pod) === 'enforceable',
      notes: standingNotes(pod),
      images: imagesOf(pod),
      digests: own.map(({ digest }) => digest),
      secrets: secrets.map((name): Pinned => ({ kind: 'Secret', namespace, name })),
      sameWorkload: pins(siblings, 'pods of the workload'),
      sameAccount: pins(sameAccount, 'pods of the account'),
      sameImage: pins(sameImage, 'pods with the image'),
      ...told(gaps),
    }
  },
})

function isAccount(one: Pinned, other: Pinned): boolean {
  return one.namespace === other.namespace && one.name === other.name
}

const parts = [
  ['initContainers', 'initContainerStatuses'],
  ['containers', 'containerStatuses'],
  ['ephemeralContainers', 'ephemeralContainerStatuses'],
] as const

function imagesOf(pod: Raw): { container: string; image: string; digest: string | null }[] {
  return parts.flatMap(([field, statuses]) => {
    const ran = new Map(listAt(statusOf(pod), statuses).map((one) => [textAt(one, 'name'), textAt(one, 'imageID')]))
    return listAt(specOf(pod), field).map((one) => {
      const container = textAt(one, 'name')
      const digest = /sha256:[0-9a-f]{64}/.exec(ran.get(container) ?? '')?.[0] ?? null
      return { container, image: textAt(one, 'image'), digest }
    })
  })
}
