import { items, namespaceOf, optionalText, record, strings, text } from '../snapshot/decode.ts'
import { type Address, parseAddress } from './address.ts'
import { optionalBoolean, optionalRecord, portNumber, protocolOf, type Raw } from './decode-parts.ts'
import { namespaceNameLabel } from './party.ts'
import type { ContainerPort, LabelledAccount, NetworkNamespace, NetworkNode, NetworkPod } from './world.ts'

/** A Pod, with what network questions ask of it; throws ShapeError. */
export function decodeNetworkPod(raw: Raw): NetworkPod {
  const metadata = record(raw['metadata'], 'metadata')
  const spec = record(raw['spec'] ?? {}, 'spec')
  const status = record(raw['status'] ?? {}, 'status')
  const node = optionalText(spec['nodeName'], 'spec.nodeName')
  const phase = optionalText(status['phase'], 'status.phase')
  const ips = items(status['podIPs'], 'status.podIPs', ({ ip }, field) => text(ip, `${field}.ip`))
  const single = optionalText(status['podIP'], 'status.podIP')
  return {
    ...named(metadata),
    labels: strings(metadata['labels'], 'metadata.labels'),
    serviceAccount: optionalText(spec['serviceAccountName'], 'spec.serviceAccountName') || 'default',
    ...(node ? { node } : {}),
    hostNetwork: optionalBoolean(spec['hostNetwork'], 'spec.hostNetwork') ?? false,
    ...(phase ? { phase } : {}),
    addresses: addressesOf(ips.length > 0 ? ips : single ? [single] : []),
    ports: containerPorts(spec),
  }
}

// Sidecars are init containers that stay; Calico and Kubernetes look their ports up too.
function containerPorts(spec: Raw): ContainerPort[] {
  return ['containers', 'initContainers'].flatMap((list) =>
    items(spec[list], `spec.${list}`, (container, field) =>
      items(container['ports'], `${field}.ports`, (port, path) => ({
        name: optionalText(port['name'], `${path}.name`) ?? '',
        port: portNumber(port['containerPort'], `${path}.containerPort`),
        protocol: protocolOf(port['protocol'], `${path}.protocol`),
      })),
    ).flat(),
  )
}

export function decodeNetworkNamespace(raw: Raw): NetworkNamespace {
  const metadata = record(raw['metadata'], 'metadata')
  const name = text(metadata['name'], 'metadata.name')
  // The API server sets this label and lets nobody change it.
  return { name, labels: { ...strings(metadata['labels'], 'metadata.labels'), [namespaceNameLabel]: name } }
}

export function decodeNetworkNode(raw: Raw): NetworkNode {
  const metadata = record(raw['metadata'], 'metadata')
  const status = optionalRecord(raw['status'], 'status') ?? {}
  const addresses = items(status['addresses'], 'status.addresses', ({ address }, field) =>
    text(address, `${field}.address`),
  )
  return {
    name: text(metadata['name'], 'metadata.name'),
    labels: strings(metadata['labels'], 'metadata.labels'),
    addresses: addressesOf(addresses),
  }
}

// Host names stand among a node's addresses, and are none.
function addressesOf(texts: string[]): Address[] {
  return texts.flatMap((entry) => parseAddress(entry) ?? [])
}

function named(metadata: Raw): { namespace: string; name: string } {
  return { namespace: namespaceOf(metadata), name: text(metadata['name'], 'metadata.name') }
}

export function decodeAccount(raw: Raw): LabelledAccount {
  const metadata = record(raw['metadata'], 'metadata')
  return { ...named(metadata), labels: strings(metadata['labels'], 'metadata.labels') }
}
