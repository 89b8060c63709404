import { controllerOf, metaOf, type Raw, specOf } from '../../isolation/raw.ts'
import type { End, Need } from '../model.ts'
import { type Found, labelsSelector } from './ends.ts'
import { type Ground, refOf } from './ground.ts'
import { hostEnd } from './hosts.ts'
import { mentionsIn } from './mentions.ts'
import { meaningOf } from './resolve.ts'
import { toldByPod } from './texts.ts'
import { named, serviceNeeds } from './uses.ts'
import { lastingLabels } from './workloads.ts'

/** Clients in other namespaces, by the environment and the arguments of their pods; one pod speaks for all of its owner. */
export function incomingOf(ground: Ground): Found {
  const owners = new Map<string, Raw[]>()
  for (const [namespace, pods] of ground.pods) {
    if (namespace === ground.namespace) continue
    for (const pod of pods) {
      const key = controllerOf(pod)?.uid || `${namespace}/${metaOf(pod).name}`
      const known = owners.get(key)
      if (known) known.push(pod)
      else owners.set(key, [pod])
    }
  }
  const needs = [...owners.values()].flatMap((pods) => needsOf(ground, pods))
  const isRead = owners.size > 0
  return {
    needs,
    notes: isRead
      ? ['of clients in other namespaces only the environment and the arguments are read, not their ConfigMaps']
      : [],
    gaps: [],
  }
}

function needsOf(ground: Ground, pods: Raw[]): Need[] {
  const [pod] = pods
  if (!pod) return []
  const { namespace, name, labels } = metaOf(pod)
  const needle = `.${ground.namespace}`
  const told = toldByPod(specOf(pod), 'spec', `Pod ${namespace}/${name}`, refOf(pod))
  return told.flatMap(({ text, by }) => {
    // Most pods name nobody here: a search is cheaper than reading.
    if (!text.includes(needle)) return []
    return mentionsIn(text).mentions.flatMap((mention) => {
      const meaning = meaningOf(ground, mention, namespace)
      if (!meaning || !('targets' in meaning) || metaOf(meaning.service).namespace !== ground.namespace) return []
      return serviceNeeds(clientEnd(ground, pods, labels), meaning.targets, named(by, mention, meaning.service))
    })
  })
}

function clientEnd(ground: Ground, pods: Raw[], labels: Record<string, string>): End {
  const { namespace, name } = metaOf(pods[0] ?? {})
  const owner = pods[0] && controllerOf(pods[0])
  const shown = owner ? `${owner.kind} ${owner.name}` : `Pod ${name}`
  if (pods.some((pod) => specOf(pod)['hostNetwork'] === true)) return hostEnd(ground, pods, `${shown} in ${namespace}`)
  const lasting = lastingLabels(labels)
  return Object.keys(lasting).length > 0
    ? { kind: 'pods', namespace, selector: labelsSelector(lasting), name: shown }
    : { kind: 'unnamed', name: `${shown} in ${namespace}, whose pods have no labels` }
}
