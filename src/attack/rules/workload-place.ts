import type { AttackGraph, AttackRule, Power } from '../model.ts'
import { factsOf } from './facts.ts'
import { broadest, wayOf, writing } from './held-parts.ts'
import { hasEverything } from './parts.ts'
import { podsNamed } from './workload-exec.ts'

const pods = (verb: string, subresource = ''): Power => {
  return { verb, group: '', resource: 'pods', subresource, namespaced: true }
}
const status = writing('', 'pods', { subresource: 'status' })
// A failed pod is replaced as one is that was deleted.
const removing = [pods('delete'), pods('deletecollection'), pods('create', 'eviction'), status.update, status.patch]
const nodes = writing('', 'nodes', { namespaced: false })
const nodesStatus = writing('', 'nodes', { namespaced: false, subresource: 'status' })
const steering = [nodes.update, nodes.patch, nodesStatus.update, nodesStatus.patch]
const binding = pods('create', 'binding')
const bindings: Power = { verb: 'create', group: '', resource: 'bindings', subresource: '', namespaced: true }

// A DaemonSet puts its pods where the removed ones were.
const movable = new Set(['ReplicaSet', 'ReplicationController', 'StatefulSet', 'Job'])
const holdNode = { kind: 'ability', ability: 'hold-node', scope: '*' } as const

/** "Trampoline pods" (Palo Alto Networks, 2022): with names alone one stays where one is, so both rights are taken without. */
export const podSteal: AttackRule = {
  id: 'pod-steal',
  title: 'Has pods made anew on a node that it holds: removes them, and keeps them off all others',
  role: (held, graph) => {
    if (hasEverything(held)) return
    const [removed] = broadest(held, ...removing)
    const [steered] = broadest(held, ...steering)
    const part = (ability: 'remove-pods' | 'steer-nodes') => graph.node({ kind: 'ability', ability, scope: held.scope })
    if (removed && removed.name === undefined) graph.add({ ...wayOf(held, 'part', removed), to: part('remove-pods') })
    if (steered && steered.name === undefined) graph.add({ ...wayOf(held, 'part', steered), to: part('steer-nodes') })
  },
  state: (graph, world) => {
    const steer = graph.node({ kind: 'ability', ability: 'steer-nodes', scope: '*' })
    const hold = graph.node(holdNode)
    for (const { name } of world.state.nodes)
      graph.add({ rule: 'part', from: [graph.node({ kind: 'node', name })], to: hold })
    for (const [namespace, inside] of factsOf(world).running.in) {
      const remove = graph.node({ kind: 'ability', ability: 'remove-pods', scope: namespace })
      const everything = graph.node({ kind: 'namespace-admin', namespace })
      graph.add({ rule: 'part', from: [everything], to: remove })
      for (const { name, controller } of inside) {
        if (!controller || !movable.has(controller.kind)) continue
        const state = [{ ...controller, namespace, says: `makes the pod ${name} anew` }]
        const to = graph.node({ kind: 'pod', namespace, name })
        graph.add({ rule: 'pod-steal', from: [remove, steer, hold], to, state })
      }
    }
  },
}

/** `bindings` is the older way to the same. */
export const podBinding: AttackRule = {
  id: 'pod-binding',
  title: 'Puts a pod that has no node yet onto one that it holds',
  role: (held, graph, world) => {
    if (hasEverything(held)) return
    for (const part of broadest(held, binding, bindings)) {
      const way = { ...wayOf(held, 'pod-binding', part), from: [held.id, graph.node(holdNode)] }
      const waits = 'until a pod is made there, and then it must be faster than the scheduler'
      const add = (to: Parameters<AttackGraph['node']>[0]) => graph.add({ ...way, waits, to: graph.node(to) })
      if (part.name === undefined) add({ kind: 'any-pod', scope: held.scope })
      else
        for (const { namespace, name } of podsNamed(factsOf(world).running.named, held.scope, part))
          add({ kind: 'pod', namespace, name })
    }
  },
}
