import type { Query } from './query.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'

/**
 * A gap where the question is about a type that is not known, and not all types are: it may be of another group than
 * the one that is asked about, so that "nobody" would prove nothing.
 */
export function admitUnknownType(snapshot: Snapshot, query: Query): void {
  if (snapshot.unknownTypes === undefined || 'path' in query) return
  if (query.namespaced !== undefined || query.resource === '*') return
  snapshot.gaps.push({
    what: `the type ${query.resource}`,
    why: snapshot.unknownTypes,
    hides: `which API group it is of: ${query.group === '' ? 'the core group' : query.group} is assumed`,
  })
}
