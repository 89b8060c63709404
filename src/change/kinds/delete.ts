import { isDeepStrictEqual } from 'node:util'
import { createObject, deleteObject, getObject } from '../../cluster/write.ts'
import { collectionPath, objectPath } from '../../cluster/object-path.ts'
import type { DeleteChange, Json } from '../plan.ts'
import type { ChangeKind } from './kind.ts'

export const remove: ChangeKind<DeleteChange> = {
  async look({ cluster }, { ref }) {
    const object = await getObject(cluster, objectPath(ref))
    if (!object) return { state: 'after' }
    if (object.metadata.uid !== ref.uid) return { state: 'foreign', object, why: 'another object has its name now' }
    // With finalizers it stays for a while; nobody can call it back.
    return { state: object.metadata['deletionTimestamp'] === undefined ? 'before' : 'after', object }
  },
  apply({ cluster }, { ref, propagation }, { object }) {
    const path = objectPath(ref)
    const conditions = {
      uid: ref.uid,
      ...(object && { resourceVersion: object.metadata.resourceVersion }),
      propagationPolicy: propagation,
    }
    return {
      request: { method: 'DELETE', path, body: conditions },
      send: async (options) => await deleteObject(cluster, path, conditions, options),
    }
  },
  undo({ cluster }, { ref, preimage }, { state, object }) {
    if (state === 'before') return { left: [] }
    // Another uid, and to the letter what was deleted: it is back, by us before, or by somebody else.
    if (state === 'foreign' && object && isDeepStrictEqual(anew(object as typeof preimage), anew(preimage)))
      return { left: [] }
    if (state === 'foreign') return { left: [{ path: [], how: 'foreign', why: 'another object has its name now' }] }
    if (object)
      return { left: [{ path: [], how: 'foreign', why: 'it is still being deleted: undo again when it is gone' }] }
    const path = collectionPath(ref)
    const body = anew(preimage)
    return {
      left: [],
      write: {
        request: { method: 'POST', path, body },
        send: async (options) => await createObject(cluster, path, body, options),
      },
    }
  },
  rights: () => [
    { for: 'apply', verb: 'delete' },
    { for: 'undo', verb: 'create' },
  ],
  irreversible: () => ['it comes back with another uid and creationTimestamp, and without its status'],
}

// What the server sets, and what holds for the old object alone.
const lost = new Set([
  'uid',
  'resourceVersion',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'generation',
  'managedFields',
  'selfLink',
])

function anew({ metadata, ...rest }: DeleteChange['preimage']): { [key: string]: Json } {
  delete rest['status']
  // No pod can be made with them: they are added to one that runs.
  if (isRecord(rest['spec'])) delete (rest['spec'] = { ...rest['spec'] })['ephemeralContainers']
  const kept = Object.entries((metadata ?? {}) as { [key: string]: Json }).filter(([key]) => !lost.has(key))
  return { ...rest, metadata: Object.fromEntries(kept) }
}

function isRecord(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
