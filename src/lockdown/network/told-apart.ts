import { type Raw } from '../../isolation/raw.ts'
import { podAddresses } from '../../isolation/sever-facts.ts'
import { parseCidr, type Range } from '../../network/address.ts'
import type { Party } from '../../network/party.ts'
import type { Need } from '../model.ts'
import type { BlockEnd } from './ends.ts'
import type { Ground } from './ground.ts'

/** Workloads without a pod now, as the pods that they would have. */
export function standIns({ workloads, namespace }: Ground): Raw[] {
  return workloads
    .filter(({ hostNetwork, pods }) => !hostNetwork && !pods.some((pod) => podAddresses(pod).length > 0))
    .map(({ ref, labels, spec }) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { namespace, name: `(a pod of ${ref.kind} ${ref.name})`, labels },
      spec: { ...spec, nodeName: undefined },
    }))
}

/** The labels of a party that ends of needs tell pods of its namespace apart by. */
export function labelsTold(needs: readonly Need[]): (party: Party) => string {
  const keys = new Map<string, Set<string>>()
  for (const end of needs.flatMap(({ from, to }) => [from, to])) {
    if (end.kind !== 'pods') continue
    const known = keys.get(end.namespace) ?? new Set()
    keys.set(end.namespace, known)
    for (const key of Object.keys(end.selector.matchLabels)) known.add(key)
    for (const { key } of end.selector.matchExpressions) known.add(key)
  }
  return ({ namespace = '', labels }) => {
    const used = [...(keys.get(namespace) ?? [])]
    return used.length === 0 ? '' : JSON.stringify(used.map((key) => (Object.hasOwn(labels, key) ? labels[key] : null)))
  }
}

/** The addresses of a block. */
export function rangesOfBlock({ cidrs }: BlockEnd): Range[] {
  return cidrs.flatMap((cidr) => parseCidr(cidr) ?? [])
}
