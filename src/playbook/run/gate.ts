import type { Pinned } from '../model.ts'
import type { Recorded, StepEnd } from './entry.ts'
import { endOf } from './walk.ts'

/**
 * What is about to be destroyed and is in no evidence, in words; empty where all of it is. Evidence counts for an object of the same uid that it has whole, of
 * the steps that are named.
 */
export function notInEvidence(
  entries: readonly Recorded[],
  evidence: readonly string[],
  destroys: readonly Pinned[],
): string[] {
  const taken = evidence.map((key) => ({ key, end: endOf(entries, key) }))
  const covered = new Set(taken.flatMap(({ end }) => (isWhole(end) ? (end.covers ?? []) : [])).map(({ uid }) => uid))
  const bare = destroys.filter(({ uid }) => uid === undefined || !covered.has(uid))
  if (bare.length === 0 && (destroys.length > 0 || taken.some(({ end }) => isWhole(end)))) return []
  const why = taken
    .map(({ key, end }) => `${key} ${!end ? 'was not taken' : isWhole(end) ? 'does not have it' : 'is not complete'}`)
    .join(', ')
  const what =
    bare.length > 0
      ? bare.map(({ kind, namespace, name }) => `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`)
      : ['what is destroyed']
  return what.map((one) => `${one} is in no evidence: ${why}`)
}

function isWhole(end: StepEnd | undefined): end is StepEnd {
  return end?.outcome === 'done' && end.complete === true
}
