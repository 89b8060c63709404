import { type Change, type CreateChange, type PatchChange, type Plan, planLabel, type ScaleChange } from '../plan.ts'
import { judgeEdit } from './edits.ts'
import { whyNotMade, whyNotOthers } from './kinds.ts'
import { isOwnMark } from './pod-edits.ts'
import { own } from './shape.ts'

/** What a judge knows of the plan around a change. */
export type Around = {
  planId: string
  stateNamespace: string
  /** The pods that the plan puts its label on. */
  quarantined: ReadonlySet<string>
  /** Fields that were judged already: none is given back twice. */
  seen: Set<string>
}
export type Judged = { change?: Change; refused: string[]; mustType: string[] }

// A record may name any number, and that of a real workload is below this.
const maxReplicas = 5000

/** What of one change may be taken back by a record. */
export function judgeChange(change: Change, around: Around): Judged {
  switch (change.do) {
    case 'create':
      return judgeCreate(change, around)
    case 'patch':
      return judgePatch(change, around)
    case 'scale':
      return judgeScale(change, around)
    case 'delete':
      return no('it would make an object of the record’s wording anew')
    case 'evict':
      return no('a pod that was evicted does not come back: there is nothing to take back')
    case 'subresource':
      return no('an ephemeral container stays until its pod ends: there is nothing to take back')
  }
}

/** The pods that a plan puts its mark on, in a way that is given back: `namespace/name/uid`. */
export function quarantinedBy(plan: Plan, stateNamespace: string): Set<string> {
  const patches = plan.changes.filter((change) => change.do === 'patch' && change.ref.kind === 'Pod')
  const marking = (patches as PatchChange[]).filter(
    ({ ref, edits }) =>
      whyNotOthers(ref, 'patch', stateNamespace) === undefined && edits.some((edit) => isOwnMark(edit, plan.id)),
  )
  return new Set(marking.map(podKey))
}

function podKey({ ref }: PatchChange): string {
  return `${ref.namespace}/${ref.name}/${ref.uid}`
}

function judgeCreate(change: CreateChange, { planId, stateNamespace }: Around): Judged {
  const { id, why, ref, body, temporary } = change
  const problem = whyNotMade(ref, planId, stateNamespace)
  if (problem !== undefined) return no(problem)
  const { metadata } = body
  const isSame = body.apiVersion === ref.apiVersion && body.kind === ref.kind && own(metadata, 'name') === ref.name
  if (!isSame || own(own(metadata, 'labels'), planLabel) !== planId)
    return no('it would not bear the label of the plan')
  return {
    refused: [],
    mustType: [],
    // No more of the body than it takes to know the object: nothing of the record's wording can be made.
    change: {
      do: 'create',
      id,
      why,
      ref: { ...ref },
      body: {
        apiVersion: ref.apiVersion,
        kind: ref.kind,
        metadata: {
          name: ref.name,
          ...(ref.namespace !== undefined && { namespace: ref.namespace }),
          labels: { [planLabel]: planId },
        },
      },
      ...(temporary && { temporary }),
    },
  }
}

function judgePatch(change: PatchChange, around: Around): Judged {
  const { id, why, ref, edits } = change
  const problem = whyNotOthers(ref, 'patch', around.stateNamespace)
  if (problem !== undefined) return no(problem)
  const isQuarantined = around.quarantined.has(podKey(change))
  const judged = edits.map((edit) => {
    const field = JSON.stringify([ref.kind, ref.namespace, ref.name, edit.path, 'item' in edit ? edit.item : null])
    if (around.seen.has(field)) return { refused: `${edit.path.join('.')} is named twice` }
    around.seen.add(field)
    return judgeEdit(ref, edit, { planId: around.planId, isQuarantined })
  })
  const kept = judged.flatMap((one) => ('edit' in one ? [one.edit] : []))
  return {
    refused: judged.flatMap((one) => ('refused' in one ? [one.refused] : [])),
    mustType: judged.flatMap((one) => ('mustType' in one ? [one.mustType] : [])),
    ...(kept.length > 0 && { change: { do: 'patch', id, why, ref: { ...ref }, edits: kept } }),
  }
}

function judgeScale({ id, why, ref, before, after }: ScaleChange, around: Around): Judged {
  const problem = whyNotOthers(ref, 'scale', around.stateNamespace)
  if (problem !== undefined) return no(problem)
  if (after >= before) return no('the tool only scales down: to go further down would end pods')
  if (before > maxReplicas) return no(`it would ask for ${before} replicas: scale it by hand if that is right`)
  const field = JSON.stringify([ref.kind, ref.namespace, ref.name, 'replicas'])
  if (around.seen.has(field)) return no('its replicas are named twice')
  around.seen.add(field)
  return { refused: [], mustType: [], change: { do: 'scale', id, why, ref: { ...ref }, before, after } }
}

function no(why: string): Judged {
  return { refused: [why], mustType: [] }
}
