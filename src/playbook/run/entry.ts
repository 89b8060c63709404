import type { Json } from '../../change/plan.ts'
import type { Link } from '../../durable/chain.ts'
import type { Outputs, Pinned } from '../model.ts'

/**
 * What happens in a run, one line of its journal each. `step` is the id of a step, behind those of the calls that led to it: `escape/cordon`. Answers of
 * people and all that was seen are here; the content of secrets never is.
 */
export type Entry =
  | {
      type: 'begin'
      runId: string
      playbook: { name: string; version: string; digest: string }
      cluster: { id: string; server: string }
      /** user@host, and who the API server takes them for. */
      by: string
      user: string
      incident?: string
      reason?: string
    }
  | { type: 'input'; name: string; value: Json }
  /** A step was come to; written before any effect of it. */
  | { type: 'step'; step: string; kind: string }
  /** The plan that is about to be applied for a step: a run of the change engine of its own, by its id. `deletes`: the uids of what it takes away, if only to make it anew. */
  | { type: 'plan'; step: string; planId: string; digest: string; destroys: Pinned[]; deletes?: string[] }
  | { type: 'answer'; step: string; by: string; value: Json; plans?: string[] }
  | StepEnd
  /** Take-overs, torn lines, warnings, skipped evidence. */
  | { type: 'note'; kind: string; step?: string; data: Json }
  | { type: 'end'; state: RunState; why?: string }

/** How a step came to its end; `next` is where the run goes on (a step's own id, without the calls before it). */
export type StepEnd = {
  type: 'done'
  step: string
  outcome: 'done' | 'skipped' | 'failed'
  outputs: Outputs | null
  why?: string
  next?: string
  /** Of evidence: what it covers, and whether it has all of it. */
  covers?: Pinned[]
  complete?: boolean
  file?: string
  digest?: string
  planId?: string
}

export type RunState = 'running' | 'stopped' | 'finished' | 'undone' | 'partly-undone'
export type Recorded = Entry & Link

export const entryTypes: readonly Entry['type'][] = ['begin', 'input', 'step', 'plan', 'answer', 'done', 'note', 'end']
