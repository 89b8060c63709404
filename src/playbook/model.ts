import type { Engine } from '../change/engine.ts'
import type { Json, Plan } from '../change/plan.ts'

/*
 * A playbook is data: typed inputs, and steps that go forward. What its steps do is code of ours: a closed registry of actions, called in
 * process with checked values. Nothing runs a shell, and no text of a cluster becomes part of an expression.
 */

export type Playbook = {
  apiVersion: 'kubectl-secure.github.io/v1'
  kind: 'Playbook'
  metadata: {
    /** Letters, digits, dashes: what `run` takes, and `call`. */
    name: string
    version: string
    title: string
    description?: string
    /** ATT&CK ids: `T1609`. */
    attack?: string[]
    sources?: { title: string; url: string }[]
  }
  /** In the order in which they are asked for. */
  inputs?: Record<string, Input>
  /** Run from the first to the last; `next` and `cases` jump, only forwards: so every run ends. */
  steps: Step[]
}

export type InputType =
  | 'namespace'
  | 'pod'
  | 'workload'
  | 'node'
  | 'serviceaccount'
  | 'subject'
  | 'secret' // its name alone
  | 'image-digest'
  | 'cidr'
  | 'duration'
  | 'enum'
  | 'bool'
  | 'string'

export type Input = {
  type: InputType
  /** What is asked for, in words. */
  ask: string
  /** Of what lies in a namespace: `${{ inputs.ns }}`. */
  namespace?: string
  /** Of an enum. */
  values?: string[]
  /** Of a string: a regular expression that the whole of it has to match. */
  pattern?: string
  default?: Json
  /** May be left out: then it is null in expressions. */
  optional?: boolean
}

/** A value of an input once it is known. Objects of a cluster are pinned: the same name with another uid is another object. */
export type Pinned = { kind: string; namespace?: string; name: string; uid?: string }
export type Value = Json | Pinned

/** Where a run goes on: the id of a later step, or `end`; after a failure also `stop` and `continue`. */
export type Next = string

type StepHead = {
  id: string
  title?: string
  /** CEL over `inputs` and `steps`; the step is skipped where it is false. */
  when?: string
  /** Where to go on after it; the step below where it is left out. */
  next?: Next
}

export type Step =
  /** Calls an action: a question, evidence, or a change that is shown, confirmed, journaled and can be undone. */
  | (StepHead & {
      type: 'command'
      run: string
      /** Whole values: a literal, or `${{ CEL }}` and nothing around it. */
      with?: Record<string, Json>
      /** `stop` (the default), `continue` with what failed noted, or a step to go on at. */
      onFail?: Next
      /** Ids of evidence steps that must have taken in what this one destroys. Required where the action destroys. */
      requires?: string[]
      /** What of a pod or the like is gone afterwards, for people: `the memory of the pod`. */
      destroys?: string[]
    })
  /** Reads one object of the cluster, for guards. */
  | (StepHead & { type: 'get'; kind: string; name: string; namespace?: string })
  | (StepHead & { type: 'decision'; ask: string; help?: string; cases: Record<string, { label: string; next: Next }> })
  | (StepHead & { type: 'prompt'; input: Input })
  /** Somebody takes the responsibility for the steps that it covers, over the digest of their plans as far as they are known. */
  | (StepHead & { type: 'approval'; role: string; ask?: string; covers: string[] })
  /** Asks an action again until CEL over its outputs (as `outputs`) is true. */
  | (StepHead & {
      type: 'verify'
      run: string
      with?: Record<string, Json>
      until: string
      /** `60s`, `5m`. */
      timeout: string
      onTimeout?: Next
    })
  | (StepHead & { type: 'wait'; for: string; why: string })
  | (StepHead & { type: 'notify'; channel: string; message: string })
  | (StepHead & { type: 'note'; text: string })
  /** Another playbook's steps, with values for its inputs; its outcome is this step's. */
  | (StepHead & { type: 'call'; playbook: string; with?: Record<string, Json> })

/** What a value of an action is, in and out: enough to check playbooks before they run. */
export type ValueType = InputType | 'number' | 'list' | 'object'

/** The outputs of a step, which guards see as `steps.ID.…`. Never the content of a secret. */
export type Outputs = Record<string, Json>

type ActionHead = {
  /** `evidence.collect`. */
  name: string
  summary: string
  with: Record<string, { type: ValueType; required?: boolean; values?: string[]; about: string }>
  outputs: Record<string, { type: ValueType; about: string }>
  /** The rights it takes, for the preflight of the whole path and the Role that is printed; of values that are not known yet, the general ones. */
  rights(args: Args, stateNamespace: string): Right[]
}
export type Args = Record<string, Json>
export type Right = {
  verb: string
  group: string
  resource: string
  subresource?: string
  namespace?: string
  name?: string
  /** Without it the answer is poorer, and says so; nothing stops. */
  optional?: true
}

/** What an action may use; all effects on the outside go through it. */
export type ActionContext = {
  engine: Engine
  /** The folder of this run: evidence and plans go below it. */
  folder: string
  runId: string
  incident?: string
  /** Of what tries connections and cuts them: the responder's choice, and never a playbook's, as it gets rights on the network of a pod. */
  probeImage?: string
  /** Also from who holds the lease of a change that is gone on with. */
  takeOver?: boolean
  say(line: string): void
}

/** Asks, and changes nothing. Also of a snapshot or a bundle, in a rehearsal. */
export type QuestionAction = ActionHead & {
  kind: 'question'
  ask(context: ActionContext, args: Args): Promise<Outputs>
}

/** Takes evidence into the folder of the run; which objects it covers is kept, for the gates of what destroys. */
export type EvidenceAction = ActionHead & {
  kind: 'evidence'
  collect(
    context: ActionContext,
    args: Args,
  ): Promise<{ outputs: Outputs; covers: Pinned[]; complete: boolean; digest?: string; file?: string }>
}

/** Changes the cluster by a plan that the change engine previews, applies, journals and undoes. */
export type ChangeAction = ActionHead & {
  kind: 'change'
  /** What undo cannot bring back, in general: the name of the object is typed before. */
  destroys?: true
  /** Reads and plans; writes nothing. `undefined`: there is nothing to change. */
  plan(context: ActionContext, args: Args): Promise<Planned | undefined>
  /** Takes up a run of its plan that was cut off, by the plan alone. */
  resume(context: ActionContext, planId: string): Promise<ChangeResult>
}
export type Planned = {
  plan: Plan
  outputs: Outputs
  /** Objects of which something is gone afterwards that only evidence keeps; an empty list: it was looked, and there is none. */
  destroys?: Pinned[]
  /** Carries the plan out, with the gates and proofs that belong to it. */
  apply(): Promise<ChangeResult>
}
export type ChangeResult = { outputs: Outputs; state: 'applied' | 'partial' | 'failed'; why?: string }

export type Action = QuestionAction | EvidenceAction | ChangeAction
