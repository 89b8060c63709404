import type { Json, Plan } from '../plan.ts'
import type { Foreign, RunState } from '../reports.ts'

/** What happens to a plan, one line of its journal each. `intent` is written before anything is sent, `result` after. */
export type Entry =
  | {
      type: 'begin'
      plan: Plan
      /** user@host */
      by: string
      /**
       * The plan is what is trusted of a record in the cluster: what was made of it is not known, and it is only taken back.
       * `refused`: what of the record is not in the plan.
       */
      fromRecord?: { refused: { change: string; why: string }[] }
    }
  | {
      type: 'intent'
      change: string
      way: Way
      request: { method: string; path: string; body?: Json }
      /** The object as it was right before; null where there was none. */
      preimage?: Json | null
    }
  | {
      type: 'result'
      change: string
      way: Way
      outcome: 'applied' | 'already' | 'failed' | 'unsettled' | 'undone' | 'partly-undone' | 'gone'
      /** It was settled by looking at the object: the answer itself never came. */
      settled?: true
      object?: { uid: string; resourceVersion: string }
      left?: Foreign[]
      why?: string
    }
  /** Verdicts, take-overs, probes, torn lines. */
  | { type: 'note'; kind: string; data: Json }
  | { type: 'end'; state: RunState }

type Way = 'apply' | 'undo' | 'record'

/** An entry as it stands in the file. `prev` and `hash` (SHA-256, hex) chain the lines. */
export type Recorded = Entry & { seq: number; at: string; prev: string; hash: string }

export const entryTypes: readonly Entry['type'][] = ['begin', 'intent', 'result', 'note', 'end']
