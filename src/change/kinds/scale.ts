import { getObject, patchObject } from '../../cluster/write.ts'
import { applyOps, stateOf, undoOps } from '../edits.ts'
import { objectPath } from '../paths.ts'
import { type FieldEdit, quarantineLabel, type ScaleChange } from '../plan.ts'
import type { ChangeKind } from './kind.ts'

/** Replicas through the scale subresource, which every scalable type has, custom ones too. */
export const scale: ChangeKind<ScaleChange> = {
  async look({ cluster }, change) {
    const object = await getObject(cluster, objectPath(change.ref, 'scale'))
    if (!object) return { state: 'gone', why: 'it does not exist any more' }
    if (object.metadata.uid !== change.ref.uid)
      return { state: 'gone', why: 'it was deleted, and another one has its name' }
    const state = stateOf(object, editOf(change))
    return { state, object, ...(state === 'foreign' && { why: 'somebody else has scaled it' }) }
  },
  apply({ cluster }, change, { object }) {
    const path = objectPath(change.ref, 'scale')
    const ops = object ? applyOps(object, [editOf(change)]) : []
    return {
      request: { method: 'PATCH', path, body: ops },
      send: async (options) => await patchObject(cluster, path, ops, options),
    }
  },
  undo({ cluster, planId }, change, { object }) {
    if (!object || object.metadata.uid !== change.ref.uid) return { left: [] }
    const path = objectPath(change.ref, 'scale')
    const { ops, left } = undoOps(object, [editOf(change)], quarantineLabel(planId), true)
    if (ops.length === 0) return { left }
    return {
      left,
      write: {
        request: { method: 'PATCH', path, body: ops },
        send: async (options) => await patchObject(cluster, path, ops, options),
      },
    }
  },
  rights: () => [
    { for: 'apply', verb: 'get', subresource: 'scale' },
    { for: 'apply', verb: 'patch', subresource: 'scale' },
    { for: 'undo', verb: 'patch', subresource: 'scale' },
  ],
  irreversible: ({ before, after }) =>
    after < before ? ['pods that are removed do not come back: others take their place'] : [],
}

function editOf({ before, after }: ScaleChange): FieldEdit {
  return { path: ['spec', 'replicas'], before, after, restore: 'always' }
}
