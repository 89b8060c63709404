import type { Match } from './match.ts'
import type { Action, Direction, Policy, PolicyRef, PolicySide, Rule, Tier, Verdict } from './model.ts'

/** A policy or rule that had a say in a verdict. Without a rule it is the isolation that the policy itself brings. */
export type Decision = {
  policy: PolicyRef
  direction: Direction
  tier: string
  action: Action
  rule?: { at: string; index: number; name?: string }
}

export type SideVerdict = { verdict: Verdict; by: Decision[]; doubts: string[] }

/** The policies that have a pod as their subject, in one direction, tier by tier. */
export type SideTier = { tier: Tier; entries: SideEntry[] }
export type SideEntry = { policy: Policy; side: PolicySide; selected: Match }

/**
 * What the policies of one side say. The first sure match decides; a match in doubt keeps both ways open, and where the
 * ways end differently the verdict is unknown.
 */
export function decide(tiers: readonly SideTier[], direction: Direction, matches: (rule: Rule) => Match): SideVerdict {
  const outcome = new Outcome(direction)
  for (const tier of tiers) {
    if (!walkTier(tier, matches, outcome)) return outcome.verdict()
  }
  // What no tier decides is allowed: pods are open to each other until a policy says otherwise.
  outcome.allowed = true
  return outcome.verdict()
}

class Outcome {
  allowed = false
  denied = false
  readonly #direction: Direction
  readonly #by: Decision[] = []
  readonly #doubts = new Set<string>()

  constructor(direction: Direction) {
    this.#direction = direction
  }

  record(tier: Tier, { policy }: SideEntry, action: Action, rule: Rule | undefined): void {
    if (action === 'allow') this.allowed = true
    if (action === 'deny') this.denied = true
    const at = rule && { at: rule.at, index: rule.index, ...(rule.name ? { name: rule.name } : {}) }
    this.#by.push({
      policy: policy.ref,
      direction: this.#direction,
      tier: tier.name,
      action,
      ...(at ? { rule: at } : {}),
    })
  }

  doubt(reason: string): void {
    this.#doubts.add(reason)
  }

  verdict(): SideVerdict {
    const verdict = this.allowed && this.denied ? 'unknown' : this.denied ? 'denied' : 'allowed'
    const decisive = { allow: verdict !== 'denied', deny: verdict !== 'allowed', pass: true }
    // A doubt that changes nothing is no doubt about the verdict.
    return {
      verdict,
      by: this.#by.filter(({ action }) => decisive[action]),
      doubts: verdict === 'unknown' ? [...this.#doubts] : [],
    }
  }
}

/** Whether the next tier has a say too. */
function walkTier({ tier, entries }: SideTier, matches: (rule: Rule) => Match, outcome: Outcome): boolean {
  let passed = false
  let surely: Match = false
  const isolators: SideEntry[] = []
  for (const group of inGroups(tier, entries)) {
    const met = new Set<Action>()
    let closed = false
    for (const entry of group) {
      const { policy, side, selected } = entry
      let ended = false
      for (const rule of side.rules) {
        const match = matches(rule)
        if (match === false) continue
        met.add(rule.action)
        if (rule.action === 'pass') passed = true
        outcome.record(tier, entry, rule.action, rule)
        for (const doubt of [match, selected]) if (typeof doubt === 'string') outcome.doubt(doubt)
        if (match === true) ended = true
        // Every rule of a policy that only adds up is worth naming: taking one away would leave the others.
        if (ended && !policy.additive) break
      }
      if (ended && selected === true) closed = true
      // Where a rule matches for sure, the policy's isolation is out of the question, whether it selects the pod or not.
      if (side.isolates && !ended) {
        isolators.push(entry)
        if (surely !== true) surely = selected
      }
    }
    if (closed) {
      if (group.length > 1 && met.size > 1)
        outcome.doubt('policies of the same priority disagree, and their order is not defined')
      return passed
    }
  }
  if (isolators.length === 0 || tier.defaultAction === 'pass') return true
  for (const entry of isolators) outcome.record(tier, entry, 'deny', undefined)
  if (typeof surely === 'string') outcome.doubt(surely)
  return passed || surely !== true
}

// Policies whose order among each other nobody promises, or that only add up, are taken together.
function inGroups(tier: Tier, entries: readonly SideEntry[]): SideEntry[][] {
  const groups: SideEntry[][] = []
  let previous: SideEntry | undefined
  for (const entry of entries) {
    const together =
      previous !== undefined &&
      previous.policy.order === entry.policy.order &&
      (tier.ties === 'unclear' || (previous.policy.additive && entry.policy.additive))
    if (together) groups.at(-1)?.push(entry)
    else groups.push([entry])
    previous = entry
  }
  return groups
}
