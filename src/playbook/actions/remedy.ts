import type { Json, Plan } from '../../change/plan.ts'
import { metaOf, type Raw } from '../../isolation/raw.ts'
import type { Remedy } from '../../remediate/remedy.ts'
import type { ActionContext, Pinned, Right, ValueType } from '../model.ts'
import { applied, keptIn, planWith, resumed } from './carry.ts'
import { change, type OutputsOf } from './define.ts'
import { pinnedOf } from './targets.ts'
import type { Given, Parameters } from './values.ts'

type OutputTypes = Record<string, { type: ValueType; about: string }>

/** What an action would change, and what is known of it before. */
export type Draft<O extends OutputTypes> = {
  remedy: (planId: string) => Remedy
  outputs: OutputsOf<O>
  /** Pods that are gone afterwards; none where it was looked, and there is none. */
  destroys?: readonly Raw[]
}

/** A change by a plan of src/remediate, which nothing has to prove: its outputs are kept in the plan, so that a run that was cut off has them too. */
export function remedial<const W extends Parameters, const O extends OutputTypes>({
  draft,
  after,
  ...declared
}: {
  name: string
  summary: string
  destroys?: true
  with: W
  outputs: O
  rights(args: Partial<Given<W>>, stateNamespace: string): Right[]
  /** Reads and plans; undefined where there is nothing to change. */
  draft(context: ActionContext, args: Given<W>): Promise<Draft<O> | undefined>
  /** Outputs that are known once it is made. */
  after?(context: ActionContext, plan: Plan): Promise<{ [key: string]: Json | Pinned }>
}) {
  const outputsOf = async (context: ActionContext, plan: Plan) =>
    ({ ...keptIn(plan), ...(await after?.(context, plan)) }) as unknown as OutputsOf<O>
  return change({
    ...declared,
    async plan(context, args) {
      const drafted = await draft(context, args)
      if (!drafted) return undefined
      const { remedy, outputs, destroys } = drafted
      const plan = await planWith(context, declared.name, remedy, outputs)
      if (plan.changes.length === 0) return undefined
      return {
        plan,
        outputs,
        ...(destroys && { destroys: distinct(destroys) }),
        apply: async () => ({ ...(await applied(context, plan)), outputs: await outputsOf(context, plan) }),
      }
    },
    async resume(context, planId) {
      const { plan, ended } = await resumed(context, planId)
      return { ...ended, outputs: await outputsOf(context, plan) }
    },
  })
}

const distinct = (raws: readonly Raw[]): Pinned[] => [
  ...new Map(raws.map((raw) => [metaOf(raw).uid, pinnedOf(raw)])).values(),
]
