import type { LabelSelector } from '../snapshot/objects.ts'
import { selects } from '../workload/label-selector.ts'
import { type Family, type Range } from './address.ts'
import type { Selectables } from './calico-match.ts'
import { all, type Match } from './match.ts'
import type { Enforcer, PartyMatch } from './model.ts'
import { namespaceNameLabel, type Party } from './party.ts'
import { contains, overlap, rangeSet } from './range-set.ts'

/** What a policy that is being read needs to know of the world it applies to. */
export type Reading = { enforcer: Enforcer; podRanges?: readonly Range[] } & Selectables

type PodSelection = {
  /** Pods of this one namespace. */
  namespace?: string
  /** Or of the namespaces with these labels. */
  namespaceSelector?: LabelSelector
  /** Absent: all pods. */
  podSelector?: LabelSelector
  /** Whether pods on the host network may be meant: as a subject never, as a peer it differs. */
  hostNetwork: 'never' | 'unclear'
}

/** Pods by namespace and labels. Source: NetworkPolicyPeer, AdminNetworkPolicyPeer; both selectors must hold. */
export function podsMatch(selection: PodSelection): PartyMatch {
  const { namespace, namespaceSelector, podSelector, hostNetwork } = selection
  const key = `pods ${JSON.stringify([namespace, canonical(namespaceSelector), canonical(podSelector), hostNetwork])}`
  return {
    key,
    ...(namespace === undefined ? {} : { namespace }),
    inside: true,
    test(party) {
      if (party.namespace === undefined) return false
      if (party.kind === 'host' && hostNetwork === 'never') return false
      const selected = all(
        () => namespace === undefined || party.namespace === namespace,
        () => namespaceSelector === undefined || inNamespace(namespaceSelector, party),
        () => podSelector === undefined || selects(podSelector, party.labels),
      )
      return selected !== false && party.kind === 'host'
        ? 'whether a selector means pods on the host network is left open by Kubernetes; CNIs differ'
        : selected
    },
  }
}

/** Whether a peer that selects pods can mean those on the host network. Calico and Cilium have them as hosts. */
export function hostNetworkPeers({ enforcer }: Reading): PodSelection['hostNetwork'] {
  return enforcer === 'calico' || enforcer === 'cilium' ? 'never' : 'unclear'
}

/** Nodes by labels. Source: AdminNetworkPolicyEgressPeer.nodes. */
export function nodesMatch(selector: LabelSelector): PartyMatch {
  return {
    key: `nodes ${JSON.stringify(canonical(selector))}`,
    inside: true,
    test(party) {
      if (party.kind !== 'host') return false
      return party.nodeLabels ? selects(selector, party.nodeLabels) : 'the labels of its node are not known'
    },
  }
}

/**
 * Addresses within `nets` and outside of `except`. Whether a pod's own address counts differs: Kubernetes' tests and
 * Calico say yes, Cilium identifies pods and nodes by labels alone (network policies never match them by address).
 */
export function blockMatch(nets: readonly Range[], except: readonly Range[], reading: Reading): PartyMatch {
  const inside = rangeSet(nets)
  const outside = rangeSet(except)
  const covers = (party: Party, family: Family): Match => {
    const own = party.addresses.filter((address) => address.family === family)
    if (party.addresses.length === 0) return byPodRanges(inside, outside, reading.podRanges)
    return own.some((address) => contains(inside, address) && !contains(outside, address))
  }
  return {
    key: `blocks ${reading.enforcer} ${JSON.stringify([nets.map(rangeKey), except.map(rangeKey)])}`,
    ranges: [inside, outside],
    test(party, family) {
      if (party.kind === 'external') return covers(party, family)
      if (reading.enforcer === 'cilium') return false
      const covered = covers(party, family)
      if (covered === false || reading.enforcer !== 'unidentified') return covered
      return 'whether an address block means pods and nodes too differs between CNIs (Cilium: no)'
    },
  }
}

/** No peer is meant by what this version of the tool, or of the enforcer, does not know. */
export function unknownMatch(reason: string): PartyMatch {
  return { key: `unknown ${reason}`, test: () => reason }
}

/** A selector on namespaces, where only the label that the API server itself sets may be known. */
export function inNamespace(selector: LabelSelector, party: Party): Match {
  if (party.namespaceLabels) return selects(selector, party.namespaceLabels)
  const keys = [...Object.keys(selector.matchLabels), ...selector.matchExpressions.map(({ key }) => key)]
  if (keys.every((key) => key === namespaceNameLabel)) {
    return selects(selector, { [namespaceNameLabel]: party.namespace ?? '' })
  }
  return 'the labels of its namespace are not known'
}

function byPodRanges(
  inside: ReturnType<typeof rangeSet>,
  outside: ReturnType<typeof rangeSet>,
  podRanges: readonly Range[] | undefined,
): Match {
  const doubt = 'the address of the pod is not known'
  if (!podRanges || podRanges.length === 0) return doubt
  const meets = podRanges.map((range) => [overlap(inside, range), overlap(outside, range)] as const)
  if (meets.every(([within, spared]) => within === 'all' && spared === 'none')) return true
  return meets.every(([within, spared]) => within === 'none' || spared === 'all') ? false : doubt
}

function canonical(selector: LabelSelector | undefined): unknown {
  if (!selector) return null
  return [Object.entries(selector.matchLabels).sort(([a], [b]) => (a < b ? -1 : 1)), selector.matchExpressions]
}

function rangeKey({ family, first, last }: Range): string {
  return `${family}:${first.toString(36)}-${last.toString(36)}`
}
