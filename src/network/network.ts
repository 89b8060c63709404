import { type Address, type Family, formatAddress } from './address.ts'
import { adminTier, baselineTier } from './decode-admin-policy.ts'
import { forwardTier } from './decode-calico.ts'
import type { SideEntry, SideTier } from './decide.ts'
import type { Direction, Policy, Tier } from './model.ts'
import { externalParty, Parties, type Party } from './party.ts'
import { unsure } from './unsure.ts'
import type { NetworkPod, World } from './world.ts'

/** A world made ready for questions: tiers in order, and every policy found by the namespace it is about. */
export type Network = {
  world: World
  parties: Parties
  tiers: Tier[]
  /** What policies say about one pod, in one direction; looked up once. */
  sideOf(party: Party, direction: Direction): SideTier[]
  podNamed(namespace: string, name: string): NetworkPod | undefined
  /** The pod, node or outsider that an address belongs to. */
  partyAt(address: Address): Party
}

// Source: projectcalico api v3 tier.go; the same order, by other words, as in sigs.k8s.io/network-policy-api.
const builtIn = [
  { name: forwardTier, order: Number.NEGATIVE_INFINITY, defaultAction: 'pass' },
  { name: adminTier, order: 1_000, defaultAction: 'pass' },
  { name: 'default', order: 1_000_000, defaultAction: 'deny' },
  { name: baselineTier, order: 10_000_000, defaultAction: 'pass' },
] as const

export function networkOf(world: World): Network {
  const tiers = tiersOf(world)
  const parties = new Parties(world)
  const index = tiers.map((tier) => ({ tier, byNamespace: byNamespace(tier.policies) }))
  const sides = new Map<Party, { [D in Direction]?: SideTier[] }>()
  const pods = new Map(world.pods.map((pod) => [`${pod.namespace}/${pod.name}`, pod]))
  const owners = addressOwners(world, parties)

  function lookUp(party: Party, direction: Direction): SideTier[] {
    if (party.kind === 'external') return []
    return index.flatMap(({ tier, byNamespace }) => {
      const candidates = [...(byNamespace.get('') ?? []), ...(byNamespace.get(party.namespace ?? '') ?? [])]
      const entries = candidates
        .flatMap(({ policy, position }) => {
          const side = policy[direction]
          const selected = side ? policy.subject.test(party, familyOf(party)) : false
          return side && selected !== false ? [{ position, entry: { policy, side, selected } satisfies SideEntry }] : []
        })
        .sort((a, b) => a.position - b.position)
        .map(({ entry }) => entry)
      return entries.length > 0 ? [{ tier, entries }] : []
    })
  }

  return {
    world,
    parties,
    tiers,
    sideOf(party, direction) {
      let known = sides.get(party)
      if (!known) sides.set(party, (known = {}))
      return (known[direction] ??= lookUp(party, direction))
    },
    podNamed: (namespace, name) => pods.get(`${namespace}/${name}`),
    partyAt: (address) => owners.get(formatAddress(address)) ?? externalParty(address),
  }
}

/** The tiers that the world's policies are in, first to last. */
function tiersOf(world: World): Tier[] {
  const ties = world.enforcer === 'calico' ? 'by-name' : 'unclear'
  const declared = new Map((world.tiers ?? []).map((tier) => [tier.name, tier]))
  const tiers = new Map<string, Tier>()
  for (const tier of [...builtIn, ...declared.values()]) {
    tiers.set(tier.name, { ...tier, ties: tier.name === 'default' ? 'by-name' : ties, policies: [] })
  }
  for (const policy of world.policies) {
    let tier = tiers.get(policy.tier)
    if (!tier) {
      // Felix takes a tier that does not exist for the last one, but perhaps it was only not read. First and in doubt it
      // makes unknown whatever it could decide, wherever its place is.
      tier = { name: policy.tier, order: Number.NEGATIVE_INFINITY, defaultAction: 'deny', ties, policies: [] }
      tiers.set(policy.tier, tier)
    }
    tier.policies.push(declared.has(policy.tier) || isBuiltIn(policy.tier) ? policy : outOfOrder(policy))
  }
  for (const { policies } of tiers.values()) policies.sort(byOrder)
  return [...tiers.values()].sort((a, b) => compare(a.order, b.order) || compare(a.name, b.name))
}

function outOfOrder(policy: Policy): Policy {
  return unsure(policy, `whether and when the tier ${policy.tier} has its turn is not known`)
}

function isBuiltIn(name: string): boolean {
  return builtIn.some((tier) => tier.name === name)
}

function byNamespace(policies: readonly Policy[]): Map<string, { policy: Policy; position: number }[]> {
  return Map.groupBy(
    policies.map((policy, position) => ({ policy, position })),
    ({ policy }) => policy.subject.namespace ?? '',
  )
}

function addressOwners(world: World, parties: Parties): Map<string, Party> {
  const owners = new Map<string, Party>()
  for (const pod of world.pods) {
    // A host-network pod has its node's address, which is the node's.
    if (pod.hostNetwork || hasEnded(pod)) continue
    for (const address of pod.addresses) owners.set(formatAddress(address), parties.ofPod(pod))
  }
  for (const node of world.nodes) {
    for (const address of node.addresses) owners.set(formatAddress(address), parties.ofNode(node))
  }
  return owners
}

/** Whether a pod has ended for good: its address may already be another's. */
export function hasEnded({ phase }: NetworkPod): boolean {
  return phase === 'Succeeded' || phase === 'Failed'
}

function familyOf(party: Party): Family {
  return party.addresses[0]?.family ?? 4
}

function byOrder(a: Policy, b: Policy): number {
  return compare(a.order, b.order) || compare(a.tieBreak, b.tieBreak)
}

// Not by subtraction: infinity minus infinity is no number.
function compare<T extends number | string>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0
}
