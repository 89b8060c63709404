import type { AttackWorld, Power } from '../../attack/model.ts'
import { meet } from '../../attack/rules/parts.ts'
import type { Powers } from '../../attack/powers.ts'
import { type BoundRole, scopeOf } from '../../rbac/rbac-index.ts'
import type { Role } from '../../snapshot/objects.ts'
import type { Severity } from '../finding.ts'
import { type Found, type HeldBy, isWhole } from '../found.ts'
import type { Holdings } from '../holdings.ts'
import { breadthOf, forBreadth } from '../severity.ts'
import { controlRules } from './control.ts'
import type { GrantRule } from './grant-rule.ts'
import { identityRules } from './identity.ts'
import { trafficRules } from './traffic.ts'

export const grantRules: GrantRule[] = [...identityRules, ...controlRules, ...trafficRules]

// Most roles have nothing to do with most rules: by a word that a rule of the role would have to have.
const rulesByWord = new Map<string, GrantRule[]>()
for (const rule of grantRules) {
  const words = rule.wants.flatMap(({ resource, subresource }) =>
    subresource === '' ? [resource] : [`${resource}/${subresource}`, `*/${subresource}`],
  )
  for (const word of new Set(words)) rulesByWord.set(word, [...(rulesByWord.get(word) ?? []), rule])
}

type Matched = { rule: GrantRule; rules: number[]; severity: Severity }

/**
 * The findings of one subject that lie in its rights themselves. `beside` are those of the attack graph: what it
 * found in a scope, or everything there, is not found again.
 */
export function grantFindings(
  powers: Powers,
  world: AttackWorld,
): (holdings: Holdings, beside: readonly Found[]) => Found[] {
  const absent = new Set(grantRules.filter(({ when }) => when && !when(world)))
  const known = new Map<Role, Map<string, Matched[]>>()
  const matchedBy = (role: Role, scope: string): Matched[] => {
    let scopes = known.get(role)
    if (!scopes) known.set(role, (scopes = new Map()))
    let matched = scopes.get(scope)
    if (!matched) scopes.set(scope, (matched = [...candidates(role)].flatMap((rule) => match(rule, role, scope) ?? [])))
    return matched
  }
  const candidates = (role: Role): Iterable<GrantRule> => {
    const found = new Set<GrantRule>()
    for (const { resources } of role.rules) {
      for (const word of resources) {
        if (word === '*') return grantRules
        for (const rule of rulesByWord.get(word) ?? []) found.add(rule)
      }
    }
    return found
  }
  const match = (rule: GrantRule, role: Role, scope: string): Matched | undefined => {
    const { severity: severities, namespaces } = rule
    if (absent.has(rule)) return undefined
    const severity = scope === '*' ? severities.cluster : severities.namespace
    if (severity === undefined || (scope !== '*' && namespaces && !namespaces.includes(scope))) return undefined
    const rules = rulesThatGive(role, scope, rule.wants, rule.names)
    return rules.length > 0 ? { rule, rules, severity } : undefined
  }
  const rulesThatGive = (role: Role, scope: string, wants: readonly Power[], wanted?: readonly string[]): number[] => {
    const given = wants.flatMap((power) => powers.of(role, scope, power))
    const mattering = given.filter(({ names }) => !wanted || !names || names.some((name) => wanted.includes(name)))
    return [...new Set(mattering.map(({ ruleIndex }) => ruleIndex))]
  }
  const besideIn = (groups: Iterable<BoundRole[]>, scope: string, wants: readonly Power[]): HeldBy[] =>
    [...groups].flatMap((bounds) => {
      const [first] = bounds
      if (!first?.role || meet(scopeOf(first.binding), scope) === undefined) return []
      const rules = rulesThatGive(first.role, scopeOf(first.binding), wants)
      return rules.length > 0 ? [{ bounds, rules }] : []
    })

  return ({ subject, bound }, beside) => {
    const found = new Map<string, Found>()
    const whole = new Set(beside.filter(isWhole).map(({ scope }) => scope))
    // What such a role gives is said with the whole of it.
    const covered = new Set(
      beside.flatMap(({ info, held }) => (info.id === 'wildcard' ? held.flatMap(({ bounds }) => bounds) : [])),
    )
    const has = (scope: string, ids: readonly string[]) =>
      beside.some(({ info, scope: at }) => (at === scope || at === '*') && ids.includes(info.id))
    const groups = new Map<Matched[], BoundRole[]>()
    for (const each of bound) {
      if (!each.role || covered.has(each)) continue
      const matched = matchedBy(each.role, scopeOf(each.binding))
      const group = groups.get(matched)
      if (group) group.push(each)
      else groups.set(matched, [each])
    }
    for (const [matched, bounds] of groups) {
      const scope = bounds[0] ? scopeOf(bounds[0].binding) : '*'
      if (whole.has(scope) || whole.has('*')) continue
      for (const { rule, rules, severity } of matched) {
        if (rule.unless && has(scope, rule.unless)) continue
        const key = `${rule.id} ${scope}`
        const known = found.get(key)
        if (known) {
          known.held.push({ bounds, rules })
          continue
        }
        const others = rule.besides ? besideIn(groups.values(), scope, rule.besides) : []
        if (rule.besides && others.length === 0) continue
        const held = [{ bounds, rules }, ...others]
        found.set(key, { info: rule, severity: forBreadth(severity, breadthOf(subject)), scope, subject, held })
      }
    }
    return [...found.values()]
  }
}
