import type { Family, Range } from './address.ts'
import type { Match } from './match.ts'
import type { Party } from './party.ts'
import type { TrafficMatch } from './traffic.ts'
import type { RangeSet } from './range-set.ts'

// The one rule model that policies of every kind become: tiers in order, policies in order within a tier, rules in order
// within a policy. The first rule that matches decides; where none does, a tier that isolates the pod has the last word.

export type Direction = 'ingress' | 'egress'
/** `pass` leaves the tier for the next. What Calico logs decides nothing and is no rule here. */
export type Action = 'allow' | 'deny' | 'pass'
export type Verdict = 'allowed' | 'denied' | 'unknown'
/** Who carries policies out; where projects read the same policy differently, it decides. */
export type Enforcer = 'calico' | 'cilium' | 'conformant' | 'unidentified'

export type PolicyRef = { apiVersion: string; kind: string; name: string; namespace?: string; uid?: string }

/** A set of pods, nodes or addresses. Equal keys mean equal sets, so that each is asked once a group of pods. */
export type PartyMatch = {
  key: string
  /** Only pods of this namespace can be in it. */
  namespace?: string
  /** Nothing outside of the cluster can be in it. */
  inside?: true
  /** The addresses it tells apart. */
  ranges?: readonly RangeSet[]
  /** Where it is addresses and nothing else: these. */
  block?: readonly Range[]
  test(party: Party, family: Family): Match
}

export type Rule = {
  /** Where the rule is written: `ingress[2]`, `egressDeny[0]`. */
  at: string
  index: number
  name?: string
  action: Action
  /** The other side, any of these; absent: everyone. */
  peers?: readonly PartyMatch[]
  /** The pod's own side, which Calico's rules may narrow too. */
  self?: PartyMatch
  /** Any of these; absent: all traffic. */
  traffic?: readonly TrafficMatch[]
  family?: Family
  /** Why a match is not sure, such as a condition on HTTP paths. */
  doubt?: string
}

export type PolicySide = {
  rules: readonly Rule[]
  /** Whether the pod is cut off from what no rule of the tier names, where the tier denies by default. */
  isolates: boolean
}

export type Policy = {
  ref: PolicyRef
  tier: string
  /** Within the tier; lower comes first. */
  order: number
  /** Breaks ties of order where the enforcer has a rule for it. */
  tieBreak: string
  subject: PartyMatch
  /** Kubernetes NetworkPolicies only add up: every rule that matches is a reason of its own. */
  additive: boolean
  ingress?: PolicySide
  egress?: PolicySide
}

export type Tier = {
  name: string
  order: number
  defaultAction: 'deny' | 'pass'
  /** Whether policies of one order are taken by name, or in an order that nobody promises. */
  ties: 'by-name' | 'unclear'
  policies: Policy[]
}

/** A tier as Calico's own objects declare it. */
export type TierObject = { name: string; order: number; defaultAction: 'deny' | 'pass' }
