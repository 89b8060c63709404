import type { Family, Range } from './address.ts'
import type { PartyMatch, Policy } from './model.ts'
import type { Party } from './party.ts'

/** Everything that policies select by, each once, with what it says about each group. */
export type Matchers = {
  ids: Map<string, number>
  /** By family and matcher: a value a group. 0 is no, 1 is yes, and from 2 on an index into `doubts`. */
  values: { [F in Family]: Uint16Array[] }
  doubts: string[]
}

/** What a party is, to policies: every matcher that does not say no. */
export type Hits = { id: number; family: Family; value: number }[]

/** Asks every matcher of a party, except those that cannot mean it; keeps nothing but the doubts. */
export class Asker {
  readonly doubts: string[] = []
  readonly #doubtIds = new Map<string, number>()
  readonly #anywhere: [number, PartyMatch][] = []
  readonly #outside: [number, PartyMatch][] = []
  readonly #byNamespace = new Map<string, [number, PartyMatch][]>()

  constructor(matches: readonly PartyMatch[]) {
    for (const entry of matches.entries()) {
      const [, { namespace, inside }] = entry
      if (namespace !== undefined) {
        const list = this.#byNamespace.get(namespace) ?? []
        list.push(entry)
        this.#byNamespace.set(namespace, list)
      } else {
        this.#anywhere.push(entry)
        // Long lists of addresses make many outsiders, whom most selectors cannot mean.
        if (!inside) this.#outside.push(entry)
      }
    }
  }

  ask(party: Party): Hits {
    const own = party.namespace === undefined ? [] : (this.#byNamespace.get(party.namespace) ?? [])
    const asked = party.kind === 'external' ? this.#outside : [...this.#anywhere, ...own]
    const hits: Hits = []
    for (const [id, match] of asked) {
      for (const family of familiesOf(party)) {
        const said = match.test(party, family)
        if (said !== false) hits.push({ id, family, value: said === true ? 1 : this.#doubtId(said) })
      }
    }
    return hits
  }

  #doubtId(doubt: string): number {
    const id = this.#doubtIds.get(doubt) ?? this.doubts.push(doubt) + 1
    this.#doubtIds.set(doubt, id)
    return id
  }
}

/** The hits of groups as tables, to be looked up pair by pair. */
export function tablesOf(matchers: number, groups: readonly Hits[]): Matchers['values'] {
  const empty = () => Array.from({ length: matchers }, () => new Uint16Array(groups.length))
  const values = { 4: empty(), 6: empty() }
  for (const [group, hits] of groups.entries()) {
    for (const { id, family, value } of hits) {
      const row = values[family][id]
      if (row) row[group] = value
    }
  }
  return values
}

// One list for all that are alike, so that pairs of groups can be compared by identity.
const both: Family[] = [4, 6]
const only: { [F in Family]: Family[] } = { 4: [4], 6: [6] }

/** Both, where no address is known. */
export function familiesOf({ addresses }: Party): readonly Family[] {
  const [first] = addresses
  if (!first) return both
  return addresses.every(({ family }) => family === first.family) ? only[first.family] : both
}

export function distinctMatches(policies: readonly Policy[]): Map<string, PartyMatch> {
  const found = new Map<string, PartyMatch>()
  for (const policy of policies) {
    found.set(policy.subject.key, policy.subject)
    for (const side of [policy.ingress, policy.egress]) {
      for (const rule of side?.rules ?? []) {
        for (const match of [...(rule.peers ?? []), ...(rule.self ? [rule.self] : [])]) found.set(match.key, match)
      }
    }
  }
  return found
}

/** Every address range that policies name. */
export function rangesOf(policies: readonly Policy[]): Range[] {
  const sets = [...distinctMatches(policies).values()].flatMap(({ ranges }) => ranges ?? [])
  return sets.flatMap((set) => [...set[4], ...set[6]])
}

export function portNames(policies: readonly Policy[]): Set<string> {
  const rules = policies.flatMap((policy) => [...(policy.ingress?.rules ?? []), ...(policy.egress?.rules ?? [])])
  const specs = rules.flatMap(({ traffic }) =>
    (traffic ?? []).flatMap(({ ports, notPorts }) => [...(ports ?? []), ...(notPorts ?? [])]),
  )
  return new Set(specs.flatMap((spec) => ('name' in spec ? [spec.name] : [])))
}
