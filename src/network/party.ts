import { type Address, type Family, formatAddress } from './address.ts'
import type { ContainerPort, LabelledAccount, NetworkNamespace, NetworkNode, NetworkPod, World } from './world.ts'

type Labels = Record<string, string>

/**
 * One end of a flow. `host` is a node or a pod on its network, which no NetworkPolicy has as its subject; `external` is an
 * address that is neither.
 */
export type Party = {
  kind: 'pod' | 'host' | 'external'
  /** `pod ns/name`, `node name` or the address. */
  id: string
  namespace?: string
  labels: Labels
  /** Absent where the namespace's labels are not known. */
  namespaceLabels?: Labels
  serviceAccount?: string
  /** Absent where the service account's labels are not known. */
  accountLabels?: Labels
  node?: string
  nodeLabels?: Labels
  addresses: readonly Address[]
  ports: readonly ContainerPort[]
}

export const namespaceNameLabel = 'kubernetes.io/metadata.name'

/** Makes parties of what a world holds, each once. */
export class Parties {
  readonly #namespaces: Map<string, NetworkNamespace>
  readonly #accounts: Map<string, LabelledAccount> | undefined
  readonly #nodes: Map<string, NetworkNode>
  readonly #calico: boolean
  readonly #made = new Map<object, Party>()

  constructor(world: World) {
    this.#namespaces = new Map(world.namespaces.map((namespace) => [namespace.name, namespace]))
    this.#nodes = new Map(world.nodes.map((node) => [node.name, node]))
    this.#calico = world.enforcer === 'calico'
    this.#accounts =
      world.serviceAccounts && new Map(world.serviceAccounts.map((account) => [accountKey(account), account]))
  }

  ofPod(pod: NetworkPod): Party {
    return this.#once(pod, () => {
      const namespaceLabels = this.#namespaceLabels(pod)
      const account = { namespace: pod.namespace, name: pod.serviceAccount }
      const accountLabels = this.#accounts?.get(accountKey(account))?.labels
      const nodeLabels = pod.node === undefined ? undefined : this.#nodes.get(pod.node)?.labels
      return {
        kind: pod.hostNetwork ? 'host' : 'pod',
        id: `pod ${pod.namespace}/${pod.name}`,
        namespace: pod.namespace,
        labels: pod.labels,
        ...(namespaceLabels ? { namespaceLabels } : {}),
        serviceAccount: pod.serviceAccount,
        ...(accountLabels ? { accountLabels } : {}),
        ...(pod.node === undefined ? {} : { node: pod.node }),
        ...(nodeLabels ? { nodeLabels } : {}),
        addresses: pod.addresses,
        ports: pod.ports,
      }
    })
  }

  ofNode(node: NetworkNode): Party {
    return this.#once(node, () => ({
      kind: 'host',
      id: `node ${node.name}`,
      labels: {},
      node: node.name,
      nodeLabels: node.labels,
      addresses: node.addresses,
      ports: [],
    }))
  }

  #namespaceLabels({ namespace, labels }: NetworkPod): Labels | undefined {
    const known = this.#namespaces.get(namespace)?.labels
    if (!known || !this.#calico) return known
    // Felix looks a label of the namespace up as `pcns.<key>`, and a pod's own label of that name comes first (3.30).
    const forged = Object.entries(labels).filter(([key]) => key.startsWith('pcns.'))
    return forged.length === 0
      ? known
      : { ...known, ...Object.fromEntries(forged.map(([key, value]) => [key.slice('pcns.'.length), value])) }
  }

  #once(object: object, make: () => Party): Party {
    let party = this.#made.get(object)
    if (!party) this.#made.set(object, (party = make()))
    return party
  }
}

export function externalParty(address: Address): Party {
  return { kind: 'external', id: formatAddress(address), labels: {}, addresses: [address], ports: [] }
}

/** The families in which two parties can talk; where an address is not known, IPv4 stands for both. */
export function commonFamilies(a: Party, b: Party): Family[] {
  if (a.addresses.length === 0 && b.addresses.length === 0) return [4]
  const of = (party: Party) => new Set(party.addresses.map(({ family }) => family))
  const [left, right] = [of(a), of(b)]
  if (left.size === 0) return [...right]
  return right.size === 0 ? [...left] : [...left].filter((family) => right.has(family))
}

function accountKey({ namespace, name }: { namespace: string; name: string }): string {
  return `${namespace}/${name}`
}
