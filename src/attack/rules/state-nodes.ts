import type { PodState } from '../../snapshot/cluster-state.ts'
import type { AttackGraph, AttackRule } from '../model.ts'
import { joined } from './confinement.ts'
import { factsOf, isRunning } from './facts.ts'
import { credential, factOf, neighbours } from './state-pods.ts'

export const nodePods: AttackRule = {
  id: 'node-pods',
  title: 'Enters the pods of the node',
  state: (graph, { state }) => {
    for (const pod of state.pods) {
      if (pod.node === undefined || !isRunning(pod)) continue
      const { namespace, name, node } = pod
      const from = [graph.node({ kind: 'node', name: node })]
      const state = [factOf(pod, 'spec.nodeName', `is ${node}`)]
      graph.add({ rule: 'node-pods', from, to: graph.node({ kind: 'pod', namespace, name }), state })
    }
  },
}

/**
 * Root has the kubelet's certificate, and is its user. The Node authorizer lets that read the secrets of all pods that are bound to the node and ask for
 * tokens of their accounts, whether they still run or not; since 1.33 only for audiences that the pod has mounted, so none for a pod that has no
 * token (ServiceAccountNodeAudienceRestriction). Seen on a real server of 1.34.
 */
export const nodeIdentity: AttackRule = {
  id: 'node-identity',
  title: 'Acts as the node’s kubelet',
  state: (graph, world) => {
    const { minor } = factsOf(world)
    const names = new Set(world.state.nodes.map(({ name }) => name))
    for (const { node } of world.state.pods) if (node !== undefined) names.add(node)
    const group = graph.node({ kind: 'subject', subject: { kind: 'Group', name: 'system:nodes' } })
    for (const name of names) {
      const user = graph.node({ kind: 'subject', subject: { kind: 'User', name: `system:node:${name}` } })
      const own = credential(name, graph)
      graph.add({ rule: 'part', from: [graph.node({ kind: 'node', name })], to: own })
      graph.add({ rule: 'node-identity', from: [own], to: user })
      graph.add({ rule: 'node-identity', from: [own], to: group })
      // Who is both without the node, by impersonation or a certificate, has what the Node authorizer allows the same.
      graph.add({ rule: 'part', from: [user, group], to: own })
    }
    for (const pod of world.state.pods) {
      if (pod.node === undefined) continue
      addPod(pod, credential(pod.node, graph), graph, minor)
      if (isRunning(pod)) addNeighbour(pod, neighbours(pod.node, graph), graph)
    }
  },
}

export const nodeControlPlane: AttackRule = {
  id: 'node-control-plane',
  title: 'Takes the keys of the control plane from its node',
  state: (graph, { state }) => {
    for (const { name, controlPlane } of state.nodes) {
      if (!controlPlane) continue
      const fact = { kind: 'Node', name, says: 'is of the control plane' }
      const from = [graph.node({ kind: 'node', name })]
      graph.add({ rule: 'node-control-plane', from, to: graph.node({ kind: 'admin' }), state: [fact] })
    }
  },
}

function addPod(pod: PodState, from: number, graph: AttackGraph, minor: number | undefined): void {
  const { namespace, serviceAccount, secrets, token, mirror, node } = pod
  const state = [factOf(pod, 'spec.nodeName', `is ${node ?? ''}`)]
  const doubt = token ? undefined : minor === undefined ? 'up to Kubernetes 1.32 only' : minor <= 32 ? undefined : false
  if (!mirror && doubt !== false) {
    const subject = { kind: 'ServiceAccount', namespace, name: serviceAccount } as const
    const to = graph.node({ kind: 'subject', subject })
    graph.add({ rule: 'node-identity', from: [from], to, state, ...joined(doubt) })
  }
  for (const name of secrets) {
    graph.add({ rule: 'node-identity', from: [from], to: graph.node({ kind: 'secret', namespace, name }), state })
  }
}

// What it reads is files: what is in the environment of a process is its user's too.
function addNeighbour(pod: PodState, from: number, graph: AttackGraph): void {
  const { namespace, serviceAccount, secrets, nodeSecrets = [], token } = pod
  const subject = { kind: 'ServiceAccount', namespace, name: serviceAccount } as const
  if (token) graph.add({ rule: 'part', from: [from], to: graph.node({ kind: 'subject', subject }) })
  for (const name of secrets) {
    if (nodeSecrets.includes(name)) continue
    graph.add({ rule: 'part', from: [from], to: graph.node({ kind: 'secret', namespace, name }) })
  }
}
