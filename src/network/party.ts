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
  /** The namespace, where its pods are on a network of their own instead of the cluster's. */
  ownNetwork?: string
  addresses: readonly Address[]
  ports: readonly ContainerPort[]
}

/** OVN-Kubernetes' mark on a namespace whose pods get a primary UserDefinedNetwork. */
const ownNetworkLabel = 'k8s.ovn.org/primary-user-defined-network'

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
      const namespaceLabels = this.#namespaces.get(pod.namespace)?.labels
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
        ...(namespaceLabels && Object.hasOwn(namespaceLabels, ownNetworkLabel) ? { ownNetwork: pod.namespace } : {}),
        addresses: pod.addresses,
        // To Felix a pod on the host network is no endpoint, so its port names are none.
        ports: this.#calico && pod.hostNetwork ? [] : pod.ports,
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

  #once(object: object, make: () => Party): Party {
    let party = this.#made.get(object)
    if (!party) this.#made.set(object, (party = make()))
    return party
  }
}

export function externalParty(address: Address): Party {
  return { kind: 'external', id: formatAddress(address), labels: {}, addresses: [address], ports: [] }
}

/** Why policies alone do not tell whether two parties can talk; undefined where they do. */
export function onOtherNetwork(a: Party, b: Party): string | undefined {
  if (a.ownNetwork === b.ownNetwork) return undefined
  return `pods of the namespace ${a.ownNetwork ?? b.ownNetwork} are on a network of their own`
}

/** The families in which two parties can talk; where an address is not known, IPv4 stands for both. */
export function commonFamilies(a: Party, b: Party): Family[] {
  const known = [a, b].filter(({ addresses }) => addresses.length > 0)
  if (known.length === 0) return [4]
  return ([4, 6] as const).filter((family) =>
    known.every(({ addresses }) => addresses.some((address) => address.family === family)),
  )
}

function accountKey({ namespace, name }: { namespace: string; name: string }): string {
  return `${namespace}/${name}`
}
