import { type ApiObject, getObject, type JsonPatchOp, patchObject } from '../../cluster/write.ts'
import { objectPath } from '../../cluster/object-path.ts'
import type { ScaleChange } from '../plan.ts'
import type { ChangeKind, Context, Write } from './kind.ts'

/** Replicas through the scale subresource, which every scalable type has, custom ones too. */
export const scale: ChangeKind<ScaleChange> = {
  async look({ cluster }, { ref, before, after }) {
    const object = await getObject(cluster, objectPath(ref, 'scale'))
    if (!object) return { state: 'gone', why: 'it does not exist any more' }
    if (object.metadata.uid !== ref.uid) return { state: 'gone', why: 'it was deleted, and another one has its name' }
    const replicas = replicasOf(object)
    if (replicas === after) return { state: 'after', object }
    if (replicas === before) return { state: 'before', object }
    return { state: 'foreign', object, why: 'somebody else has scaled it' }
  },
  apply: (context, change, { object }) => write(context, change, object, change.after),
  undo(context, change, { state, object }) {
    const { before, after } = change
    if (state === 'after') return { left: [], write: write(context, change, object, before) }
    if (state !== 'foreign' || !object) return { left: [] }
    const why = 'somebody else has changed it since'
    return { left: [{ path: ['spec', 'replicas'], expected: after, found: replicasOf(object), how: 'foreign', why }] }
  },
  rights: () => [
    { for: 'apply', verb: 'get', subresource: 'scale' },
    { for: 'apply', verb: 'patch', subresource: 'scale' },
    { for: 'undo', verb: 'patch', subresource: 'scale' },
  ],
  irreversible: ({ before, after }) =>
    after < before ? ['pods that are removed do not come back: others take their place'] : [],
}

function write({ cluster }: Context, { ref }: ScaleChange, object: ApiObject | undefined, replicas: number): Write {
  const path = objectPath(ref, 'scale')
  const ops: JsonPatchOp[] = [
    { op: 'test', path: '/metadata/uid', value: ref.uid },
    ...(object
      ? [{ op: 'test' as const, path: '/metadata/resourceVersion', value: object.metadata.resourceVersion }]
      : []),
    { op: 'add', path: '/spec/replicas', value: replicas },
  ]
  return {
    request: { method: 'PATCH', path, body: ops },
    send: async (options) => await patchObject(cluster, path, ops, options),
  }
}

// A server leaves 0 out. Source: autoscaling/v1 ScaleSpec.
function replicasOf(object: ApiObject): number {
  const { replicas } = (object['spec'] ?? {}) as { replicas?: number }
  return replicas ?? 0
}
