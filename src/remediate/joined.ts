import type { Remedy } from './remedy.ts'

/** Several remedies as one, in their order: the ids of their changes are numbered, so that each is one. */
export function joined(remedies: readonly Remedy[]): Remedy {
  if (remedies.length === 1 && remedies[0]) return remedies[0]
  return {
    changes: remedies.flatMap(({ changes }, index) =>
      changes.map((change) => ({
        ...change,
        id: `${change.id}-${index + 1}`,
        ...('owner' in change && change.owner !== undefined && { owner: `${change.owner}-${index + 1}` }),
      })),
    ),
    notes: [...new Set(remedies.flatMap(({ notes }) => notes))],
  }
}
