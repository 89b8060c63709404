import { namespaceLevels } from '../../workload/pod-security/namespace-levels.ts'
import type { AttackRule } from '../model.ts'
import { confinementOf, joined } from './confinement.ts'
import { factsOf } from './facts.ts'
import { broadestCreation, wayOf, writing } from './held-parts.ts'
import { hasEverything } from './parts.ts'

const volumes = writing('', 'persistentvolumes', { namespaced: false })

/**
 * Pod Security does not look behind a claim: a PersistentVolume may be any path of the node (hostPath). A claim takes no right on claims, as a pod
 * may have one made by its controller (`volumes[].ephemeral`), to which the volume is bound by its claimRef. `restricted` keeps the pod from being
 * user 0 but not from group 0, whose the runtime's socket is by default. Seen on a real server and kubelet: uid 1000 there ran a container as root.
 * StorageClasses are left out: what theirs do is a matter of their drivers.
 */
export const pvHostPath: AttackRule = {
  id: 'pv-hostpath',
  title: 'Mounts the node’s own files by a PersistentVolume, which Pod Security does not look at',
  role: (held, graph) => {
    if (hasEverything(held)) return
    const part = broadestCreation(held, volumes)
    if (!part) return
    const to = graph.node({ kind: 'ability', ability: 'create-volumes', scope: '*' })
    graph.add({ ...wayOf(held, 'part', part), to })
  },
  state: (graph, world) => {
    const createVolumes = graph.node({ kind: 'ability', ability: 'create-volumes', scope: '*' })
    const to = graph.node({ kind: 'any-node' })
    const { namespaces, namespace: known } = factsOf(world)
    for (const namespace of namespaces) {
      const { isConfined, fact, unsure } = confinementOf(world, namespace)
      if (isConfined === false) continue
      const { level } = namespaceLevels({ metadata: known.get(namespace) }).enforce
      const asGroup =
        level === 'restricted' ? 'the container runtime must let the group root use its socket' : undefined
      const from = [createVolumes, graph.node({ kind: 'ability', ability: 'create-pods', scope: namespace })]
      // Labels that are not known are no doubt here.
      const doubt = joined(isConfined === undefined ? undefined : unsure, asGroup)
      graph.add({ rule: 'pv-hostpath', from, to, state: [fact], ...doubt })
    }
  },
}
