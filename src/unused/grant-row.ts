import { refTo } from '../rbac/grants.ts'
import type { ObjectRef } from '../rbac/report.ts'
import type { PolicyRule, RoleRef, Subject } from '../snapshot/objects.ts'
import { type Atom, rulesOf } from './atom.ts'
import type { Judged, JudgedRule, Verdict } from './judge.ts'
import type { Tally } from './uses.ts'

/** A part of a rule that was used, in the words of RBAC. */
export type UsedPart = Partial<Tally> & {
  verb: string
  apiGroup?: string
  resource?: string
  resourceName?: string
  nonResourceURL?: string
}

/** A rule of a grant, with what of it was used, what was not, and what no log would show. */
export type RuleRow = Partial<Tally> & {
  index: number
  rule: PolicyRule
  verdict: Verdict
  used: UsedPart[]
  /** Of a wildcard: all but what is in `used` and `unknown`. */
  unused: PolicyRule[]
  unknown: { rules: PolicyRule[]; why: string }[]
}

/** A grant: a binding, its role, and one of its subjects as written. `at` is a line that shows that it was used. */
export type GrantRow = Partial<Tally> & {
  subject: Subject
  binding: ObjectRef
  roleRef: RoleRef
  /** A namespace, or `*`. */
  scope: string
  verdict: Verdict
  rules: RuleRow[]
}

/** Judged grants for an answer. Those who used nothing of a rule share what is said of it. */
export function grantRows(judged: readonly Judged[]): GrantRow[] {
  const known = new Map<JudgedRule, RuleRow>()
  return judged.map(({ grant, scope, verdict, credit, rules }) => {
    const { binding } = grant.bound
    const { kind, name } = binding.roleRef
    return {
      subject: grant.subject,
      binding: refTo(binding),
      roleRef: { kind, name },
      scope,
      verdict,
      ...(credit && { count: credit.count, last: credit.last, at: credit.at }),
      rules: rules.map((rule) => {
        const row = known.get(rule) ?? ruleRow(rule)
        known.set(rule, row)
        return row
      }),
    }
  })
}

function ruleRow(judged: JudgedRule): RuleRow {
  const { index, rule, verdict, used, unused } = judged
  const [first] = used
  const last = used.reduce((latest, one) => (one.last > latest ? one.last : latest), first?.last ?? '')
  const count = used.reduce((sum, one) => sum + one.count, 0)
  return {
    index,
    rule,
    verdict,
    ...(first && { count, last, at: first.at }),
    used: used.map(({ atom, count: times, last: time, at }) => ({ ...wordsOf(atom), count: times, last: time, at })),
    unused: verdict === 'unused' ? [rule] : rulesOf(unused),
    unknown: unknownOf(judged),
  }
}

function unknownOf({ rule, verdict, unknown, whole }: JudgedRule): RuleRow['unknown'] {
  if (whole !== undefined) return [{ rules: [rule], why: whole }]
  const byWhy = [...Map.groupBy(unknown, ({ why }) => why)]
  // As it was written, where that is all of it.
  if (verdict === 'unknown' && byWhy.length === 1) return byWhy.map(([why]) => ({ rules: [rule], why }))
  return byWhy.map(([why, parts]) => ({ rules: rulesOf(parts.map(({ atom }) => atom)), why }))
}

function wordsOf(atom: Atom): UsedPart {
  if ('url' in atom) return { verb: atom.verb, nonResourceURL: atom.url }
  const { verb, group, resource, name } = atom
  return { verb, apiGroup: group, resource, ...(name !== undefined && { resourceName: name }) }
}
