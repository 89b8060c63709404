import type { PodState } from '../../snapshot/cluster-state.ts'
import type { AttackGraph, AttackRule, AttackWorld, HeldRole, Power, Step } from '../model.ts'
import { joined } from './confinement.ts'
import { factsOf } from './facts.ts'
import { broadest, broadestOf, type Way, wayOf } from './held-parts.ts'
import { hasEverything, type Part, partsOf } from './parts.ts'

const on = (verb: string, subresource: string): Power => {
  return { verb, group: '', resource: 'pods', subresource, namespaced: true }
}
const exec = { create: on('create', 'exec'), get: on('get', 'exec') }
const attach = { create: on('create', 'attach'), get: on('get', 'attach') }
const proxy = (verb: string): Power => ({ verb, group: '', resource: 'nodes', subresource: 'proxy', namespaced: false })
const proxyCreate = proxy('create')
const proxyGet = proxy('get')

export const execInto: AttackRule = {
  id: 'exec',
  title: 'Runs a command in a running pod',
  role: (held, graph, world) => addConnections(held, graph, world, exec, { rule: 'exec' }),
}

export const attachTo: AttackRule = {
  id: 'attach',
  title: 'Attaches to what runs in a pod',
  role: (held, graph, world) => {
    const unsure = 'what runs there must read commands from its standard input'
    addConnections(held, graph, world, attach, { rule: 'attach', unsure })
  },
}

export const nodesProxy: AttackRule = {
  id: 'nodes-proxy',
  title: 'Runs a command in any pod of the node by its kubelet, past admission and audit log',
  // `nodes/log`, `nodes/stats` and the like (KubeletFineGrainedAuthz) only disclose. Seen on a real kubelet of 1.34.
  role: (held, graph, world) => {
    if (hasEverything(held)) return
    const created = broadest(held, proxyCreate)
    // The API server passes a WebSocket's query on to no kubelet, so `get` is good only at the kubelet's own door.
    const unsure = 'the port 10250 of the node must be reachable'
    const isCovered = created.some(({ name }) => name === undefined)
    const got = isCovered ? [] : broadest(held, proxyGet)
    const all = [...created.map((part) => ({ part })), ...got.map((part) => ({ part, unsure }))]
    for (const { part, ...doubt } of all) {
      const way = { ...wayOf(held, 'nodes-proxy', part), ...doubt }
      if (part.name === undefined) graph.add({ ...way, to: graph.node({ kind: 'any-pod', scope: '*' }) })
      else addPods(graph, factsOf(world).running.on.get(part.name) ?? [], way)
    }
  },
}

/**
 * Up to 1.34 a WebSocket is checked for `get` alone, since 1.35 for `create` as well (kubernetes/kubernetes#134577, seen on a real 1.34); a POST for `create`.
 */
function addConnections(
  held: HeldRole,
  graph: AttackGraph,
  world: AttackWorld,
  { create, get }: { create: Power; get: Power },
  { rule, unsure }: Pick<Step, 'rule' | 'unsure'>,
): void {
  if (hasEverything(held)) return
  const { minor, running } = factsOf(world)
  const created = partsOf(held, create)
  const isGetEnough = minor === undefined ? 'up to Kubernetes 1.34 only' : minor <= 34
  const got = isGetEnough === false ? [] : partsOf(held, get)
  const parts = broadestOf(created).some(({ name }) => name === undefined) ? created : [...created, ...got]
  for (const part of broadestOf(parts)) {
    const onlyGet = created.includes(part) || isGetEnough === true ? undefined : String(isGetEnough)
    const way = { ...wayOf(held, rule, part), ...joined(unsure, onlyGet) }
    if (part.name === undefined) graph.add({ ...way, to: graph.node({ kind: 'any-pod', scope: held.scope }) })
    else addPods(graph, podsNamed(running.named, held.scope, part), way)
  }
}

/** Running pods of a name in a scope. */
export function podsNamed(named: Map<string, PodState[]>, scope: string, { name }: Part): PodState[] {
  const pods = name === undefined ? [] : (named.get(name) ?? [])
  return pods.filter(({ namespace }) => scope === '*' || namespace === scope)
}

function addPods(graph: AttackGraph, pods: PodState[], way: Way): void {
  for (const { namespace, name } of pods) graph.add({ ...way, to: graph.node({ kind: 'pod', namespace, name }) })
}
