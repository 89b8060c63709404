import type {
  AccountState,
  ClusterState,
  NamespaceState,
  NodeState,
  SecretState,
  WebhookState,
} from './cluster-state.ts'
import { flag, isUnset, items, namespaceOf, optionalText, record, stringList, strings, text } from './decode.ts'

type Raw = Record<string, unknown>
type Volume = ClusterState['persistentVolumes'][number]

// Made by kubeadm and most others; the third and fourth by Rancher.
const controlPlaneRoles = ['control-plane', 'master', 'controlplane', 'etcd'].map(
  (role) => `node-role.kubernetes.io/${role}`,
)

/** A Node; of the control plane by its role labels or taints. Throws ShapeError, as all here do. */
export function decodeNode(raw: Raw): NodeState {
  const metadata = record(raw['metadata'], 'metadata')
  const spec = record(raw['spec'] ?? {}, 'spec')
  const labels = strings(metadata['labels'], 'metadata.labels')
  const taints = items(spec['taints'], 'spec.taints', ({ key }, field) => text(key, `${field}.key`))
  const providerId = optionalText(spec['providerID'], 'spec.providerID')
  return {
    name: text(metadata['name'], 'metadata.name'),
    labels,
    controlPlane: controlPlaneRoles.some((role) => Object.hasOwn(labels, role) || taints.includes(role)),
    ...(providerId ? { providerId } : {}),
  }
}

/** A Namespace with its labels, Pod Security's among them. */
export function decodeNamespaceState(raw: Raw): NamespaceState {
  const metadata = record(raw['metadata'], 'metadata')
  return {
    name: text(metadata['name'], 'metadata.name'),
    labels: strings(metadata['labels'], 'metadata.labels'),
    ...(isUnset(metadata['deletionTimestamp']) ? {} : { terminating: true }),
  }
}

export function decodeAccount(raw: Raw): AccountState {
  const metadata = record(raw['metadata'], 'metadata')
  const { automountServiceAccountToken: automount } = raw
  const isOff = !isUnset(automount) && !flag(automount, 'automountServiceAccountToken')
  return {
    namespace: namespaceOf(metadata),
    name: text(metadata['name'], 'metadata.name'),
    annotations: annotationsOf(metadata),
    ...(isOff ? { noAutomount: true } : {}),
  }
}

/** A Secret by its metadata; of a whole one, as in manifests, its type beside that, and never its values. */
export function decodeSecret(raw: Raw): SecretState {
  const metadata = record(raw['metadata'], 'metadata')
  const serviceAccount = annotationsOf(metadata)['kubernetes.io/service-account.name']
  const type = optionalText(raw['type'], 'type')
  return {
    namespace: namespaceOf(metadata),
    name: text(metadata['name'], 'metadata.name'),
    ...(serviceAccount ? { serviceAccount } : {}),
    ...(type ? { type } : {}),
  }
}

/** A PersistentVolume, with the path on a node that it is: of a `local` one too. */
export function decodeVolume(raw: Raw): Volume {
  const metadata = record(raw['metadata'], 'metadata')
  const spec = record(raw['spec'], 'spec')
  const path = (key: string) => optionalText(record(spec[key] ?? {}, `spec.${key}`)['path'], `spec.${key}.path`)
  const hostPath = path('hostPath') ?? path('local')
  const claim = isUnset(spec['claimRef']) ? undefined : place(spec['claimRef'], 'spec.claimRef')
  return {
    name: text(metadata['name'], 'metadata.name'),
    ...(hostPath === undefined ? {} : { hostPath }),
    ...(claim ? { claim } : {}),
  }
}

/** The webhooks of a Mutating- or ValidatingWebhookConfiguration, with v1's defaults. */
export function decodeWebhooks(raw: Raw, kind: WebhookState['kind']): WebhookState[] {
  const configuration = text(record(raw['metadata'], 'metadata')['name'], 'metadata.name')
  return items(raw['webhooks'], 'webhooks', (webhook, field) => {
    const client = record(webhook['clientConfig'], `${field}.clientConfig`)
    const service = isUnset(client['service']) ? undefined : place(client['service'], `${field}.clientConfig.service`)
    const url = optionalText(client['url'], `${field}.clientConfig.url`)
    return {
      kind,
      configuration,
      name: text(webhook['name'], `${field}.name`),
      ...(service ? { service } : {}),
      ...(url === undefined ? {} : { url }),
      failurePolicy: webhook['failurePolicy'] === 'Ignore' ? 'Ignore' : 'Fail',
      rules: items(webhook['rules'], `${field}.rules`, (rule, at) => ({
        operations: stringList(rule['operations'], `${at}.operations`),
        groups: stringList(rule['apiGroups'], `${at}.apiGroups`),
        resources: stringList(rule['resources'], `${at}.resources`),
        scope: optionalText(rule['scope'], `${at}.scope`) || '*',
      })),
    }
  })
}

/** The policy that a ValidatingAdmissionPolicyBinding puts into force. */
export function decodePolicyBinding(raw: Raw): string {
  return text(record(raw['spec'], 'spec')['policyName'], 'spec.policyName')
}

export function decodeName(raw: Raw): string {
  return text(record(raw['metadata'], 'metadata')['name'], 'metadata.name')
}

/** The name of a CustomResourceDefinition whose objects a webhook converts; undefined of any other. */
export function decodeConversion(raw: Raw): string | undefined {
  const conversion = record(record(raw['spec'], 'spec')['conversion'] ?? {}, 'spec.conversion')
  return conversion['strategy'] === 'Webhook' ? decodeName(raw) : undefined
}

function annotationsOf(metadata: Raw): Record<string, string> {
  const { 'kubectl.kubernetes.io/last-applied-configuration': _, ...rest } = strings(
    metadata['annotations'],
    'metadata.annotations',
  )
  return rest
}

function place(value: unknown, field: string): { namespace: string; name: string } {
  const raw = record(value, field)
  return { namespace: text(raw['namespace'], `${field}.namespace`), name: text(raw['name'], `${field}.name`) }
}
