import type { LabelSelector } from '../snapshot/objects.ts'
import { selects } from '../workload/label-selector.ts'
import type { Range } from './address.ts'
import type { Selectables } from './calico-match.ts'
import { all, type Match } from './match.ts'
import type { Enforcer, PartyMatch } from './model.ts'
import { namespaceNameLabel, type Party } from './party.ts'
import { contains, overlap, type RangeSet, rangeSet } from './range-set.ts'

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
 * Addresses in these ranges. Whether a pod's own address counts differs: Kubernetes' tests and Calico say yes, Cilium
 * identifies pods and nodes by labels alone (network policies never match them by address).
 */
export function blockMatch(block: readonly Range[], reading: Reading): PartyMatch {
  const inside = rangeSet(block)
  return {
    key: `block ${reading.enforcer} ${JSON.stringify([...inside[4], ...inside[6]].map(rangeKey))}`,
    ranges: [inside],
    block,
    test(party, family) {
      const covered = (): Match => {
        if (party.addresses.length === 0) return byPodRanges(inside, reading.podRanges)
        return party.addresses.some((address) => address.family === family && contains(inside, address))
      }
      if (party.kind === 'external') return covered()
      if (reading.enforcer === 'cilium') return false
      const found = covered()
      if (found === false || reading.enforcer !== 'unidentified') return found
      return 'whether an address block means pods and nodes too differs between CNIs (Cilium: no)'
    },
  }
}

/** The same peers, with all that are address blocks in one: a rule may list a hundred thousand of them. */
export function joinBlocks(peers: readonly PartyMatch[], reading: Reading): PartyMatch[] {
  const blocks = peers.flatMap(({ block }) => (block ? [block] : []))
  if (blocks.length < 2) return [...peers]
  return [...peers.filter(({ block }) => block === undefined), blockMatch(blocks.flat(), reading)]
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

function byPodRanges(inside: RangeSet, podRanges: readonly Range[] | undefined): Match {
  const meets = new Set(podRanges?.map((range) => overlap(inside, range)))
  const [only] = meets
  if (meets.size !== 1 || only === 'part') return 'the address of the pod is not known'
  return only === 'all'
}

function canonical(selector: LabelSelector | undefined): unknown {
  if (!selector) return null
  return [Object.entries(selector.matchLabels).sort(([a], [b]) => (a < b ? -1 : 1)), selector.matchExpressions]
}

function rangeKey({ family, first, last }: Range): string {
  return `${family}:${first.toString(36)}-${last.toString(36)}`
}
