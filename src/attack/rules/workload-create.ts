import type { AttackRule, AttackWorld, HeldRole, Step } from '../model.ts'
import { factsOf } from './facts.ts'
import { broadest, wayOf, type Writing, writing } from './held-parts.ts'
import { hasEverything, type Part } from './parts.ts'
import { addCreation, addCreationAcross, addPodCreation, addPodsOfNamespaces, addUnconfined } from './pod-creation.ts'

type Controller = Writing & { kind: string; isTemplateFixed?: true }

// A Job's template cannot be changed, but for where its pods may run while it is suspended; all others' can be. `scale` and `status` change no
// template. Each seen on a real server.
const controllers: Controller[] = [
  { kind: 'Deployment', ...writing('apps', 'deployments') },
  { kind: 'DaemonSet', ...writing('apps', 'daemonsets') },
  { kind: 'StatefulSet', ...writing('apps', 'statefulsets') },
  { kind: 'ReplicaSet', ...writing('apps', 'replicasets') },
  { kind: 'ReplicationController', ...writing('', 'replicationcontrollers') },
  { kind: 'CronJob', ...writing('batch', 'cronjobs') },
  { kind: 'Job', isTemplateFixed: true, ...writing('batch', 'jobs') },
]
const changeable = controllers.filter(({ isTemplateFixed }) => !isTemplateFixed)
const pods = writing('', 'pods')

export const podCreate: AttackRule = {
  id: 'pod-create',
  title: 'Creates a pod as it likes: with any service account and secret of the namespace',
  state: addPodsOfNamespaces,
  role: (held, graph, world) => {
    if (!hasEverything(held)) addCreation(graph, world, held, 'pod-create', pods)
  },
  identity: (held, graph, world) => {
    addCreationAcross(graph, world, held, 'pod-create', pods)
  },
}

export const controllerWrite: AttackRule = {
  id: 'controller-write',
  title: 'Writes a controller, which creates pods as it says: with any service account and secret of the namespace',
  role: (held, graph, world) => {
    if (hasEverything(held)) return
    for (const controller of controllers) {
      if (addCreation(graph, world, held, 'controller-write', controller) || controller.isTemplateFixed) continue
      for (const part of broadest(held, controller.update, controller.patch)) {
        const way = wayOf(held, 'controller-write', part)
        if (held.scope === '*' && part.name === undefined) {
          const to = { kind: 'ability', ability: 'change-controllers', scope: '*', name: controller.kind } as const
          graph.add({ ...wayOf(held, 'part', part), to: graph.node(to) })
          continue
        }
        for (const found of existing(world, controller, held.scope, part.name)) {
          addPodCreation(graph, world, found.namespace, { ...way, ...found.because })
        }
      }
    }
  },
  identity: (held, graph, world) => {
    for (const on of controllers) addCreationAcross(graph, world, held, 'controller-write', on)
  },
  // Where what is there can be changed in all namespaces: a step for each that has something.
  state: (graph, world) => {
    for (const controller of changeable) {
      const name = controller.kind
      const from = [graph.node({ kind: 'ability', ability: 'change-controllers', scope: '*', name })]
      for (const { namespace, because } of existing(world, controller, '*', undefined)) {
        addPodCreation(graph, world, namespace, { rule: 'controller-write', from, ...because })
      }
    }
  },
}

export const dsKubeSystem: AttackRule = {
  id: 'ds-kube-system',
  title: 'Changes a DaemonSet of kube-system: one request, and it runs as root on every node',
  role: (held, graph, world) => {
    const daemonSet = changeable.find(({ kind }) => kind === 'DaemonSet')
    if (!daemonSet || hasEverything(held) || (held.scope !== '*' && held.scope !== 'kube-system')) return
    for (const part of broadest(held, daemonSet.update, daemonSet.patch)) {
      const [found] = existing(world, daemonSet, 'kube-system', part.name)
      if (!found) continue
      const way = { ...wayOf(held, 'ds-kube-system', part), ...found.because }
      return addUnconfined(graph, world, 'kube-system', way, graph.node({ kind: 'any-node' }))
    }
  },
}

type Found = { namespace: string; because: Pick<Step, 'state' | 'unsure'> }

/** One controller a namespace that can be changed; where there may be some that were not read, that is said. */
function existing(
  world: AttackWorld,
  { kind, create: { resource } }: Controller,
  scope: HeldRole['scope'],
  name: Part['name'],
): Found[] {
  const { controllers, unread } = factsOf(world)
  const inside = controllers.get(kind) ?? new Map<string, Set<string>>()
  const found: Found[] = []
  for (const [namespace, names] of scope === '*' ? inside : [[scope, inside.get(scope)] as const]) {
    const [first] = name === undefined ? (names ?? []) : names?.has(name) ? [name] : []
    if (first === undefined) continue
    found.push({ namespace, because: { state: [{ kind, namespace, name: first, says: 'is there to be changed' }] } })
  }
  const doubt = found.length === 0 && scope !== '*' ? unread(resource, scope) : undefined
  if (doubt === undefined) return found
  return [{ namespace: scope, because: { unsure: `there may be no ${kind} to change: ${doubt}` } }]
}
