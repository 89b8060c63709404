import { getObject, patchObject } from '../../cluster/write.ts'
import { objectPath } from '../../cluster/object-path.ts'
import type { SubresourceChange } from '../plan.ts'
import type { ChangeKind } from './kind.ts'

type Named = { name?: unknown }

export const subresource: ChangeKind<SubresourceChange> = {
  async look({ cluster }, { ref, container }) {
    const object = await getObject(cluster, objectPath(ref))
    if (!object) return { state: 'gone', why: 'it does not exist any more' }
    if (object.metadata.uid !== ref.uid) return { state: 'gone', why: 'it was deleted, and another one has its name' }
    const isIn = ephemeralOf(object).some(({ name }) => name === container.name)
    return { state: isIn ? 'after' : 'before', object }
  },
  apply({ cluster }, { ref, subresource: name, container }, { object }) {
    const path = objectPath(ref, name)
    const isFirst = !object || ephemeralOf(object).length === 0
    const ops = [
      { op: 'test' as const, path: '/metadata/uid', value: ref.uid },
      ...(object
        ? [{ op: 'test' as const, path: '/metadata/resourceVersion', value: object.metadata.resourceVersion }]
        : []),
      isFirst
        ? { op: 'add' as const, path: '/spec/ephemeralContainers', value: [container] }
        : { op: 'add' as const, path: '/spec/ephemeralContainers/-', value: container },
    ]
    return {
      request: { method: 'PATCH', path, body: ops },
      send: async (options) => await patchObject(cluster, path, ops, options),
    }
  },
  // It cannot be removed, which was said before it was added.
  undo: () => ({ left: [] }),
  rights: () => [{ for: 'apply', verb: 'patch', subresource: 'ephemeralcontainers' }],
  irreversible: ({ container }) => [
    `the ephemeral container ${container.name} stays in the pod's spec until the pod is deleted`,
  ],
}

function ephemeralOf(object: { [key: string]: unknown }): Named[] {
  const spec = object['spec'] as { ephemeralContainers?: Named[] } | undefined
  return spec?.ephemeralContainers ?? []
}
