import type { Escape, PodState } from '../../snapshot/cluster-state.ts'
import type { AttackGraph, AttackRule, StateFact, Step } from '../model.ts'
import { joined } from './confinement.ts'
import { isRunning } from './facts.ts'

/** Code in a pod has what is mounted into it; where no token is (automount turned off, a static pod's mirror), it is nobody. */
export const podToken: AttackRule = {
  id: 'pod-token',
  title: 'Uses the token that is mounted into the pod',
  state: ofRunning((pod, from, graph) => {
    if (!pod.token) return
    const { namespace, serviceAccount: name } = pod
    const to = graph.node({ kind: 'subject', subject: { kind: 'ServiceAccount', namespace, name } })
    const fact = factOf(pod, 'spec.serviceAccountName', `is ${name}, whose token is mounted`)
    graph.add({ rule: 'pod-token', from, to, state: [fact] })
  }),
}

export const podSecret: AttackRule = {
  id: 'pod-secret',
  title: 'Reads a secret that the pod has',
  state: ofRunning((pod, from, graph) => {
    const { namespace, secrets, nodeSecrets = [] } = pod
    for (const name of secrets) {
      // imagePullSecrets and the like are the kubelet's: code in the pod does not see them.
      if (nodeSecrets.includes(name)) continue
      const state = [factOf(pod, 'spec', `has the secret ${name} as a volume or in its environment`)]
      graph.add({ rule: 'pod-secret', from, to: graph.node({ kind: 'secret', namespace, name }), state })
    }
  }),
}

export const podEscape: AttackRule = {
  id: 'pod-escape',
  title: 'Breaks out of the pod to its node',
  state: ofRunning((pod, from, graph) => {
    const { node, escapes } = pod
    if (node === undefined || escapes.length === 0) return
    const add = (escape: Escape, to: number) => {
      const state = [factOf(pod, escape.field, sayEscape(escape))]
      graph.add({ rule: 'pod-escape', from, to, state, ...joined(escape.unsure) })
    }
    const roots = escapes.filter(({ root }) => root)
    const root = roots.find(({ unsure }) => unsure === undefined) ?? roots[0]
    if (root) add(root, graph.node({ kind: 'node', name: node }))
    if (root && root.unsure === undefined) return
    for (const escape of escapes) {
      for (const what of escape.discloses ?? []) add(escape, disclosed(what, node, graph))
    }
  }),
}

/**
 * With the node's processes in sight (hostPID), a process reads the files of those that are of its user and have no more capabilities, by
 * /proc/PID/root: other pods' tokens among them. Seen on a real node, without AppArmor. Within one pod (shareProcessNamespace) there is nothing
 * to be gained that code in the pod does not have.
 */
export const pidSharing: AttackRule = {
  id: 'pid-sharing',
  title: 'Reads the files of other pods’ processes on its node',
  state: ofRunning((pod, from, graph) => {
    const { node, escapes } = pod
    const seen = escapes.find(({ kind }) => kind === 'host-pid')
    if (node === undefined || !seen || escapes.some(({ root }) => root)) return
    const unsure = 'processes there must be of its user, with no more capabilities'
    const state = [factOf(pod, seen.field, 'is true')]
    graph.add({ rule: 'pid-sharing', from, to: neighbours(node, graph), state, unsure })
  }),
}

function ofRunning(add: (pod: PodState, from: number[], graph: AttackGraph) => void): NonNullable<AttackRule['state']> {
  return (graph, { state }) => {
    for (const pod of state.pods) {
      if (!isRunning(pod)) continue
      add(pod, [graph.node({ kind: 'pod', namespace: pod.namespace, name: pod.name })], graph)
    }
  }
}

export function factOf({ namespace, name }: PodState, field: string, says: string): StateFact {
  return { kind: 'Pod', namespace, name, field, says }
}

export function neighbours(node: string, graph: AttackGraph): Step['to'] {
  return graph.node({ kind: 'ability', ability: 'neighbour-tokens', scope: '*', name: node })
}

export function credential(node: string, graph: AttackGraph): Step['to'] {
  return graph.node({ kind: 'ability', ability: 'node-credential', scope: '*', name: node })
}

function disclosed(what: NonNullable<Escape['discloses']>[number], node: string, graph: AttackGraph): Step['to'] {
  if (what === 'control-plane-keys') return graph.node({ kind: 'admin' })
  return what === 'pod-tokens' ? neighbours(node, graph) : credential(node, graph)
}

function sayEscape({ kind, detail }: Escape): string {
  return detail === undefined ? `is set (${kind})` : `is ${detail} (${kind})`
}
