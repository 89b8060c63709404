import type { Json } from '../../change/plan.ts'
import { recordRights } from '../../change/rights.ts'
import type {
  ActionContext,
  ChangeAction,
  ChangeResult,
  EvidenceAction,
  Outputs,
  Pinned,
  Planned,
  QuestionAction,
  Right,
  ValueType,
} from '../model.ts'
import { distinct } from './rights.ts'
import { type Given, given, knownOf, type Parameters } from './values.ts'

type OutputTypes = Record<string, { type: ValueType; about: string }>
/** All outputs that are declared, and no other. */
export type OutputsOf<O extends OutputTypes> = { [K in keyof O]: Json | Pinned | Pinned[] }

type Declared<W extends Parameters, O extends OutputTypes> = {
  name: string
  summary: string
  with: W
  outputs: O
  rights(args: Partial<Given<W>>, stateNamespace: string): Right[]
}

/** A question: its arguments are looked at before it gets them. */
export function question<const W extends Parameters, const O extends OutputTypes>({
  ask,
  ...declared
}: Declared<W, O> & { ask(context: ActionContext, args: Given<W>): Promise<OutputsOf<O>> }): QuestionAction {
  return {
    ...headOf(declared),
    kind: 'question',
    ask: async (context, args) => await ask(context, given(declared.name, declared.with, args)),
  }
}

export function evidence<const W extends Parameters, const O extends OutputTypes>({
  collect,
  ...declared
}: Declared<W, O> & {
  collect(
    context: ActionContext,
    args: Given<W>,
  ): Promise<Omit<Awaited<ReturnType<EvidenceAction['collect']>>, 'outputs'> & { outputs: OutputsOf<O> }>
}): EvidenceAction {
  return {
    ...headOf(declared),
    kind: 'evidence',
    async collect(context, args) {
      const { outputs, ...taken } = await collect(context, given(declared.name, declared.with, args))
      return { ...taken, outputs: outputs as unknown as Outputs }
    },
  }
}

/** What a change gives, before and after: its plan's id comes with it. */
export type Result<O extends OutputTypes> = Omit<ChangeResult, 'outputs'> & { outputs: OutputsOf<O> }
export type Prepared<O extends OutputTypes> = Omit<Planned, 'outputs' | 'apply'> & {
  outputs: OutputsOf<O>
  apply(): Promise<Result<O>>
}

export function change<const W extends Parameters, const O extends OutputTypes>({
  plan,
  resume,
  destroys,
  ...declared
}: Declared<W, O> & {
  destroys?: true
  plan(context: ActionContext, args: Given<W>): Promise<Prepared<O> | undefined>
  resume(context: ActionContext, planId: string): Promise<Result<O>>
}): ChangeAction {
  const ended = async (planId: string, result: Promise<Result<O>>): Promise<ChangeResult> => {
    const { outputs, ...rest } = await result
    return { ...rest, outputs: { ...(outputs as unknown as Outputs), plan: planId } }
  }
  const head = headOf({
    ...declared,
    rights: (args, stateNamespace) => [...declared.rights(args, stateNamespace), ...forRecord(stateNamespace)],
  })
  return {
    ...head,
    outputs: { ...head.outputs, plan: { type: 'string', about: 'the id of its plan, for undo and status' } },
    kind: 'change',
    ...(destroys && { destroys }),
    async plan(context, args) {
      const planned = await plan(context, given(declared.name, declared.with, args))
      if (!planned) return undefined
      const { outputs, apply, ...rest } = planned
      const { id } = planned.plan
      return {
        ...rest,
        outputs: { ...(outputs as unknown as Outputs), plan: id },
        apply: async () => await ended(id, apply()),
      }
    },
    resume: async (context, planId) => await ended(planId, resume(context, planId)),
  }
}

// Of every change a record is kept in the cluster.
const forRecord = (stateNamespace: string): Right[] =>
  recordRights(stateNamespace).map(({ attributes: { verb, group = '', resource, namespace = '', name } }) => ({
    verb,
    group,
    resource,
    namespace,
    ...(name !== undefined && { name }),
  }))

function headOf<W extends Parameters, O extends OutputTypes>({ rights, ...declared }: Declared<W, O>) {
  return {
    ...declared,
    rights: (args: Record<string, Json>, stateNamespace: string) =>
      distinct(rights(knownOf(declared.name, declared.with, args), stateNamespace)),
  }
}
