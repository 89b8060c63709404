import { getterOf, kinds } from '../../isolation/get.ts'
import { metaOf, type Raw, specOf, textAt } from '../../isolation/raw.ts'
import type { Gap } from '../../snapshot/snapshot.ts'
import { question } from './define.ts'
import { gapOutputs, held, told } from './gaps.ts'
import { may, workloadTypes } from './rights.ts'
import { accountOf, distinctPins, pinnedOf, topsOf } from './targets.ts'
import { workloadKinds } from './values.ts'

export const imagePods = question({
  name: 'image.pods',
  summary: 'Which pods run an image, by its digest, in all namespaces, and what makes them',
  with: { digest: { type: 'image-digest', required: true, about: 'sha256:…' } },
  outputs: {
    pods: { type: 'list', about: 'the pods, pinned' },
    workloads: { type: 'list', about: 'the workloads above them, pinned' },
    bare: { type: 'list', about: 'those of the pods that no workload makes' },
    names: { type: 'list', about: 'the names by which pods asked for it' },
    accounts: { type: 'list', about: 'the accounts that they run as' },
    namespaces: { type: 'list', about: 'where they are, by name' },
    nodes: { type: 'list', about: 'the nodes that they are on, by name' },
    ...gapOutputs,
  },
  rights: () => [...may('list', 'pods'), ...may('get', workloadTypes, { optional: true })],
  async ask({ engine: { cluster } }, { digest }) {
    const { seenImages } = await import('../../remediate/seen-images.ts')
    const gaps: Gap[] = []
    const get = getterOf(cluster, gaps)
    const seen = seenImages(await get.all(kinds.pods, undefined)).get(digest)
    const pods = seen?.pods ?? []
    const { workloads, bare } = await makersOf(get, pods)
    return {
      pods: held(pods.map(pinnedOf), 'pods', gaps),
      workloads: held(workloads.map(pinnedOf), 'workloads', gaps),
      bare: held(bare.map(pinnedOf), 'pods', gaps),
      names: held(seen?.names ?? [], 'names of the image', gaps),
      accounts: held(distinctPins(pods.map(accountOf)), 'accounts', gaps),
      namespaces: [...new Set(pods.map((pod) => metaOf(pod).namespace))],
      nodes: [...new Set(pods.map((pod) => textAt(specOf(pod), 'nodeName')).filter((name) => name !== ''))],
      ...told(gaps),
    }
  },
})

/** The workloads that make pods, each once, and the pods that none does. */
export async function makersOf(
  get: ReturnType<typeof getterOf>,
  pods: readonly Raw[],
): Promise<{ workloads: Raw[]; bare: Raw[] }> {
  const tops = await topsOf(get, pods)
  const isMade = (pod: Raw) => workloadKinds.includes(String(tops.get(metaOf(pod).uid)?.['kind']))
  const made = pods.filter(isMade).map((pod) => tops.get(metaOf(pod).uid) ?? pod)
  return {
    workloads: [...new Map(made.map((raw) => [metaOf(raw).uid, raw])).values()],
    bare: pods.filter((pod) => !isMade(pod)),
  }
}
