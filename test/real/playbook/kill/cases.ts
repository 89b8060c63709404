import type { Cluster } from '../../../../src/cluster/cluster.ts'
import { createObject } from '../../../../src/cluster/write.ts'
import type { Place } from '../../change/matrix/stage.ts'
import type { Target } from '../../change/matrix/targets.ts'
import { around, digestOf, hookOf, imageOf, inPod, pod, secret, statefulSet, target, token } from './around.ts'
import { startIntruder } from './intruder.ts'

/** One shipped playbook on one kind of incident: what is there, and what is answered. Names of a place have its token, which is replaced below. */
export type Case = {
  playbook: string
  target: Target
  prepare?(cluster: Cluster, place: Place): Promise<void>
  /** What goes on beside it, until it is over. */
  beside?(cluster: Cluster): { end(): Promise<void> }
  answers(place: Place): {
    inputs: object
    decisions?: object
    confirm?: object
    /** Approved in the name of somebody, of the playbook as it ships. */
    approvals?: string[]
  }
}

const takeover = (live: 'yes' | 'no'): Case => ({
  playbook: 'namespace-takeover',
  target: target(1, (space, node) => [...around(space), statefulSet(space, node)]),
  answers: ({ space }) => ({
    inputs: { namespace: space },
    decisions: { level: 'quarantine', live },
    confirm: { quarantine: true, ...(live === 'yes' && { cut: true }) },
  }),
})
const inShop = ({ space }: Place) => ({ namespace: space, pod: 'web' })
const compromised = (at: string) => ({
  decisions: { [`${at}scope`]: 'one', [`${at}takeRights`]: 'yes', [`${at}mend`]: 'delete', [`${at}hostReached`]: 'no' },
  confirm: { [`${at}cutOne`]: true, [`${at}revoke`]: true, [`${at}gone`]: 'web' },
  approvals: [`${at}sure`],
})

export const cases: Record<string, Case> = {
  'compromised-pod': {
    playbook: 'compromised-pod',
    target: inPod,
    answers: (place) => ({ inputs: inShop(place), ...compromised('') }),
  },
  'sa-token of a pod': {
    playbook: 'sa-token',
    target: target(1, (space, node) => [...around(space), token, pod(space, node)]),
    answers: ({ space }) => ({
      inputs: { namespace: space, account: 'web', whichPod: `${space}/web` },
      decisions: { bound: 'pod' },
      confirm: { revoke: true, deletePod: 'web' },
    }),
  },
  'sa-token by hand': {
    playbook: 'sa-token',
    target: target(1, (space, node) => [...around(space), token, pod(space, node)]),
    answers: ({ space }) => ({
      inputs: { namespace: space, account: 'web' },
      decisions: { bound: 'hand' },
      confirm: { revoke: true, recreate: 'web' },
    }),
  },
  'malicious-image': {
    playbook: 'malicious-image',
    target: target(1, (space, node) => [...around(space), statefulSet(space, node)]),
    answers: ({ space }) => ({
      inputs: { digest: digestOf(space) },
      decisions: { stop: 'stop', mend: 'delete' },
      confirm: { cut: true, block: true, stopped: 'web-0', ended: 'web-0' },
    }),
  },
  'rbac-escalation': {
    playbook: 'rbac-escalation',
    target: inPod,
    prepare: async (cluster, { space }) => {
      await createObject(cluster, '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations', hookOf(space))
    },
    answers: ({ space }) => ({
      inputs: { subject: `sa:${space}/web`, which: `${space}-hook` },
      decisions: { own: 'no', webhook: 'yes' },
      confirm: { revoke: true, unhook: `${space}-hook` },
    }),
  },
  'node-escape': {
    playbook: 'node-escape',
    target: inPod,
    answers: ({ node }) => ({
      inputs: { node },
      decisions: { machine: 'done', rights: 'yes', replaced: 'yes' },
      confirm: { cordon: true, cut: true, revoke: true },
    }),
  },
  'secret-exposure': {
    playbook: 'secret-exposure',
    target: target(1, (space, node) => [
      ...around(space),
      secret('key'),
      secret('key-2'),
      statefulSet(space, node, {
        containers: [{ name: 'app', image: imageOf(space), envFrom: [{ secretRef: { name: 'key' } }] }],
      }),
    ]),
    answers: ({ space }) => ({
      inputs: { namespace: space, secret: 'key', fresh: 'key-2' },
      decisions: { issued: 'yes', dead: 'yes' },
      confirm: { move: 'web-0' },
    }),
  },
  'namespace-takeover': takeover('no'),
  'namespace-takeover, cut': takeover('yes'),
  'suspicious-exec': {
    playbook: 'suspicious-exec',
    target: inPod,
    answers: (place) => ({
      inputs: { ...inShop(place), who: `sa:${place.space}/web` },
      ...compromised('pod/'),
      decisions: { known: 'no', ...compromised('pod/').decisions },
      confirm: { revoke: true, ...compromised('pod/').confirm },
    }),
  },
  drill: {
    playbook: 'drill',
    target: target(0, () => []),
    beside: startIntruder,
    answers: () => ({ inputs: {}, confirm: { stage: true } }),
  },
}
