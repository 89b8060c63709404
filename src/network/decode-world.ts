import { record, ShapeError } from '../snapshot/decode.ts'
import type { Gap } from '../snapshot/snapshot.ts'
import type { Range } from './address.ts'
import { labelledSets } from './calico-match.ts'
import { decodeAdminPolicy } from './decode-admin-policy.ts'
import { decodeCalicoPolicy, decodeNetworkSet, decodeTier } from './decode-calico.ts'
import { decodeCiliumPolicy } from './decode-cilium.ts'
import { decodeNetworkPolicy } from './decode-network-policy.ts'
import { decodeAccount, decodeNetworkNamespace, decodeNetworkNode, decodeNetworkPod } from './decode-objects.ts'
import type { Raw } from './decode-parts.ts'
import type { Reading } from './kube-match.ts'
import type { Enforcer, Policy } from './model.ts'
import { unsure } from './unsure.ts'
import { emptyWorld, type World } from './world.ts'

/** The policies that the network questions read, by group, version and kind. */
const policyKinds: Record<string, (raw: Raw, reading: Reading) => Policy[]> = {
  'networking.k8s.io/v1/NetworkPolicy': (raw, reading) => [decodeNetworkPolicy(raw, reading)],
  'policy.networking.k8s.io/v1alpha1/AdminNetworkPolicy': (raw, reading) => [decodeAdminPolicy(raw, reading)],
  'policy.networking.k8s.io/v1alpha1/BaselineAdminNetworkPolicy': (raw, reading) => [decodeAdminPolicy(raw, reading)],
  'policy.networking.k8s.io/v1alpha2/ClusterNetworkPolicy': (raw, reading) => [decodeAdminPolicy(raw, reading)],
  'crd.projectcalico.org/v1/NetworkPolicy': decodeCalicoPolicy,
  'crd.projectcalico.org/v1/GlobalNetworkPolicy': decodeCalicoPolicy,
  'projectcalico.org/v3/NetworkPolicy': decodeCalicoPolicy,
  'projectcalico.org/v3/GlobalNetworkPolicy': decodeCalicoPolicy,
  'cilium.io/v2/CiliumNetworkPolicy': decodeCiliumPolicy,
  'cilium.io/v2/CiliumClusterwideNetworkPolicy': decodeCiliumPolicy,
}

type Options = {
  enforcer: Enforcer
  podRanges?: Range[]
  /** Kinds that could not be read, with or without their group: what is missing of them is not known, instead of not there. */
  unread?: readonly string[]
}

/** The world that objects make, as the API server or files hold them. What is malformed becomes a gap; other kinds are left out. */
export function worldOf(objects: readonly unknown[], { enforcer, podRanges, unread = [] }: Options): World {
  const world: World = { ...emptyWorld(enforcer), ...(podRanges ? { podRanges } : {}) }
  const isRead = (kind: string) => !unread.some((name) => name.endsWith(kind))
  if (isRead('ServiceAccount')) world.serviceAccounts = []
  if (isRead('Tier')) world.tiers = []
  if (isRead('NetworkSet')) world.networkSets = []
  if (isRead('HostEndpoint')) world.hostEndpoints = 0
  const policies: [(raw: Raw, reading: Reading) => Policy[], Raw][] = []
  const orGap = (object: unknown, read: () => void) => {
    try {
      read()
    } catch (error) {
      if (!(error instanceof ShapeError)) throw error
      world.gaps.push(malformed(object, error))
    }
  }
  for (const object of objects) {
    orGap(object, () => {
      const raw = record(object, 'object')
      const kind = `${String(raw['apiVersion'])}/${String(raw['kind'])}`
      const decode = Object.hasOwn(policyKinds, kind) ? policyKinds[kind] : undefined
      if (decode) policies.push([decode, raw])
      else addObject(world, kind, raw)
    })
  }
  // Policies of Calico select by what other objects are labelled with: those come first.
  const sets = labelledSets(world.networkSets, world.namespaces)
  const { hostEndpoints } = world
  const reading: Reading = {
    enforcer,
    ...(podRanges ? { podRanges } : {}),
    ...(sets ? { sets } : {}),
    ...(hostEndpoints === undefined ? {} : { hostEndpoints }),
  }
  let inert = 0
  for (const [decode, raw] of policies) {
    orGap(raw, () => {
      const carried = carriedOut(decode(raw, reading), enforcer)
      world.policies.push(...carried)
      if (carried.length === 0) inert += 1
    })
  }
  if (inert > 0) world.notes.push(`${inert} policies are of a kind that nothing carries out on the pods here`)
  return world
}

/** The CNI that alone carries out a kind of policy: another one leaves such objects lying. */
function carriedOut(policies: Policy[], enforcer: Enforcer): Policy[] {
  return policies.flatMap((policy) => {
    const own = ownerOf(policy)
    if (own === undefined || own === enforcer) return [policy]
    return enforcer === 'unidentified' ? [unsure(policy, `whether ${own} carries out policies here is not known`)] : []
  })
}

function ownerOf({ ref }: Policy): 'calico' | 'cilium' | undefined {
  if (ref.apiVersion.includes('projectcalico.org/')) return 'calico'
  return ref.apiVersion.startsWith('cilium.io/') ? 'cilium' : undefined
}

function addObject(world: World, kind: string, raw: Raw): void {
  switch (kind) {
    case 'v1/Pod':
      world.pods.push(decodeNetworkPod(raw))
      break
    case 'v1/Namespace':
      world.namespaces.push(decodeNetworkNamespace(raw))
      break
    case 'v1/Node':
      world.nodes.push(decodeNetworkNode(raw))
      break
    case 'v1/ServiceAccount':
      world.serviceAccounts?.push(decodeAccount(raw))
      break
    default:
      addCalicoObject(world, kind, raw)
  }
}

function addCalicoObject(world: World, kind: string, raw: Raw): void {
  const [group, , name] = kind.split('/')
  if (group !== 'crd.projectcalico.org' && group !== 'projectcalico.org') return
  if (name === 'Tier') world.tiers?.push(decodeTier(raw))
  else if (name === 'NetworkSet' || name === 'GlobalNetworkSet') world.networkSets?.push(decodeNetworkSet(raw))
  else if (name === 'HostEndpoint' && world.hostEndpoints !== undefined) world.hostEndpoints += 1
}

function malformed(object: unknown, error: ShapeError): Gap {
  const raw = (typeof object === 'object' && object !== null ? object : {}) as Raw
  const { name, namespace } = (raw['metadata'] ?? {}) as { name?: unknown; namespace?: unknown }
  const kind = typeof raw['kind'] === 'string' ? raw['kind'] : 'object'
  const shown = typeof name === 'string' ? name : '(without a name)'
  return {
    what: `${kind} ${typeof namespace === 'string' ? `${namespace}/` : ''}${shown}`,
    ...(typeof namespace === 'string' ? { namespace } : {}),
    ...(typeof name === 'string' ? { name } : {}),
    why: error.message,
    hides: 'whatever it allows or denies',
  }
}
