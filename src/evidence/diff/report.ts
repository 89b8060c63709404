import type { Json } from '../../bundle/entry.ts'
import type { ObjectRef } from '../../rbac/report.ts'
import type { Subject } from '../../snapshot/objects.ts'
import type { apiVersion } from '../../snapshot/snapshot.ts'
import type { Area } from './areas.ts'

/** A step into an object: a field, or the item of a list that has these fields. */
export type Step = string | { [key: string]: string | number }

/** One field that is not as it was; `before` or `after` is missing where the field is. Hostile values. */
export type FieldChange = {
  path: Step[]
  before?: Json
  after?: Json
  /** The list has its items in another order; `before` and `after` are the items, by what names them. */
  order?: true
}

/** Who the object itself says has made the change, and when: a client gives its manager's name as it likes. */
export type Claim = { time: string; manager?: string; operation?: string }

export type ObjectChange = {
  area: Area
  /** `recreated`: an object of this name is there on both sides, and it is another one. */
  change: 'added' | 'removed' | 'changed' | 'recreated'
  object: { group: string; resource: string; namespace?: string; name: string; uid?: string }
  /** Of what was recreated: the uid of the one before. */
  uidBefore?: string
  /** Of what was added or removed: what matters of it, in words. */
  facts: string[]
  fields: FieldChange[]
  claimed?: Claim
}

/** Verbs on something, that a subject has on one side alone, whatever other rights it has. */
export type RightChange = {
  scope: string
  apiGroup?: string
  resource?: string
  resourceNames?: string[]
  url?: string
  verbs: string[]
  via: { binding: ObjectRef; roleRef: { kind: string; name: string } }[]
}

export type SubjectChange = { subject: Subject; gained: RightChange[]; lost: RightChange[] }

/** What one of the bundles does not know: whether objects of a type were there. */
export type Unknown = {
  group: string
  resource: string
  in: 'before' | 'after'
  why: string
  /** Objects that the other one has there: they may be new or gone, or not. */
  objects: number
}

export type BundleRef = { path: string; case: string; taken: string; journalHead: string; cluster?: string }

export type EvidenceDiffReport = {
  apiVersion: typeof apiVersion
  kind: 'EvidenceDiffReport'
  before: BundleRef
  after: BundleRef
  /** False where something is unknown. */
  complete: boolean
  notes: string[]
  unknown: Unknown[]
  rights: SubjectChange[]
  changes: ObjectChange[]
}
