import type { LabelSelector } from '../snapshot/objects.ts'
import { selects } from '../workload/label-selector.ts'
import type { Match } from './match.ts'
import type { PartyMatch } from './model.ts'
import type { Party } from './party.ts'

const namespaceKey = 'io.kubernetes.pod.namespace'
const namespaceLabels = 'io.cilium.k8s.namespace.labels.'
const accountKey = 'io.cilium.k8s.policy.serviceaccount'
const clusterKey = 'io.cilium.k8s.policy.cluster'
/** Sources whose labels pods have; without one any source is meant. */
const podSources = new Set(['k8s', 'any', ''])

/**
 * Pods by an EndpointSelector. In a namespaced policy it means the policy's own namespace, unless it names another by
 * label. Source: Cilium's pkg/k8s/apis/cilium.io/utils (getEndpointSelector), pkg/policy/api EndpointSelector.
 */
export function endpointsMatch(selector: LabelSelector, namespace: string | undefined): PartyMatch {
  const keys = keysOf(selector).map(split)
  const elsewhere = keys.some(({ name }) => name === namespaceKey || name.startsWith(namespaceLabels))
  const within = elsewhere ? undefined : namespace
  return {
    key: `cilium ${JSON.stringify([selector, within ?? null])}`,
    ...(within === undefined ? {} : { namespace: within }),
    test(party) {
      if (party.kind !== 'pod') return reservedMatch(keys, party)
      if (within !== undefined && party.namespace !== within) return false
      const doubt = keys.map(({ source, name }) => doubtOf(source, name, party)).find((reason) => reason !== undefined)
      const found = selects(selector, labelsFor(keys, party))
      return doubt === undefined ? found : doubt
    },
  }
}

/** A group of peers that Cilium knows by name. Source: Cilium's pkg/policy/api/entity.go and its documentation. */
export function entityMatch(entity: string): PartyMatch {
  return { key: `entity ${entity}`, test: (party) => inEntity(entity, party) }
}

function inEntity(entity: string, { kind, addresses }: Party): Match {
  switch (entity) {
    case 'all':
      return true
    case 'cluster':
      return kind !== 'external'
    case 'world':
      return kind === 'external'
    case 'world-ipv4':
    case 'world-ipv6':
      return kind === 'external' && addresses.some(({ family }) => family === (entity === 'world-ipv4' ? 4 : 6))
    case 'host':
    case 'remote-node':
      return kind === 'host' && 'whether it is the same node or another differs pod by pod'
    case 'kube-apiserver':
      return kind !== 'pod' && 'which addresses the API server has is not known'
    case 'none':
    case 'init':
    case 'health':
    case 'ingress':
    case 'unmanaged':
      return entity === 'unmanaged' && kind === 'pod' && 'whether Cilium manages the pod is not known'
    default:
      return `the entity ${entity.slice(0, 40)} is not known`
  }
}

type Key = { written: string; source: string; name: string }

function split(written: string): Key {
  const colon = written.indexOf(':')
  return { written, source: colon < 0 ? '' : written.slice(0, colon), name: written.slice(colon + 1) }
}

// Nodes and outsiders have reserved labels only.
function reservedMatch(keys: Key[], { kind }: Party): Match {
  const reserved = keys.filter(({ source, name }) => source === 'reserved' || name.startsWith('reserved:'))
  if (reserved.length === 0) return false
  return reserved.some(({ name }) => name === 'world') && kind === 'external' && keys.length === 1
    ? true
    : 'reserved labels of nodes and addresses are not evaluated'
}

// The selector's own keys with what the pod has for them: so matching stays what it is for any label selector.
function labelsFor(keys: Key[], party: Party): Record<string, string> {
  return Object.fromEntries(
    keys.flatMap(({ written, source, name }) => {
      const value = podSources.has(source) ? valueOf(name, party) : undefined
      return value === undefined ? [] : [[written, value]]
    }),
  )
}

function valueOf(name: string, party: Party): string | undefined {
  if (name === namespaceKey) return party.namespace
  if (name === accountKey) return party.serviceAccount
  const from = name.startsWith(namespaceLabels) ? (party.namespaceLabels ?? {}) : party.labels
  const key = name.startsWith(namespaceLabels) ? name.slice(namespaceLabels.length) : name
  return Object.hasOwn(from, key) ? from[key] : undefined
}

function doubtOf(source: string, name: string, party: Party): string | undefined {
  if (!podSources.has(source)) return undefined
  if (name === clusterKey) return 'the name of the cluster is not known'
  if (name.startsWith(namespaceLabels)) {
    return party.namespaceLabels ? undefined : 'the labels of its namespace are not known'
  }
  // By default Cilium keeps these out of a pod's identity (its documentation, "Limiting Identity-Relevant Labels").
  const left = name.includes('k8s.io') || name.includes('kubernetes.io') || hashes.has(name)
  return left && name !== namespaceKey && !name.startsWith('app.kubernetes.io/')
    ? 'whether Cilium counts this label among the identity is a setting'
    : undefined
}

const hashes = new Set(['pod-template-generation', 'pod-template-hash', 'controller-revision-hash'])

function keysOf({ matchLabels, matchExpressions }: LabelSelector): string[] {
  return [...Object.keys(matchLabels), ...matchExpressions.map(({ key }) => key)]
}
