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

type Evaluated = { values: Matchers['values']; doubts: string[]; signatures: string[] }

/** Asks everything of everybody; the signature says what was not a no. */
export function evaluate(matches: readonly PartyMatch[], parties: readonly Party[]): Evaluated {
  const doubts: string[] = []
  const doubtIds = new Map<string, number>()
  const values = { 4: empty(matches, parties), 6: empty(matches, parties) }
  const signatures = parties.map(() => '')
  const byNamespace = Map.groupBy(parties.keys(), (index) => parties[index]?.namespace ?? '')
  const everyone = [...parties.keys()]
  // Long lists of addresses make many outsiders, whom most selectors cannot mean.
  const inside = everyone.filter((index) => parties[index]?.kind !== 'external')
  for (const [id, match] of matches.entries()) {
    const others = match.inside ? inside : everyone
    const candidates = match.namespace === undefined ? others : (byNamespace.get(match.namespace) ?? [])
    for (const index of candidates) {
      const party = parties[index]
      if (!party) continue
      for (const family of familiesOf(party)) {
        const said = match.test(party, family)
        if (said === false) continue
        let value = 1
        if (typeof said === 'string') {
          value = doubtIds.get(said) ?? doubts.push(said) + 1
          doubtIds.set(said, value)
        }
        const row = values[family][id]
        if (row) row[index] = value
        signatures[index] += `${id}.${family}.${value} `
      }
    }
  }
  return { values, doubts, signatures }
}

/** Both, where no address is known. */
export function familiesOf({ addresses }: Party): Family[] {
  if (addresses.length === 0) return [4, 6]
  return ([4, 6] as const).filter((family) => addresses.some((address) => address.family === family))
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

function empty(matches: readonly PartyMatch[], parties: readonly Party[]): Uint16Array[] {
  return matches.map(() => new Uint16Array(parties.length))
}

/** Only the columns of these. */
export function pick(rows: Uint16Array[], indexes: number[]): Uint16Array[] {
  return rows.map((row) => {
    const picked = new Uint16Array(indexes.length)
    for (let position = 0; position < indexes.length; position += 1) picked[position] = row[indexes[position] ?? 0] ?? 0
    return picked
  })
}
