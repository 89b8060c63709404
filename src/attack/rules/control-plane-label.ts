import type { AttackRule } from '../model.ts'
import { broadest, wayOf, writing } from './held-parts.ts'
import { hasEverything } from './parts.ts'

const namespaces = writing('', 'namespaces', { namespaced: false })
const status = writing('', 'namespaces', { namespaced: false, subresource: 'status' })
const finalize = writing('', 'namespaces', { namespaced: false, subresource: 'finalize' })
// A write of `status` or (PUT alone) `finalize` changes labels as well: seen on a real server.
const relabelling = [namespaces.update, namespaces.patch, status.update, status.patch, finalize.update]

/** What becomes of it together with pods is in pod-creation.ts and workload-change.ts; a RoleBinding has its own namespace (docs/rbac.md, case 20). */
export const nsLabel: AttackRule = {
  id: 'ns-label',
  title: 'Takes the Pod Security labels off a namespace, so that pods there may take their node',
  role: (held, graph) => {
    // Who has everything in a namespace has it by this.
    if (held.scope === '*' && hasEverything(held)) return
    for (const part of broadest(held, ...relabelling)) {
      const scope = part.name ?? held.scope
      graph.add({
        ...wayOf(held, 'part', part),
        to: graph.node({ kind: 'ability', ability: 'label-namespace', scope }),
      })
    }
  },
}
