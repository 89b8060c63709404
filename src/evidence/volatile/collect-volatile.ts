import { kindOf } from '../../change/kinds/kinds.ts'
import type { Plan, SubresourceChange } from '../../change/plan.ts'
import { inParallel } from '../../cluster/in-parallel.ts'
import { SecureError } from '../../errors.ts'
import type { PodRef } from '../request.ts'
import type { Run } from '../run.ts'
import { doneKey, gather } from './gather.ts'
import { type Settled, settle } from './settle.ts'

const podsAtOnce = 4

/**
 * Adds the containers that were agreed to, and keeps what each gathers. What the cluster refuses is a gap; each change is an alteration of the
 * case. Throws where the disk of the case fails, and SecureError `interrupted`.
 */
export async function collectVolatile(run: Run, scene: PodRef[]): Promise<void> {
  const { volatile: wanted } = run.request
  if (!wanted) return
  run.tally.now = 'live facts of the targets'
  for (const { why, code, ...missing } of wanted.left) await run.gap(missing, why, code)
  for (const { namespace, name, uid } of scene) {
    if (wanted.seen.includes(uid)) continue
    const missing = { what: `live facts of pod ${name} in ${namespace} (${uid})`, hides: 'what runs in it' }
    await run.gap(missing, 'it came after the containers were agreed to')
  }
  const { plan } = wanted
  const todo = (plan?.changes ?? []).flatMap((change) =>
    change.do === 'subresource' && !run.done.has(doneKey(change)) ? [change] : [],
  )
  if (!plan || todo.length === 0) return
  run.tally.planned += todo.length
  const settled = (await carriedOut(run, plan)) ?? (await asTheyAre(run, plan, todo))
  const nodes = new Map(scene.map(({ uid, node }) => [uid, node]))
  await inParallel(
    todo,
    async (change) => {
      await gather(run, plan, change, settled.get(change.id), nodes.get(change.ref.uid))
      run.tally.done++
    },
    podsAtOnce,
  )
}

async function carriedOut(run: Run, plan: Plan): Promise<Map<string, Settled> | undefined> {
  const missing = { what: 'live facts of the targets', hides: 'what runs in them, and whom they talk to' }
  try {
    if (!run.engine) throw new SecureError('usage', 'there is nobody to add containers to pods')
    if (run.stopped !== undefined) throw new SecureError('interrupted', run.stopped)
    return await settle({ ...run.engine, cluster: run.cluster }, plan)
  } catch (error) {
    // Also where the journal of the run fails: that of the case goes on.
    if (!(error instanceof SecureError)) throw error
    await run.gap(missing, error.message, error.code)
    return undefined
  }
}

/** Of a run that cannot be gone on with: what was added before is there to be read all the same. */
async function asTheyAre(run: Run, plan: Plan, changes: SubresourceChange[]): Promise<Map<string, Settled>> {
  const context = { cluster: run.cluster, planId: plan.id, uids: new Map<string, string>() }
  const looked = await inParallel(changes, async (change): Promise<[string, Settled][]> => {
    const seen = await run.attempt(
      { what: `pod ${change.ref.name} in ${change.ref.namespace}`, hides: 'what runs in it' },
      () => kindOf(change).look(context, change),
    )
    if (seen?.state !== 'after') return []
    return [[change.id, { step: { change: change.id, do: change.do, ref: change.ref, state: 'already' } }]]
  })
  return new Map(looked.flat())
}
