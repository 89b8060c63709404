import { type Allowance, allowances } from '../rbac/authorize.ts'
import type { Identity } from '../rbac/identity.ts'
import { boundIn, type RbacIndex, subjectFor } from '../rbac/rbac-index.ts'
import type { Attributes } from '../rbac/rule-match.ts'
import type { PolicyRule } from '../snapshot/objects.ts'
import { type Atom, atomsOf, ruleCovers } from './atom.ts'

/**
 * What something took: any one of these rights, or to hold all of some rules oneself. Who writes a role or binding needs either; all else
 * needs a right.
 */
export type Demand = {
  any: readonly Attributes[]
  holding?: { rules: readonly PolicyRule[]; namespace: string }
  /** Why it may have taken other rights, which nobody knows. */
  unclear?: string
}

/** A rule that covers an atom of another. */
export type Holding = Pick<Allowance, 'bound' | 'ruleIndex'> & { atom: Atom }
/** The ways a demand is met: rights that are allowed, or else atoms of rules that are held. */
export type Met = { allowed: { request: Attributes; ways: Allowance[] }[]; held: Holding[] }

/** How RBAC meets a demand; undefined where it does not. */
export function meet(index: RbacIndex, identity: Identity, { any, holding }: Demand): Met | undefined {
  const allowed = any.flatMap((request) => {
    const ways = allowances(index, identity, request)
    return ways.length > 0 ? [{ request, ways }] : []
  })
  if (allowed.length > 0) return { allowed, held: [] }
  const held = holding && holdings(index, identity, holding)
  return held && { allowed: [], held }
}

/**
 * The rules of an identity that cover all of others; undefined where they do not. Each atom must be covered by one rule. Source:
 * rbac/validation, ConfirmNoEscalation, and component-helpers/auth/rbac/validation, Covers.
 */
function holdings(
  index: RbacIndex,
  identity: Identity,
  { rules, namespace }: NonNullable<Demand['holding']>,
): Holding[] | undefined {
  const own = boundIn(index, namespace)
    .filter(({ role, binding }) => role && subjectFor(binding, identity))
    .flatMap((bound) => (bound.role?.rules ?? []).map((rule, ruleIndex) => ({ bound, ruleIndex, rule })))
  const found: Holding[] = []
  for (const rule of rules) {
    const atoms = atomsOf(rule)
    if (!atoms) return undefined
    for (const atom of atoms) {
      const covering = own.filter((one) => ruleCovers(one.rule, atom))
      if (covering.length === 0) return undefined
      for (const { bound, ruleIndex } of covering) found.push({ bound, ruleIndex, atom })
    }
  }
  return found
}
