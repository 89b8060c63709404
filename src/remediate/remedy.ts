import type { Engine } from '../change/engine.ts'
import type { Change, Plan } from '../change/plan.ts'
import { planHead, type PlanWords } from '../change/plan-head.ts'

/** What a remediation would change, and what whoever decides on it has to know. */
export type Remedy = {
  changes: Change[]
  /** What it does not do, or does beside: hostile names may be in it. */
  notes: string[]
}

/** The plan of it. Its changes get ids of their own kind from whoever made them; two remedies are never joined. */
export function planOf(engine: Engine, words: PlanWords, remedy: (planId: string) => Remedy): Plan {
  const head = planHead(engine, words)
  return { ...head, ...remedy(head.id) }
}

export const nothing: Remedy = { changes: [], notes: [] }
