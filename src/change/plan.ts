import type { apiVersion } from '../snapshot/snapshot.ts'

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** One object of the API. */
export type ObjectRef = {
  apiVersion: string
  kind: string
  /** Plural, as in paths. */
  resource: string
  namespace?: string
  name: string
}

/** An object that is there already: the uid is part of its name, so that a namesake is never taken for it. */
export type ExistingRef = ObjectRef & { uid: string }

/**
 * What happens to one field of somebody else's object. `before` and `after` are its values; absent is a field that is not
 * there. With `item` the field is a list of which one element is added or removed.
 */
export type Edit = FieldEdit | ItemEdit
export type FieldEdit = EditHead & { before?: Json; after?: Json }
export type ItemEdit = EditHead & { item: Json; how: 'add' | 'remove' }
type EditHead = {
  path: string[]
  /**
   * When undo gives the field back: always, once no other plan quarantines the object, or only when asked to
   * (`--restore-ownership`: a controller would adopt the object again, and may delete it).
   */
  restore: 'always' | 'unquarantined' | 'on-request'
}

type ChangeHead = {
  /** Unique within the plan: letters, digits and dashes. */
  id: string
  /** One line: what it is for. */
  why: string
  /** One line: what may go wrong or be noticed; absent where nothing is known. */
  risk?: string
  /** The check that has to say yes right before it; the caller of the engine carries it out. */
  gate?: string
  /** The run goes on when it fails, with a warning: it adds to others and none rests on it. */
  optional?: true
  /** Made for the time of the run alone (canaries, helpers): removed again at its end. */
  temporary?: true
}

/** Makes an object under a name that nobody could have taken before; it is never merged into one that is there. */
export type CreateChange = ChangeHead & {
  do: 'create'
  ref: ObjectRef
  body: { apiVersion: string; kind: string; metadata: { name: string; [key: string]: Json }; [key: string]: Json }
  /** The change whose object becomes the controller owner of this one, in the same namespace. */
  owner?: string
}
export type PatchChange = ChangeHead & { do: 'patch'; ref: ExistingRef; edits: Edit[] }
export type DeleteChange = ChangeHead & {
  do: 'delete'
  ref: ExistingRef
  /** The whole object as it was planned against: undo creates it anew. */
  preimage: { [key: string]: Json }
  propagation: 'Orphan' | 'Background' | 'Foreground'
}
export type EvictChange = ChangeHead & { do: 'evict'; ref: ExistingRef }
export type ScaleChange = ChangeHead & { do: 'scale'; ref: ExistingRef; before: number; after: number }
/** Adds an ephemeral container to a running pod. */
export type SubresourceChange = ChangeHead & {
  do: 'subresource'
  ref: ExistingRef
  subresource: 'ephemeralcontainers'
  container: { name: string; [key: string]: Json }
}
export type Change = CreateChange | PatchChange | DeleteChange | EvictChange | ScaleChange | SubresourceChange

/** Ordered changes to one cluster by one user: shown, saved, applied, undone. Data and nothing else. */
export type Plan = {
  apiVersion: typeof apiVersion
  kind: 'Plan'
  /** Random, and part of the name of all that the plan creates: `bk4f-9xzt-2mwq`. */
  id: string
  /** The command line that made it, as words. */
  command: string[]
  incident?: string
  reason?: string
  /** What the plan is to bring about, in the terms of the room that made it, so that the cluster can be held against it later. */
  request?: { [key: string]: Json }
  createdAt: string
  cluster: { /** uid of the namespace kube-system */ id: string; server: string; context?: string }
  user: { name: string; groups: string[] }
  changes: Change[]
  /** Who or what may work against it: GitOps, Helm, operators. */
  notes: string[]
}

/** The prefix of every mark that the tool puts on objects. */
export const markPrefix = 'kubectl-secure.github.io/'
/** On all that a plan creates; its value is the id of the plan. */
export const planLabel = `${markPrefix}plan`
/** The label, one a plan, that quarantine policies select pods by. */
export const quarantineLabelPrefix = `${markPrefix}q-`
export const quarantineLabel = (planId: string): string => `${quarantineLabelPrefix}${planId}`
/** What a plan calls the objects it creates: unguessable, as its id is. */
export const objectName = (planId: string, suffix?: string): string =>
  ['kubectl-secure', planId, ...(suffix === undefined ? [] : [suffix])].join('-')
/** The namespace of a drill: nobody else's, and it goes with all that is in it. */
export const drillNamespace = (planId: string): string => objectName(planId, 'drill')
