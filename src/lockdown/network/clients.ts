import { metaOf } from '../../isolation/raw.ts'
import type { End } from '../model.ts'
import { labelsSelector } from './ends.ts'
import type { Ground } from './ground.ts'
import { endsOf } from './hosts.ts'

type Labels = Record<string, string>

/** Pods of the cluster that are known by one of these sets of labels, as sides of a connection: the first set that there are pods of. */
export function clientsBy(ground: Ground, choices: readonly Labels[], name: string): End[] {
  for (const labels of choices) {
    const pods = ground.podsLabelled(labels)
    if (pods.length === 0) continue
    return [...Map.groupBy(pods, (pod) => metaOf(pod).namespace)].flatMap(([namespace, own]) =>
      endsOf(ground, { kind: 'pods', namespace, selector: labelsSelector(labels), name }, own),
    )
  }
  return []
}
