import { getObject, patchObject } from '../../cluster/write.ts'
import { applyOps, isItemEdit, stateOf, undoOps } from '../edits.ts'
import { objectPath } from '../../cluster/object-path.ts'
import { isMarked } from '../lockdown-mark.ts'
import { type PatchChange, quarantineLabel } from '../plan.ts'
import type { ChangeKind } from './kind.ts'

export const patch: ChangeKind<PatchChange> = {
  async look({ cluster }, { ref, edits }) {
    const object = await getObject(cluster, objectPath(ref))
    if (!object) return { state: 'gone', why: 'it does not exist any more' }
    if (object.metadata.uid !== ref.uid) return { state: 'gone', why: 'it was deleted, and another one has its name' }
    const states = edits.map((edit) => stateOf(object, edit))
    const foreign = edits.filter((_, index) => states[index] === 'foreign')
    if (foreign.length > 0) {
      const fields = foreign.map(({ path }) => path.join('.')).join(', ')
      return { state: 'foreign', object, why: `${fields}: neither as the plan found it nor as it leaves it` }
    }
    if (states.every((state) => state === 'after')) return { state: 'after', object }
    const open = edits.filter((_, index) => states[index] === 'before').map(({ path }) => path.join('.'))
    const why = `${open.join(', ')}: as the plan found it`
    return { state: 'before', object, ...(open.length < edits.length && { why }) }
  },
  apply({ cluster }, { ref, edits }, { object }) {
    const path = objectPath(ref)
    const ops = object ? applyOps(object, edits) : []
    return {
      request: { method: 'PATCH', path, body: ops },
      send: async (options) => await patchObject(cluster, path, ops, options),
    }
  },
  undo({ cluster, planId, ours, everything, isFromRecord }, { ref, edits }, { object }) {
    if (!object || object.metadata.uid !== ref.uid) return { left: [] }
    const path = objectPath(ref)
    const labels = (object.metadata['labels'] ?? {}) as Record<string, unknown>
    // Only on a pod that wears the plan's mark is a record believed: it must not label pods that no plan ever touched.
    if (isFromRecord && object.kind === 'Pod' && !Object.hasOwn(labels, quarantineLabel(planId))) {
      return {
        left: (ours ?? edits)
          .filter((edit) => stateOf(object, edit) === 'after')
          .map(({ path: field, restore }) => ({
            path: field,
            // What was given back first took the label off; what only comes on request was announced so.
            how: restore === 'on-request' && everything !== true ? 'on-request' : 'foreign',
            why: 'the pod does not wear the label of this plan',
          })),
      }
    }
    // The same of what a lockdown changes: whoever can put its mark on can make the change himself.
    const isOfLockdown = object.kind === 'Namespace' || object.kind === 'ServiceAccount'
    if (isFromRecord && isOfLockdown && !isMarked(object, planId)) {
      const why = 'it does not wear the mark of this plan'
      const ours = edits.filter((edit) => stateOf(object, edit) === 'after')
      return { left: ours.map(({ path: field }) => ({ path: field, how: 'foreign', why })) }
    }
    const { ops, left } = undoOps(object, ours ?? edits, quarantineLabel(planId), everything === true)
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
    { for: 'apply', verb: 'patch' },
    { for: 'undo', verb: 'patch' },
  ],
  irreversible({ ref, edits }) {
    const lost = ['metadata.generation and resourceVersion go on counting']
    if (edits.some(isItemEdit)) lost.push('what was taken out of a list comes back at its end')
    // Source: legacytokentracking; the check that a token is refused shows it to the API server.
    if (ref.kind === 'Secret' && edits.some(({ path }) => path.at(-1) === 'kubernetes.io/legacy-token-invalid-since'))
      lost.push('the API server labels it with the day its token was last tried')
    // KEP-2232.
    if (ref.kind === 'Job' && edits.some(({ path }) => path.at(-1) === 'suspend'))
      lost.push('its status keeps a condition Suspended and counts its pods and its startTime anew')
    const kept = edits.filter(({ restore }) => restore === 'on-request').map(({ path }) => path.at(-1))
    if (kept.length > 0) {
      lost.push(
        `its controller lets go of it: ${kept.join(', ')} come back only by --restore-ownership, and the replacement stays`,
      )
    }
    return lost
  },
}
