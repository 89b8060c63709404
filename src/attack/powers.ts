import { roleBindingReach } from '../rbac/binding-reach.ts'
import { matchIgnoringNames } from '../rbac/rule-match.ts'
import type { PolicyRule, Role } from '../snapshot/objects.ts'
import type { Given, Power } from './model.ts'

export type Powers = {
  /** The rules of a role that give a power, within reach of a scope. */
  of(role: Role, scope: string, power: Power): Given[]
  /** The same of one role that is asked about much. */
  ofRole(role: Role): (scope: string, power: Power) => Given[]
  /** A number for each power, whichever object it is in. */
  numberOf(power: Power): number
}

const none: Given[] = []

/** The exact word of the authorizer on powers, looked at once a role and power, whoever holds the role and wherever. */
export function createPowers(): Powers {
  const known = new Map<Role, ReturnType<Powers['ofRole']>>()
  const intern = createInterning()
  const ofRole: Powers['ofRole'] = (role) => {
    let answer = known.get(role)
    if (!answer) known.set(role, (answer = rightsOf(role, intern)))
    return answer
  }
  return {
    numberOf: (power) => intern(power).id,
    of: (role, scope, power) => ofRole(role)(scope, power),
    ofRole,
  }
}

function rightsOf(role: Role, intern: (power: Power) => Interned): ReturnType<Powers['ofRole']> {
  const resources = resourcesOf(role)
  const known = new Map<number, Given[]>()
  return (scope, power) => {
    const { id, word, ofAny } = intern(power)
    // Most roles give nothing of most resources: no need to look at their rules, nor to remember it.
    if (!resources.has(word) && !resources.has('*') && !resources.has(ofAny)) return none
    let given = known.get(id)
    if (!given) known.set(id, (given = givenBy(role, power)))
    return given.length === 0 || scope === '*' ? given : within(given, power, scope)
  }
}

function resourcesOf(role: Role): Set<string> {
  const found = new Set<string>()
  for (const { resources } of role.rules) for (const resource of resources) found.add(resource)
  return found
}

function givenBy(role: Role, power: Power): Given[] {
  const found: Given[] = []
  for (const [ruleIndex, rule] of role.rules.entries()) {
    if (!matchIgnoringNames(rule, power)) continue
    const names = usableNames(rule, power)
    if (names === undefined) found.push({ ruleIndex })
    else if (names.length > 0) found.push({ ruleIndex, names })
  }
  return found
}

/**
 * The names for which a rule is good, undefined where it is for all. A request without a name matches the name '' (docs/rbac.md, case 9): where such a
 * request has all of them, that is all; where a request always has a name, it is nothing. A deletecollection never has one.
 */
function usableNames(
  { resourceNames }: PolicyRule,
  { verb, group, resource, subresource }: Power,
): string[] | undefined {
  if (resourceNames.length === 0) return undefined
  // The controller that approves a kubelet's request asks for these without a name (pkg/controller/certificates/approver/sarapprove.go).
  const isAutoApproval =
    group === 'certificates.k8s.io' && resource === 'certificatesigningrequests' && verb === 'create'
  const isCollection = verb === 'list' || verb === 'watch' || verb === 'deletecollection'
  const isUnnamed = isCollection || (verb === 'create' && (subresource === '' || isAutoApproval))
  if (isUnnamed && resourceNames.includes('')) return undefined
  if (verb === 'deletecollection' || (isAutoApproval && subresource !== '')) return []
  // Whether a new role may exceed its author's rights is asked without a name.
  return verb === 'escalate' ? resourceNames : resourceNames.filter((name) => name !== '')
}

// What a RoleBinding gives of cluster-scoped resources is dead, with the exceptions of rbac/binding-reach.ts.
function within(given: Given[], power: Power, scope: string): Given[] {
  const reach = roleBindingReach({ ...power, scope })
  if (reach === 'namespace') return given
  if (reach === 'none') return none
  const own = given.filter(({ names }) => names === undefined || names.includes(scope))
  return own.map(({ ruleIndex }) => ({ ruleIndex, names: [scope] }))
}

/** `word`, `ofAny`: what a rule's resources may call it, beside `*`. */
type Interned = { id: number; word: string; ofAny: string }

// The same power may be in many objects. By nested maps: a text put together for every look-up would cost more than the look-up.
function createInterning(): (power: Power) => Interned {
  const byObject = new Map<Power, Interned>()
  const root: Nested = new Map()
  let count = 0
  const next = (map: Nested, key: string): Nested => {
    let found = map.get(key)
    if (!found) map.set(key, (found = new Map()))
    return found as Nested
  }
  return (power) => {
    const known = byObject.get(power)
    if (known) return known
    const { verb, group, resource, subresource } = power
    const leaf = next(next(next(root, resource), subresource), group)
    let found = leaf.get(verb) as Interned | undefined
    if (!found) {
      const names = subresource === '' ? [resource, resource] : [`${resource}/${subresource}`, `*/${subresource}`]
      const [word = '', ofAny = ''] = names
      leaf.set(verb, (found = { id: count, word, ofAny }))
      count += 1
    }
    byObject.set(power, found)
    return found
  }
}

type Nested = Map<string, Nested | Interned>
