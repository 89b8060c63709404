import type { Action, Direction, PartyMatch, Policy, Rule } from '../network/model.ts'
import type { Party } from '../network/party.ts'
import { anyFamily, directions, type OwnSide } from './own-side.ts'

/**
 * Whether the pod with its new labels can do nothing, and be reached by nobody, that policies kept from it before: told from the
 * policies that were read, for whoever is on the other side. It errs on the side of no.
 *
 * A direction that the pod's own side closes altogether is closed, whatever the other side says. Elsewhere no rule that allows may
 * newly mean the pod (NotIn and DoesNotExist do so when a label goes), and no rule that denies or passes on may cease to.
 */
export function neverOpens(side: OwnSide, before: Party, after: Party): boolean {
  const open = new Set(side.openings(after).map(({ direction }) => direction))
  return side.network.world.policies.every((policy) =>
    directions.every((direction) => {
      // A policy of the pod counts where its own side is open; one of others where the pod is what their rules mean.
      const own = !open.has(direction) || ownIsSafe(side, policy, direction, before, after)
      return own && (!open.has(opposite[direction]) || peersAreSafe(policy, direction, before, after))
    }),
  )
}

const opposite: { [D in Direction]: Direction } = { ingress: 'egress', egress: 'ingress' }

function ownIsSafe(own: OwnSide, policy: Policy, direction: Direction, before: Party, after: Party): boolean {
  const side = policy[direction]
  // What no policy restricts is open already.
  if (!side || own.network.sideOf(before, direction).length === 0) return true
  const [was, is] = [anyFamily(policy.subject, before), anyFamily(policy.subject, after)]
  if (was === false && is === false) return true
  const actions = new Set(side.rules.map(({ action }) => action))
  if (was !== is) {
    if (was === false) return !actions.has('allow') && !actions.has('pass')
    if (is !== false || actions.has('deny') || actions.has('pass')) return false
    return !side.isolates || isIsolated(own, policy.tier, direction, after)
  }
  return side.rules.every((rule) => !rule.self || staysAsClosed(rule.action, rule.self, before, after))
}

// Another policy of the tier, such as ours, closes what no rule of it allows.
function isIsolated(own: OwnSide, tier: string, direction: Direction, after: Party): boolean {
  return own.network
    .sideOf(after, direction)
    .some(
      ({ tier: { name }, entries }) =>
        name === tier && entries.some((one) => one.side.isolates && one.selected === true),
    )
}

function peersAreSafe(policy: Policy, direction: Direction, before: Party, after: Party): boolean {
  const rules: readonly Rule[] = policy[direction]?.rules ?? []
  return rules.every(({ action, peers }) => (peers ?? []).every((peer) => staysAsClosed(action, peer, before, after)))
}

function staysAsClosed(action: Action, match: PartyMatch, before: Party, after: Party): boolean {
  const [was, is] = [anyFamily(match, before), anyFamily(match, after)]
  if (was === is) return true
  if (action === 'allow') return is === false || was === true
  return action === 'deny' ? is === true || was === false : false
}
