import type { Cluster } from '../../cluster/cluster.ts'
import { discover } from '../../cluster/discovery.ts'
import { SecureError } from '../../errors.ts'
import { listRequestPath, type RawList } from '../../snapshot/bundle-layout.ts'
import { podRefOf } from '../pod-ref.ts'
import type { CollectRequest, EvidenceGap } from '../request.ts'
import { podsOfTarget } from '../targets.ts'
import { outOfSight, whyNoVolatile } from './container.ts'
import { hidesAll } from './lack.ts'

type Raw = Record<string, unknown>

/** The pods that targets mean now; what a target cannot be read for is left to the collecting, which meets it again. Throws SecureError. */
export async function podsMeant(
  cluster: Cluster,
  { targets, namespace }: Pick<CollectRequest, 'targets' | 'namespace'>,
): Promise<Raw[]> {
  const { resources } = await discover(cluster)
  const get = async (list: RawList, name: string) =>
    await cluster.json<Raw>({ path: `${listRequestPath(list)}/${encodeURIComponent(name)}` })
  const found = await Promise.all(
    targets.map(async (target) => {
      try {
        return await podsOfTarget({ cluster, namespace, get }, resources, target)
      } catch (error) {
        if (error instanceof SecureError && ['usage', 'not-found', 'forbidden'].includes(error.code)) return []
        throw error
      }
    }),
  )
  return [...new Map(found.flat().map((pod) => [podRefOf(pod)?.uid, pod])).values()]
}

/** What of a pod no container that is added can see. */
export function unseenOf(pod: Raw): EvidenceGap[] {
  const { name = '', namespace = '' } = podRefOf(pod) ?? {}
  const why = whyNoVolatile(pod)
  if (why !== undefined) return [{ what: `live facts of pod ${name} in ${namespace}`, why, hides: hidesAll }]
  return outOfSight(pod).map((container) => ({
    what: `processes of the debug container ${container} of pod ${name} in ${namespace}`,
    why: 'it has a process namespace of its own, which no other container can be joined to',
    hides: hidesAll,
  }))
}
