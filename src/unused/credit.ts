import type { Attributes } from '../rbac/rule-match.ts'
import type { PolicyRule } from '../snapshot/objects.ts'
import { type Atom, atomKey } from './atom.ts'
import { meet } from './demand.ts'
import type { Tally, Use } from './uses.ts'
import { virtualVerbs } from './virtual-verbs.ts'
import type { Grant, Holder } from './world.ts'

/** An atom that something used: of a wildcard, what it stood for. */
export type UsedAtom = Tally & { atom: Atom }

/** What was used of a grant: the atoms of each rule, by their keys. */
export type Credit = Tally & { rules: Map<number, Map<string, UsedAtom>> }

export type Credits = {
  byGrant: Map<Grant, Credit>
  /** Who did what may have taken any right of theirs, and why. */
  unclear: Map<Holder, Tally & { why: string }>
  /** What was allowed then, and RBAC does not allow. */
  unexplained: Use[]
}

/** Credits each use to every grant that allows it: which one the authorizer named is chance. */
export function creditsOf(uses: Iterable<Use>): Credits {
  const credits: Credits = { byGrant: new Map(), unclear: new Map(), unexplained: [] }
  for (const use of uses) {
    const { holder, demand } = use
    if (demand.any.length === 0 && !demand.holding && demand.unclear === undefined) continue
    const met = meet(holder.index, holder.identity, demand)
    if (!met) {
      if (holder.identity.groups.includes('system:masters')) continue
      if (demand.unclear === undefined && use.isSure) credits.unexplained.push(use)
      if (demand.unclear !== undefined)
        credits.unclear.set(holder, { why: demand.unclear, count: use.count, last: use.last, at: use.at })
      continue
    }
    const taken = new Map<Grant['bound'], { index: number; atom: Atom }[]>()
    const take = (bound: Grant['bound'], index: number, atom: Atom) => {
      const list = taken.get(bound)
      if (list) list.push({ index, atom })
      else taken.set(bound, [{ index, atom }])
    }
    // What is asked for first is what a rule is used for: one that is for all signers is not kept for all of a domain.
    const asked = new Set<PolicyRule>()
    for (const { request, ways } of met.allowed)
      for (const { bound, rule, ruleIndex, matchedBy } of ways.filter((way) => !asked.has(way.rule))) {
        asked.add(rule)
        take(bound, ruleIndex, atomOf(rule, request, matchedBy.url))
      }
    for (const { bound, ruleIndex, atom } of met.held) take(bound, ruleIndex, atom)
    // A binding may name somebody twice: as a user, and by a group.
    for (const grant of holder.grants) {
      const its = taken.get(grant.bound)
      if (its) note(credits.byGrant, grant, its, use)
    }
  }
  return credits
}

/**
 * What a request used of a rule: what it asked for, in place of the rule's wildcards. A prefix of URLs stays what it is. Of names a rule that has none
 * stays open, as objects come and go; but whom to impersonate and what to bind is the right itself.
 */
function atomOf({ resourceNames }: PolicyRule, request: Attributes, url = '*'): Atom {
  const { verb } = request
  if ('path' in request) return { verb, url: /^\*+$/.test(url) ? request.path : url }
  const { group, resource, subresource, name } = request
  const written = subresource === '' ? resource : `${resource}/${subresource}`
  const isNamed = resourceNames.length > 0 || (virtualVerbs.has(verb) && name !== '')
  return { verb, group, resource: written, ...(isNamed && { name }) }
}

function note(credits: Credits['byGrant'], grant: Grant, taken: { index: number; atom: Atom }[], use: Use): void {
  const { count, last, at } = use
  const credit = credits.get(grant) ?? { count: 0, last, at, rules: new Map<number, Map<string, UsedAtom>>() }
  credits.set(grant, credit)
  add(credit, use)
  for (const { index, atom } of taken) {
    const atoms = credit.rules.get(index) ?? new Map<string, UsedAtom>()
    credit.rules.set(index, atoms)
    const key = atomKey(atom)
    const known = atoms.get(key)
    if (known) add(known, use)
    else atoms.set(key, { atom, count, last, at })
  }
}

function add(tally: Tally, { count, last }: Tally): void {
  tally.count += count
  if (last > tally.last) tally.last = last
}
