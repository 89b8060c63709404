import { type QuestionKind, stateKinds } from './question-kinds.ts'
import { decodePodState, decodeWorkload } from './pod-state.ts'
import type { Draft } from './state-draft.ts'
import {
  decodeAccount,
  decodeConversion,
  decodeName,
  decodeNamespaceState,
  decodeNode,
  decodePolicyBinding,
  decodeSecret,
  decodeVolume,
  decodeWebhooks,
} from './state-parts.ts'

type Raw = Record<string, unknown>

/** How a kind of objects is read into a state. */
export type StateKind = QuestionKind & {
  /** What a reader must not conclude where it is missing: the ways, by the ids of their rules. */
  hides: string
  /** Keeps of an object what counts; throws ShapeError. */
  // oxlint-disable-next-line typescript/no-explicit-any -- each kind's decode and add agree with each other
  decode(raw: Raw): any
  // oxlint-disable-next-line typescript/no-explicit-any -- see decode
  add(draft: Draft, decoded: any): void
}
type Entry = Pick<StateKind, 'hides' | 'decode' | 'add'>

function entry<T>(hides: string, decode: (raw: Raw) => T, add: (draft: Draft, decoded: T) => void): Entry {
  return { hides, decode, add }
}

function workload(kind: string, at: string[]): Entry {
  return entry(
    'whose pods may be had by changing them: controller-write, ds-kube-system',
    (raw) => decodeWorkload(raw, kind, at),
    (draft, decoded) => draft.addWorkload(decoded),
  )
}

function webhooks(kind: 'mutating' | 'validating'): Entry {
  return entry(
    `what ${kind} webhooks are there, and who may change what they see: webhook-write`,
    (raw) => decodeWebhooks(raw, kind),
    ({ state }, decoded) => state.webhooks.push(...decoded),
  )
}

const policyHides = 'which admission policies are in force: policy-write'
const entries: Record<string, Entry> = {
  pods: entry(
    'what pods may become: pod-token, pod-secret, pod-escape, node-pods, exec, attach, ephemeral, pod-update',
    decodePodState,
    (draft, decoded) => draft.addPod(decoded),
  ),
  namespaces: entry(
    'what Pod Security lets pods do: pod-create, controller-write, ns-label',
    decodeNamespaceState,
    ({ state }, decoded) => state.namespaces.push(decoded),
  ),
  serviceaccounts: entry(
    'which accounts there are, and what they are in a cloud: sa-token, cloud-sa, dangling-sa',
    decodeAccount,
    ({ state }, decoded) => state.accounts.push(decoded),
  ),
  nodes: entry('what nodes become: node-identity, node-control-plane, pod-steal', decodeNode, ({ state }, decoded) =>
    state.nodes.push(decoded),
  ),
  secrets: entry(
    'what secrets there are, tokens of accounts among them: secret-read, secret-mint, pod-secret',
    decodeSecret,
    ({ state }, decoded) => state.secrets.push(decoded),
  ),
  persistentvolumes: entry(
    'which claims are paths of a node: pod-escape, pv-hostpath',
    decodeVolume,
    ({ state }, decoded) => state.persistentVolumes.push(decoded),
  ),
  replicationcontrollers: workload('ReplicationController', ['template']),
  replicasets: workload('ReplicaSet', ['template']),
  jobs: workload('Job', ['template']),
  deployments: workload('Deployment', ['template']),
  statefulsets: workload('StatefulSet', ['template']),
  daemonsets: workload('DaemonSet', ['template']),
  cronjobs: workload('CronJob', ['jobTemplate', 'spec', 'template']),
  mutatingwebhookconfigurations: webhooks('mutating'),
  validatingwebhookconfigurations: webhooks('validating'),
  validatingadmissionpolicies: entry(policyHides, decodeName, ({ policies }, name) => policies.add(name)),
  validatingadmissionpolicybindings: entry(policyHides, decodePolicyBinding, ({ boundPolicies }, name) =>
    boundPolicies.add(name),
  ),
  customresourcedefinitions: entry('whose objects a webhook converts', decodeConversion, ({ state }, name) => {
    if (name !== undefined) state.conversions.push(name)
  }),
}

/** All that is read of a cluster's state. */
export const kindsOfState: readonly StateKind[] = stateKinds.map((kind) => {
  const found = entries[kind.resource]
  if (!found) throw new TypeError(`${kind.resource} are not read`)
  return { ...kind, ...found }
})
