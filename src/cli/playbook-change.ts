import type { Engine } from '../change/engine.ts'
import { refusalOf } from '../change/refusal.ts'
import type { ChangeAction, Pinned, Planned } from '../playbook/model.ts'
import { rehearse, showPlan } from './carry-out.ts'

/**
 * Shows what a step would change, by the server's own dry run, before it is asked for. Throws SecureError where the server would refuse it. Returns the names
 * that have to be said before: of what cannot be taken back.
 */
export async function showChange(
  engine: Engine,
  action: ChangeAction,
  { plan }: Planned,
  destroys: readonly Pinned[],
  diff: 'lasting' | 'none',
): Promise<string[]> {
  const rehearsed = await rehearse(engine, plan)
  await showPlan(engine, plan, rehearsed, { stream: process.stderr, diff })
  const refusal = refusalOf(rehearsed.report)
  if (refusal) throw refusal
  const lost = plan.changes.flatMap((change) =>
    change.do === 'delete' || change.do === 'evict' ? [change.ref.name] : [],
  )
  const names = destroys.length > 0 ? destroys.map(({ name }) => name) : action.destroys ? lost : []
  return [...new Set(names)]
}
