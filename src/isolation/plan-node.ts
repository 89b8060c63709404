import type { PatchChange } from '../change/plan.ts'
import { metaOf, specOf } from './raw.ts'
import type { Scene } from './scene.ts'

/** Keeps new pods away from the nodes of the scene: the one that is the target, or with --cordon those of the pods. */
export function planCordon(scene: Pick<Scene, 'owners'>): PatchChange[] {
  return scene.owners
    .filter((raw) => raw['kind'] === 'Node' && specOf(raw)['unschedulable'] !== true)
    .map((node, index) => {
      const { name, uid } = metaOf(node)
      return {
        id: `cordon-${index + 1}`,
        do: 'patch',
        why: 'no new pod is put on the node',
        ref: { apiVersion: 'v1', kind: 'Node', resource: 'nodes', name, uid },
        edits: [{ path: ['spec', 'unschedulable'], after: true, restore: 'always' }],
      }
    })
}
