import type { Change, Json } from '../change/plan.ts'
import { type Raw, textAt } from '../isolation/raw.ts'
import { canonicalSubject, subjectKey } from '../rbac/identity.ts'
import { formatSubject } from '../rbac/subject-text.ts'
import type { Subject } from '../snapshot/objects.ts'
import type { RightsHolder } from './rights.ts'

/** Who keeps which powers in a namespace once a quarantine has taken its own. */
export type Keeper = { who: string; can: string[] }

/** Those who hold powers now, without what these changes take away; pure. */
export function keepersOf(holders: readonly RightsHolder[], changes: readonly Change[]): Keeper[] {
  const taken = new Set(changes.flatMap(takenBy))
  const found = new Map<string, Set<string>>()
  for (const { subject, chain } of holders) {
    const left = chain.filter(({ binding }) => !taken.has(placeOf(binding, subject)))
    const who = formatSubject(subject)
    const can = found.get(who) ?? new Set()
    for (const { powers } of left) for (const power of powers) can.add(power)
    if (can.size > 0) found.set(who, can)
  }
  return [...found].map(([who, can]) => ({ who, can: [...can] }))
}

/** Powers that somebody holds now and did not keep, in words, with the bindings they come by; pure. */
export function newPowers(holders: readonly RightsHolder[], kept: readonly Keeper[]): { who: string; text: string }[] {
  const known = new Map(kept.map(({ who, can }) => [who, new Set(can)]))
  return holders.flatMap(({ subject, powers, chain }) => {
    const who = formatSubject(subject)
    const fresh = powers.filter((power) => !known.get(who)?.has(power))
    if (fresh.length === 0) return []
    const by = chain.filter((grant) => grant.powers.some((power) => fresh.includes(power)))
    const bindings = [...new Set(by.map(({ binding }) => bindingText(binding)))]
    return [{ who, text: `${who} can ${fresh.join(', ')} in it: ${bindings.slice(0, 3).join(', ')}` }]
  })
}

/** Whom a change takes out of a binding. */
export function subjectsTaken(change: Change): Subject[] {
  if (change.do !== 'patch' || !change.ref.kind.endsWith('Binding')) return []
  return change.edits.flatMap((edit) =>
    'item' in edit && edit.how === 'remove' ? (subjectIn(edit.item, change.ref.namespace) ?? []) : [],
  )
}

type Binding = { kind: string; namespace?: string; name: string }

export const bindingText = ({ kind, namespace, name }: Binding): string =>
  `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`

const takenBy = (change: Change): string[] => subjectsTaken(change).map((subject) => placeOf(change.ref, subject))

const placeOf = ({ kind, namespace = '', name }: Binding, subject: Subject): string =>
  JSON.stringify([kind, namespace, name, subjectKey(subject)])

function subjectIn(item: Json, own: string | undefined): Subject | undefined {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return undefined
  const raw: Raw = item
  const [kind, name, namespace] = [textAt(raw, 'kind'), textAt(raw, 'name'), textAt(raw, 'namespace')]
  if (kind !== 'User' && kind !== 'Group' && kind !== 'ServiceAccount') return undefined
  const isNamed = kind === 'ServiceAccount' && namespace !== ''
  return canonicalSubject({ kind, name, ...(isNamed ? { namespace } : {}) }, own)
}
