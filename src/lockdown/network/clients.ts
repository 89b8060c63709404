import { metaOf, type Raw } from '../../isolation/raw.ts'
import type { End, Word } from '../model.ts'
import { labelsSelector } from './ends.ts'
import type { Ground } from './ground.ts'
import { endsOf } from './hosts.ts'
import { wordOf } from './words.ts'

type Labels = Record<string, string>

/** Who connects, and on whose word it is who they are. */
export type Client = { end: End; word: Word }

/**
 * Pods of the cluster that are known by one of these sets of labels, as sides of a connection: of each namespace those of the first set that
 * it has pods of. Labels are a pod's own word: what `isVouched` (vouch.ts) says of one of them is the cluster's. `within`: of one namespace alone.
 */
export function clientsBy(
  ground: Ground,
  choices: readonly Labels[],
  name: string,
  isVouched: (pod: Raw) => boolean,
  within?: string,
): Client[] {
  const found = new Map<string, { labels: Labels; pods: Raw[] }>()
  for (const labels of choices)
    for (const [namespace, pods] of Map.groupBy(ground.podsLabelled(labels), (pod) => metaOf(pod).namespace))
      if (!found.has(namespace) && (within ?? namespace) === namespace) found.set(namespace, { labels, pods })
  return [...found].flatMap(([namespace, { labels, pods }]) => {
    const own = wordOf(ground.namespace, namespace)
    // Who can make pods beside one that is vouched for can use its account.
    const word: Word = own.word === 'foreign' && pods.some(isVouched) ? { word: 'cluster' } : own
    const said = word.word === 'foreign' ? `what says it is ${name}` : name
    const end = { kind: 'pods', namespace, selector: labelsSelector(labels), name: said } as const
    return endsOf(ground, end, pods).map((one) => ({ end: one, word }))
  })
}
