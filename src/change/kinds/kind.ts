import type { ResourceAttributes } from '../../cluster/access-review.ts'
import type { Cluster } from '../../cluster/cluster.ts'
import type { ApiObject, WriteOptions } from '../../cluster/write.ts'
import type { Change, Edit } from '../plan.ts'
import type { Foreign } from '../reports.ts'

/**
 * Where the cluster stands with a change. `before`: not made. `after`: made, and as it was meant. `foreign`: neither, somebody
 * else has been there. `gone`: the object it is about does not exist any more.
 */
export type Looked = { state: 'before' | 'after' | 'foreign' | 'gone'; object?: ApiObject; why?: string }

/** One write: as the journal has it, and how it is sent. */
export type Write = {
  request: { method: string; path: string; body?: unknown }
  send(options: WriteOptions): Promise<unknown>
}

export type Context = {
  cluster: Cluster
  planId: string
  /** The uids of objects that this run created, by change. */
  uids: ReadonlyMap<string, string>
  /** The object lies in a namespace that this run created: whatever is in it goes with that. */
  isInOwnNamespace?: true
  /** Undo: those edits that were ours to make; absent: all. */
  ours?: Edit[]
  /** Undo: all that is known is a record of the cluster, which anyone may have made up. */
  isFromRecord?: boolean
  /** Undo: give back what is given back only on request, too. */
  everything?: boolean
}

/** What undo does now, and what it leaves alone. No write: there is nothing (more) to take back. */
export type Undo = { write?: Write; left: Omit<Foreign, 'ref'>[] }

/** All that the engine has to know of one kind of change. */
export type ChangeKind<C extends Change> = {
  /** Reads the object. Throws SecureError where it cannot be read. */
  look(context: Context, change: C): Promise<Looked>
  /** The write that makes it, for what was just looked at in state `before`. */
  apply(context: Context, change: C, looked: Looked): Write
  undo(context: Context, change: C, looked: Looked): Undo
  /** What applying and undoing need beside `get` of the object. */
  rights(change: C): { for: 'apply' | 'undo'; verb: string; subresource?: string }[]
  /** What does not come back, in words. A closed list. */
  irreversible(change: C): string[]
}

export type Right = ResourceAttributes
