import type { Json } from '../change/plan.ts'
import { EXIT } from '../errors.ts'
import { apiVersion } from '../snapshot/snapshot.ts'
import type { Recorded, RunState, StepEnd } from './run/entry.ts'
import { stateOf } from './run/list.ts'
import { plansOf } from './run/undo.ts'
import { shortVerdict } from './verdicts.ts'

export type StepSummary = {
  step: string
  type: string
  /** `unfinished`: it was begun, and nobody knows yet. */
  outcome: StepEnd['outcome'] | 'unfinished'
  began?: string
  ended?: string
  why?: string
  outputs?: Json
  /** Of a change: its run of the change engine. */
  plan?: string
  evidence?: { complete: boolean; file?: string; digest?: string }
}

/** A run of a playbook as its journal has it. */
export type PlaybookRunReport = {
  apiVersion: typeof apiVersion
  kind: 'PlaybookRunReport'
  run: string
  playbook: { name: string; version: string; digest: string }
  cluster: { id: string; server: string }
  state: RunState
  why?: string
  by: string
  user: string
  incident?: string
  reason?: string
  begun: string
  ended: string
  folder: string
  steps: StepSummary[]
  /** Of the change engine, the last first: what undo takes back. */
  plans: string[]
  complete: boolean
}

/** Pure. Throws TypeError for a journal that was never begun. */
export function reportOfRun(entries: readonly Recorded[], folder: string): PlaybookRunReport {
  const [begin] = entries
  if (begin?.type !== 'begin') throw new TypeError('a run begins with its beginning')
  const { runId, playbook, cluster, by, user, incident, reason, at } = begin
  const ended = entries.findLast((entry) => entry.type === 'end')
  const why = ended?.type === 'end' ? ended.why : undefined
  const steps = stepsIn(entries)
  return {
    apiVersion,
    kind: 'PlaybookRunReport',
    run: runId,
    playbook,
    cluster,
    state: stateOf(entries),
    ...(why !== undefined && stateOf(entries) === 'stopped' && { why }),
    by,
    user,
    ...(incident !== undefined && { incident }),
    ...(reason !== undefined && { reason }),
    begun: at,
    ended: entries.at(-1)?.at ?? at,
    folder,
    steps,
    plans: plansOf(entries).map(({ planId }) => planId),
    complete: steps.every(isComplete),
  }
}

function stepsIn(entries: readonly Recorded[]): StepSummary[] {
  const steps = new Map<string, StepSummary>()
  for (const entry of entries) {
    if (entry.type === 'step')
      steps.set(entry.step, { step: entry.step, type: entry.kind, outcome: 'unfinished', began: entry.at })
    if (entry.type !== 'done') continue
    const { step, outcome, why, outputs, planId, complete, file, digest, at } = entry
    const evidence = complete !== undefined && {
      evidence: { complete, ...(file !== undefined && { file }), ...(digest !== undefined && { digest }) },
    }
    steps.set(step, {
      ...(steps.get(step) ?? { step, type: '' }),
      outcome,
      ended: at,
      ...(why !== undefined && { why }),
      ...(outputs !== null && { outputs }),
      ...(planId !== undefined && { plan: planId }),
      ...evidence,
    })
  }
  return [...steps.values()]
}

function isComplete({ evidence, outputs }: StepSummary): boolean {
  return evidence?.complete !== false && (outputs as { complete?: Json } | undefined)?.complete !== false
}

/**
 * 0: finished as meant. 1: stopped, or a step failed or was done in part, or a cut is not whole. 3: something is not known (a verdict too), or the run is
 * not at its end.
 */
export function exitOfPlaybook({ state, steps, complete }: PlaybookRunReport): number {
  if (state === 'undone') return EXIT.yes
  if (state === 'running') return EXIT.incomplete
  if (state !== 'finished') return EXIT.no
  const isPartly = ({ outcome, outputs }: StepSummary) =>
    outcome === 'failed' || (outputs as { state?: Json } | undefined)?.state === 'partial'
  const verdicts = steps.flatMap(({ outputs }) => shortVerdict(outputs) ?? [])
  if (steps.some(isPartly) || verdicts.some((verdict) => verdict !== 'UNKNOWN')) return EXIT.no
  return complete && verdicts.length === 0 ? EXIT.yes : EXIT.incomplete
}
