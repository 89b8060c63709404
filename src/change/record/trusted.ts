import type { Change, Plan } from '../plan.ts'
import { judgeChange, quarantinedBy } from './judge.ts'

/** What is not done by a record, of which change, and why. */
export type Refusal = { change: string; why: string }

export type Trusted = {
  /** What undo may do by the record: of each change only what is needed to take it back. */
  plan: Plan
  /** What is left out. A change may be in both, with some of its edits. */
  refused: Refusal[]
  /** What a person has to type before it is given back: rights, which are what an attacker would make up a record for. */
  mustType: string[]
}

/** Where the record was found: an Engine says it. */
export type Here = { clusterId: string; stateNamespace: string }

/**
 * What may be taken back by a plan that was read from the cluster, where an attacker may have written or changed it. Undo deletes by
 * it only what bears the plan's own name, and restores only a closed set of fields; whoever calls it shows the rest. The engine still holds
 * each object to its uid and the label of the plan, and each field to what the plan left it at.
 */
export function trusted(plan: Plan, here: Here): Trusted {
  const empty = { ...plan, changes: [] }
  if (plan.cluster.id !== here.clusterId) {
    const why = 'the record is of another cluster'
    return { plan: empty, refused: plan.changes.map(({ id }) => ({ change: id, why })), mustType: [] }
  }
  const around = {
    ...here,
    planId: plan.id,
    quarantined: quarantinedBy(plan, here.stateNamespace),
    seen: new Set<string>(),
  }
  const judged = plan.changes.map((change) => ({ id: change.id, ...judgeChange(change, around) }))
  return {
    plan: {
      ...plan,
      changes: judged.map(({ change }) => change).filter((change): change is Change => change !== undefined),
    },
    refused: judged.flatMap(({ id, refused }) => refused.map((why) => ({ change: id, why }))),
    mustType: [...new Set(judged.flatMap(({ mustType }) => mustType))],
  }
}
