import type { Gap } from '../snapshot/snapshot.ts'
import type { Address, Range } from './address.ts'
import type { Enforcer, Policy, TierObject } from './model.ts'
import type { Protocol } from './traffic.ts'

type Labels = Record<string, string>

export type ContainerPort = { name: string; port: number; protocol: Protocol }

export type NetworkPod = {
  namespace: string
  name: string
  labels: Labels
  serviceAccount: string
  node?: string
  hostNetwork: boolean
  /** Absent where the pod comes from a manifest that nobody ran. */
  phase?: string
  /** Empty where it has none yet, or none is known. */
  addresses: readonly Address[]
  ports: readonly ContainerPort[]
}

export type NetworkNamespace = { name: string; labels: Labels }
export type NetworkNode = { name: string; labels: Labels; addresses: readonly Address[] }
export type LabelledAccount = { namespace: string; name: string; labels: Labels }
/** Calico's NetworkSet and GlobalNetworkSet: addresses that selectors select by labels. */
export type NetworkSet = { name: string; namespace?: string; labels: Labels; ranges: readonly Range[] }

/** All that the network questions look at; `undefined` is what was not read, an empty list what is not there. */
export type World = {
  enforcer: Enforcer
  pods: NetworkPod[]
  namespaces: NetworkNamespace[]
  nodes: NetworkNode[]
  serviceAccounts?: LabelledAccount[]
  policies: Policy[]
  /** Calico's tiers beside the three that always exist. */
  tiers?: TierObject[]
  networkSets?: NetworkSet[]
  /** How many HostEndpoints Calico has: with one, policies on forwarded traffic matter. */
  hostEndpoints?: number
  /** Where pods that have no address yet will get one. */
  podRanges?: Range[]
  gaps: Gap[]
  notes: string[]
}

export function emptyWorld(enforcer: Enforcer): World {
  return { enforcer, pods: [], namespaces: [], nodes: [], policies: [], gaps: [], notes: [] }
}
