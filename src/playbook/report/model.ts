import type { TimelineRow } from '../../audit-log/timeline-rows.ts'
import type { Json, ObjectRef, Plan } from '../../change/plan.ts'
import type { Foreign, Irreversible, RunState as PlanState, StepState } from '../../change/reports.ts'
import type { apiVersion, Gap } from '../../snapshot/snapshot.ts'
import type { Pinned } from '../model.ts'
import type { RunState } from '../run/entry.ts'
import type { StepSummary } from '../run-report.ts'

/** An incident as its records have it: the journal of a run, those of its plans, evidence, audit logs. All its text but keys is hostile; what looked like a secret is masked. */
export type PlaybookReport = {
  apiVersion: typeof apiVersion
  kind: 'PlaybookReport'
  run: string
  /** When the report was made. */
  made: string
  /** Where the records are not as they were written; said before all else. */
  damage: string[]
  playbook: { name: string; version: string; digest: string; title?: string; sources: { title: string; url: string }[] }
  cluster: { id: string; server: string }
  incident?: string
  reason?: string
  state: RunState
  why?: string
  times: ReportTimes
  people: { who: string; did: string[] }[]
  containment: Containment
  /** What is still open, the gravest first. */
  open: OpenItem[]
  decisions: Decision[]
  changes: PlanOfRun[]
  evidence: EvidenceOfRun[]
  checks: CheckOfRun[]
  told: Told[]
  /** Every step that was come to. */
  steps: (StepSummary & { title?: string; action?: string })[]
  timeline: Lanes
  attack: { id: string; url: string; by: ('playbook' | 'log')[] }[]
  integrity: Integrity
}

/** A moment, and how many seconds after the beginning it was. */
export type Moment = { at: string; seconds: number }

export type ReportTimes = {
  /** What the actors that it is about did first, as far as a log tells. */
  firstSeen?: Moment & { what: string; source: string }
  begun: string
  contained?: Moment
  ended?: Moment
  /** When what it changed was taken back last. */
  undone?: Moment
}

export type Proof = Moment & {
  step: string
  action?: string
  /** `cut`: a verdict of what was to cut something off; `check`: it was asked afterwards. */
  of: 'cut' | 'check'
  holds: boolean
  /** `ISOLATED`, `ENFORCED`…; of a check what was to be so. */
  verdict: string
  reasons: string[]
}

/** `not-proved`: no step of the run proves or disproves it. */
export type Containment = {
  state: 'contained' | 'partly' | 'not-contained' | 'not-proved'
  proofs: Proof[]
}

export type OpenItem = {
  kind:
    | 'damage'
    | 'unfinished'
    | 'stopped'
    | 'not-proved'
    | 'failed'
    | 'evidence'
    | 'refused'
    | 'plan'
    | 'drift'
    | 'remains'
    | 'in-force'
    | 'not-told'
    | 'gap'
    | 'skipped'
  step?: string
  /** What is open; and why, or what it is about. */
  what: string
  details: string[]
  /** A command that goes on with it, as words. */
  command?: string[]
}

export type Decision = Moment & {
  step: string
  kind: 'input' | 'decision' | 'approval' | 'confirmation'
  question: string
  answer: Json
  /** Of a decision: the words of the case that was chosen. */
  label?: string
  /** Not recorded of inputs. */
  by?: string
  role?: string
  covers?: string[]
  /** The plans that it was given for. `isSame`: what was applied is what was answered for; absent where that is not known. */
  plans: { digest: string; plan?: string; isSame?: boolean }[]
}

export type ChangeOfRun = {
  change: string
  do: Plan['changes'][number]['do']
  ref: ObjectRef & { uid?: string }
  why: string
  state: StepState
  note?: string
  at?: string
  temporary?: true
  /** The fields that it is about, before and after; values of env and of Secrets never. Absent of what is deleted: the journal keeps that. */
  before?: { [key: string]: Json }
  after?: { [key: string]: Json }
  left?: Foreign[]
}

export type PlanOfRun = {
  plan: string
  step: string
  digest: string
  /** `not-begun`: announced, and nothing was sent by it; `unknown`: this machine has no readable journal of it. */
  state: PlanState | 'not-begun' | 'unknown'
  /** Some of it is still in force. */
  inForce: boolean
  user?: string
  changes: ChangeOfRun[]
  irreversible: Irreversible[]
  destroys: Pinned[]
  notes: string[]
}

export type EvidenceOfRun = Moment & {
  step: string
  file: string
  /** SHA-256 as it was sealed. */
  digest: string
  complete: boolean
  covers: Pinned[]
  missing: Pinned[]
  gaps: string[]
  /** What lies there now. */
  now: 'as-sealed' | 'changed' | 'missing' | 'unreadable'
  verify: string[]
}

export type CheckOfRun = Moment & {
  step: string
  title?: string
  action?: string
  until?: string
  timeout?: string
  tries?: number
  isSo: boolean
  why?: string
  outputs: { [key: string]: Json }
}

export type Told = Moment & { step: string; channel?: string; message?: string; sent: boolean; why?: string }

export type Lane = 'responder' | 'intruder' | 'other'
export type LaneRow = Pick<TimelineRow, 'corrected' | 'uncertaintyMs' | 'clockUnknown' | 'orderSure'> & {
  lane: Lane
  seconds: number
  actor: string
  /** Of whom nobody but a text says that it was them. */
  claimed?: true
  as?: string
  what: string
  object?: string
  from?: string
  outcome?: string
  until?: string
  count: number
  attack: string[]
  /** FILE:LINE, or the line of a journal. */
  source: string
}

export type Lanes = {
  /** User names whose acts are in the lane of the intruder, and by which step or input each is known. */
  suspects: { user: string; by: string }[]
  rows: LaneRow[]
  /** Rows that are left out, by lane, as there are too many. */
  cut: { lane: Lane; rows: number }[]
  /** What was read beside the journal. */
  read: string[]
  complete: boolean
  gaps: Gap[]
  notes: string[]
}

export type Integrity = {
  file: string
  lines: number
  /** The hash of the last whole line, which stands for all before it. */
  head: string
  whole: boolean
  broken?: { line: number; why: string }
  torn?: true
  /** The playbook that the run keeps is the one that it was begun with. */
  playbookKept: boolean
  plans: { plan: string; file: string; lines: number; head: string; whole: boolean; why?: string }[]
}
