import { createObject, deleteObject, getObject } from '../../cluster/write.ts'
import { differences } from '../differences.ts'
import { collectionPath, objectPath } from '../../cluster/object-path.ts'
import { type CreateChange, planLabel } from '../plan.ts'
import type { ChangeKind, Context } from './kind.ts'

// A dry run and a preview have no owner yet; the API server wants a uid that looks like one.
const nobody = '00000000-0000-0000-0000-000000000000'

export const create: ChangeKind<CreateChange> = {
  async look({ cluster, planId, uids, ...context }, change) {
    const object = await getObject(cluster, objectPath(change.ref))
    if (!object) return { state: 'before' }
    if (!isOurs(object.metadata['labels'], planId)) return { state: 'foreign', object, why: 'it is not of this plan' }
    const known = uids.get(change.id)
    if (known !== undefined && known !== object.metadata.uid) {
      return { state: 'foreign', object, why: 'it was deleted and somebody else made it anew' }
    }
    if (object.metadata['deletionTimestamp'] !== undefined)
      return { state: 'foreign', object, why: 'it is being deleted' }
    const different = differences(bodyOf({ ...context, cluster, planId, uids }, change), object)
    if (different.length > 0)
      return { state: 'foreign', object, why: `it is not as it was made: ${different.join('; ')}` }
    return { state: 'after', object }
  },
  apply(context, change) {
    const path = collectionPath(change.ref)
    const body = bodyOf(context, change)
    return {
      request: { method: 'POST', path, body },
      send: async (options) => await createObject(context.cluster, path, body, options),
    }
  },
  undo({ cluster, planId, uids, isInOwnNamespace = false }, change, { object }) {
    if (!object) return { left: [] }
    const { uid } = object.metadata
    const known = uids.get(change.id)
    if (!isOurs(object.metadata['labels'], planId) || (known !== undefined && known !== uid)) {
      if (isInOwnNamespace) return { left: [] }
      return { left: [{ path: [], how: 'foreign', why: 'the object of this name is not the one the plan made' }] }
    }
    if (object.metadata['deletionTimestamp'] !== undefined) return { left: [] }
    const path = objectPath(change.ref)
    return {
      left: [],
      write: {
        request: { method: 'DELETE', path, body: { preconditions: { uid } } },
        send: async (options) => await deleteObject(cluster, path, { uid, propagationPolicy: 'Background' }, options),
      },
    }
  },
  rights: () => [
    { for: 'apply', verb: 'create' },
    { for: 'undo', verb: 'delete' },
  ],
  irreversible: () => [],
}

function isOurs(labels: unknown, planId: string): boolean {
  return (labels as Record<string, unknown> | undefined)?.[planLabel] === planId
}

function bodyOf({ uids }: Context, { body, owner }: CreateChange): CreateChange['body'] {
  if (owner === undefined) return body
  const references = body.metadata['ownerReferences']
  const withUid = (Array.isArray(references) ? references : []).map((reference) =>
    typeof reference === 'object' && reference !== null && !Array.isArray(reference)
      ? { ...reference, uid: uids.get(owner) ?? nobody }
      : reference,
  )
  return { ...body, metadata: { ...body.metadata, ownerReferences: withUid } }
}
