import { evictPod, getObject } from '../../cluster/write.ts'
import { objectPath } from '../../cluster/object-path.ts'
import type { EvictChange } from '../plan.ts'
import type { ChangeKind } from './kind.ts'

export const evict: ChangeKind<EvictChange> = {
  async look({ cluster }, { ref }) {
    const object = await getObject(cluster, objectPath(ref))
    if (!object || object.metadata.uid !== ref.uid) return { state: 'after' }
    return { state: object.metadata['deletionTimestamp'] === undefined ? 'before' : 'after', object }
  },
  apply({ cluster }, { ref: { uid, ...ref } }) {
    const path = objectPath(ref)
    return {
      request: { method: 'POST', path: `${path}/eviction`, body: { preconditions: { uid } } },
      send: async (options) => await evictPod(cluster, path, { uid }, options),
    }
  },
  undo: (_context, _change, { state }) => ({
    left: state === 'before' ? [] : [{ path: [], how: 'foreign', why: 'an evicted pod does not come back' }],
  }),
  rights: () => [{ for: 'apply', verb: 'create', subresource: 'eviction' }],
  irreversible: () => ['the pod is deleted, with its memory, its writable files and its logs on the node'],
}
