import { scopeOf } from '../rbac/rbac-index.ts'
import type { PolicyRule } from '../snapshot/objects.ts'
import { type Atom, atomKey, atomsOf } from './atom.ts'
import type { Credit, UsedAtom } from './credit.ts'
import type { FindHidden, Hidden } from './hidden.ts'
import type { Grant } from './world.ts'

/**
 * - used: all of it; or what was not is unknown;
 * - partly: some of it was not used;
 * - unused: nothing of it was;
 * - unknown: nothing of it was, and the log would not show it.
 */
export type Verdict = 'used' | 'partly' | 'unused' | 'unknown'

/** What became of one rule of a grant. */
export type JudgedRule = {
  index: number
  rule: PolicyRule
  verdict: Verdict
  used: UsedAtom[]
  /** Nothing used these; of a wildcard, more than what is in `used` and `unknown`. */
  unused: Atom[]
  unknown: Hidden[]
  /** Why it is not taken apart, and all of it is kept. */
  whole?: string
}

/** A grant, with what was used of it. */
export type Judged = { grant: Grant; scope: string; verdict: Verdict; credit: Credit | undefined; rules: JudgedRule[] }

/** Judges grants; what nobody used of a rule is the same for most of those who hold it, and is found once. */
export class Judge {
  readonly #untouched = new Map<FindHidden, Map<PolicyRule, JudgedRule>>()

  /** What was used of a grant, rule by rule. `unclear`: why anything of it may have been. */
  judge(grant: Grant, credit: Credit | undefined, hidden: FindHidden, unclear: string | undefined): Judged {
    const rules = (grant.bound.role?.rules ?? []).map((rule, index) => {
      if (unclear !== undefined)
        return judgeRule(rule, index, credit?.rules.get(index), (atom) => [{ atom, why: unclear }])
      const used = credit?.rules.get(index)
      return used ? judgeRule(rule, index, used, hidden) : this.#untouchedRule(rule, index, hidden)
    })
    return { grant, scope: scopeOf(grant.bound.binding), verdict: together(rules), credit, rules }
  }

  #untouchedRule(rule: PolicyRule, index: number, hidden: FindHidden): JudgedRule {
    const known = this.#untouched.get(hidden) ?? new Map<PolicyRule, JudgedRule>()
    this.#untouched.set(hidden, known)
    const judged = known.get(rule) ?? judgeRule(rule, index, undefined, hidden)
    known.set(rule, judged)
    return judged
  }
}

function judgeRule(
  rule: PolicyRule,
  index: number,
  used: ReadonlyMap<string, UsedAtom> = new Map(),
  hidden: FindHidden,
): JudgedRule {
  const list = [...used.values()]
  const atoms = atomsOf(rule)
  if (!atoms) {
    const verdict = list.length > 0 ? 'used' : 'unknown'
    return {
      index,
      rule,
      verdict,
      used: list,
      unused: [],
      unknown: [],
      whole: 'it has too many words to be taken apart',
    }
  }
  const unknown = new Map<string, Hidden>()
  const unused: Atom[] = []
  for (const atom of atoms) {
    const key = atomKey(atom)
    if (used.has(key)) continue
    let isKept = false
    for (const part of hidden(atom)) {
      const partKey = atomKey(part.atom)
      if (partKey === key) isKept = true
      if (!used.has(partKey)) unknown.set(partKey, part)
    }
    if (!isKept) unused.push(atom)
  }
  const kept = list.length + unknown.size
  const verdict = kept === 0 ? 'unused' : unused.length > 0 ? 'partly' : list.length > 0 ? 'used' : 'unknown'
  return { index, rule, verdict, used: list, unused, unknown: [...unknown.values()] }
}

function together(rules: readonly JudgedRule[]): Verdict {
  const all = (wanted: Verdict) => rules.every(({ verdict }) => verdict === wanted)
  if (all('unused')) return 'unused'
  if (all('unknown')) return 'unknown'
  return rules.some(({ verdict }) => verdict === 'partly' || verdict === 'unused') ? 'partly' : 'used'
}

/** What a narrowed rule has to keep of it. */
export function keptOf({ used, unknown }: JudgedRule): Atom[] {
  return [...used, ...unknown].map(({ atom }) => atom)
}
