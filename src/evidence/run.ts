import type { Case } from '../bundle/case.ts'
import type { Json } from '../bundle/entry.ts'
import type { Engine } from '../change/engine.ts'
import type { ResourceAttributes } from '../cluster/access-review.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { type ErrorCode, SecureError } from '../errors.ts'
import type { Limiter } from './limiter.ts'
import type { Recorder } from './recorder.ts'
import type { CollectRequest, EvidenceGap } from './request.ts'
import type { Tally } from './tally.ts'

/** What could not be had: what it is, what a reader must not conclude, and the right that would have given it. */
export type Missing = { what: string; hides: string; path?: string; method?: string; right?: ResourceAttributes }

/** One collection that is under way. */
export type Run = {
  request: CollectRequest
  evidence: Case
  recorder: Recorder
  /** As the recorder has it: whatever goes through it is written down. */
  cluster: Cluster
  limit: Limiter
  tally: Tally
  /** What adds containers to pods, where live facts were asked for: nothing else is changed. */
  engine: Engine | undefined
  /** Lists that a session before this one has finished, and in which run. */
  done: ReadonlyMap<string, number>
  /** How many runs and pages there are of each list, over all sessions. */
  listed: Map<string, { runs: number; pages: number }>
  /** Nodes whose kubelet cannot be asked through the API server: one gap tells it for all of their pods. */
  closedNodes: Set<string>
  gaps: EvidenceGap[]
  /** Why no more is asked for: Ctrl-C, or a cluster that is gone. */
  readonly stopped: string | undefined
  /** Does a piece of work; what the cluster refuses or fails is a gap, and undefined. Throws where the disk fails. */
  attempt<T>(missing: Missing, work: () => Promise<T>): Promise<T | undefined>
  gap(missing: Missing, why: string, code?: ErrorCode): Promise<void>
  /** Writes down that a piece of work is whole, for `--resume` and for readers. */
  finish(key: string, data: { [key: string]: Json }): Promise<void>
}

// So many failures to reach it in a row, and a cluster is gone: each may have taken minutes.
const maxLost = 6

export function runOf(
  parts: Pick<Run, 'request' | 'evidence' | 'recorder' | 'limit' | 'tally' | 'engine' | 'done' | 'listed'>,
  isOver: () => boolean,
): Run {
  const gaps: EvidenceGap[] = []
  const told = new Set<string>()
  let lost = 0
  let stopped: string | undefined
  const why = () => (stopped ??= isOver() ? 'interrupted' : undefined)
  const { evidence, tally } = parts

  const gap: Run['gap'] = async ({ what, hides, path, method, right }, reason, code) => {
    const request = { ...(method !== undefined && { method }), ...(path !== undefined && { path }) }
    const found: EvidenceGap = {
      what,
      why: reason,
      hides,
      ...request,
      ...(code !== undefined && { code }),
      ...(right && { right }),
    }
    const key = JSON.stringify([what, path ?? null])
    if (told.has(key)) return
    told.add(key)
    gaps.push(found)
    tally.failed++
    await evidence.gap(found)
  }

  return {
    ...parts,
    cluster: parts.recorder.cluster,
    gaps,
    closedNodes: new Set(),
    get stopped() {
      return why()
    },
    gap,
    async attempt(missing, work) {
      const over = why()
      if (over !== undefined) {
        await gap(missing, over, 'interrupted')
        return undefined
      }
      try {
        const result = await work()
        lost = 0
        return result
      } catch (error) {
        if (!(error instanceof SecureError) || error.code === 'journal') throw error
        if (error.code === 'interrupted') stopped ??= 'interrupted'
        if (['unreachable', 'timeout'].includes(error.code) && ++lost >= maxLost)
          stopped ??= `the cluster does not answer any more (${error.message})`
        const { right, ...rest } = missing
        // Another right does not help where the server fails.
        await gap(error.code === 'forbidden' && right ? { ...rest, right } : rest, error.message, error.code)
        return undefined
      }
    },
    async finish(key, data) {
      await evidence.note('done', { key, ...data })
    },
  }
}
