import { refTo, ruleOrigin, type RuleOrigin } from '../rbac/grants.ts'
import { subjectKey } from '../rbac/identity.ts'
import { type BoundRole, subjectsOf } from '../rbac/rbac-index.ts'
import type { Grant } from '../rbac/report.ts'
import type { Role, Subject } from '../snapshot/objects.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { groupsOf } from '../attack/structure.ts'
import type { Finding } from './finding.ts'
import { fixGrants } from './fix.ts'
import type { Found, HeldBy } from './found.ts'
import { findingId } from './id.ts'
import type { Reach } from './reach.ts'
import { reasonsFor } from './severity.ts'

// Somebody may hold a thing by hundreds of bindings, and a role may give it a thousand times over: a reader needs the first of it. The id is of all.
const mostGrants = 20
const mostRules = 10

/** Writes findings out: everything that is shown of them, in the order of what is kept. */
export function writerOf(snapshot: Snapshot, reach: Reach, isOwn: (role: Role) => boolean): (found: Found) => Finding {
  // Looking where an aggregated rule came from compares it with those of all roles: once a rule.
  const origins = new Map<Role, Map<number, RuleOrigin>>()
  const originOf = (role: Role, index: number): RuleOrigin => {
    let known = origins.get(role)
    if (!known) origins.set(role, (known = new Map()))
    let origin = known.get(index)
    if (!origin) known.set(index, (origin = ruleOrigin(snapshot, role, index)))
    return origin
  }
  const grantsOf = ({ bound: { binding, role }, rules }: Given, subject: Subject): Grant[] => {
    const { kind, name } = binding.roleRef
    const base = { binding: refTo(binding), roleRef: { kind, name } }
    const subjectMatch = writtenAs(binding, subject)
    if (!role || rules.length === 0) return [{ ...base, subjectMatch }]
    return rules.slice(0, mostRules).map((index) => ({ ...base, ...originOf(role, index), subjectMatch }))
  }
  const idOf = ({ info, scope, subject, object, held }: Found): string => {
    const grants = mergedByBinding(held).map(({ bound, rules }) => ({
      binding: bound.binding,
      roleRef: bound.binding.roleRef,
      names: namesOf(bound.role, rules),
    }))
    return findingId({ rule: info.id, scope, grants, subject, object })
  }
  const fixOf = ({ info, subject, held, fix }: Found) =>
    fix ?? (subject ? fixGrants(info.fix, subject, mergedByBinding(held), isOwn) : { text: info.fix, commands: [] })
  return (found) => {
    const { info, severity, scope, subject, object, lead, location, state = [] } = found
    // Most of it is looked at in few formats, so it is made when it is.
    return {
      get id() {
        return idOf(found)
      },
      rule: info.id,
      title: info.title,
      severity,
      get because() {
        return found.because ?? reasonsFor(lead && reach.describe(lead), subject)
      },
      ...(subject ? { subject } : {}),
      ...(object ? { object } : {}),
      scope,
      why: info.why,
      get reached() {
        return lead && reach.describe(lead)
      },
      get grants() {
        const held = mergedByBinding(found.held).slice(0, mostGrants)
        return subject ? held.flatMap((each) => grantsOf(each, subject)).slice(0, mostGrants) : []
      },
      get moreBindings() {
        const more = subject ? mergedByBinding(found.held).length - mostGrants : 0
        return more > 0 ? more : undefined
      },
      get state() {
        return [...state, ...(lead ? (reach.search.graph.steps[lead.step]?.state ?? []) : [])]
      },
      get fix() {
        return fixOf(found)
      },
      reference: info.reference,
      ...(location ? { location } : {}),
    }
  }
}

type Given = { bound: BoundRole; rules: number[] }

// In an order that does not depend on how they were read.
function mergedByBinding(held: readonly HeldBy[]): Given[] {
  const found = new Map<BoundRole, Set<number>>()
  for (const { bounds, rules } of held) {
    for (const bound of bounds) {
      const known = found.get(bound)
      if (known) for (const rule of rules) known.add(rule)
      else found.set(bound, new Set(rules))
    }
  }
  const nameOf = ({ bound: { binding } }: Given) => `${binding.kind}/${binding.namespace ?? ''}/${binding.name}`
  return Array.from(found, ([bound, rules]) => ({ bound, rules: [...rules].sort((a, b) => a - b) })).sort(
    (one, other) => (nameOf(one) < nameOf(other) ? -1 : 1),
  )
}

/** The names that rules are narrowed to together; undefined where one of them is not. */
function namesOf(role: Role | undefined, rules: readonly number[]): string[] | undefined {
  const names = rules.map((index) => role?.rules[index]?.resourceNames ?? [])
  return names.length === 0 || names.some((each) => each.length === 0) ? undefined : names.flat()
}

// By itself, or by a group that it is in.
function writtenAs(binding: BoundRole['binding'], subject: Subject): Subject {
  const own = subjectsOf(binding)
  const key = subjectKey(subject)
  const direct = own.find((each) => subjectKey(each.subject) === key)
  if (direct) return direct.written
  const groups = new Set(groupsOf(subject))
  return own.find((each) => each.subject.kind === 'Group' && groups.has(each.subject.name))?.written ?? subject
}
