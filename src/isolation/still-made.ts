import { stateOf } from '../change/edits.ts'
import { kindOf } from '../change/kinds/kinds.ts'
import { objectPath } from '../cluster/object-path.ts'
import { type Change, type PatchChange, type Plan, quarantineLabel } from '../change/plan.ts'
import type { StepReport } from '../change/reports.ts'
import { inParallel } from '../cluster/in-parallel.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { getObject } from '../cluster/write.ts'
import { SecureError } from '../errors.ts'

/** A part of the cut that is not there any more. `all`: without it nothing cuts the pods that it is about. */
export type TakenBack = { change: string; namespace?: string; uid?: string; all: boolean; why: string }

/**
 * What somebody (an operator, GitOps, whoever took the pod over) has taken back since it was made: policies and labels are looked at again,
 * after all proofs, since what was computed rests on them. Throws SecureError `interrupted` alone; what cannot be read counts as gone.
 */
export async function takenBack(cluster: Cluster, plan: Plan, steps: StepReport[]): Promise<TakenBack[]> {
  const made = new Map(
    steps.filter(({ state }) => state === 'applied' || state === 'already').map((step) => [step.change, step]),
  )
  const cut = plan.changes.filter(({ id, temporary }) => !temporary && made.has(id))
  const uids = new Map([...made].flatMap(([id, { ref }]) => (ref.uid === undefined ? [] : [[id, ref.uid] as const])))
  const looks = await inParallel(cut, async (change): Promise<TakenBack[]> => {
    const { namespace } = change.ref
    const head = { change: change.id, ...(namespace !== undefined && { namespace }) }
    try {
      if (change.do === 'patch' && change.ref.resource === 'pods')
        return (await lookAtLabels(cluster, plan, change)).map((found) => ({ ...head, uid: change.ref.uid, ...found }))
      const why = change.do === 'create' ? await lookAtPolicy(cluster, plan, change, uids) : undefined
      return why === undefined ? [] : [{ ...head, all: change.id.startsWith('deny-'), why }]
    } catch (error) {
      if (!(error instanceof SecureError) || error.code === 'interrupted') throw error
      const uid = 'uid' in change.ref ? { uid: change.ref.uid } : {}
      return [
        { ...head, ...uid, all: false, why: `whether ${change.id} is still there cannot be told: ${error.message}` },
      ]
    }
  })
  return looks.flat()
}

async function lookAtPolicy(
  cluster: Cluster,
  plan: Plan,
  change: Change,
  uids: ReadonlyMap<string, string>,
): Promise<string | undefined> {
  const { state, why } = await kindOf(change).look({ cluster, planId: plan.id, uids }, change)
  return state === 'after' ? undefined : `somebody has taken ${change.id} back: ${why ?? 'it is not there any more'}`
}

// Annotations keep autoscalers away, and cut nothing.
async function lookAtLabels(
  cluster: Cluster,
  plan: Plan,
  { id, ref, edits }: PatchChange,
): Promise<Pick<TakenBack, 'all' | 'why'>[]> {
  const pod = await getObject(cluster, objectPath(ref))
  if (!pod || pod.metadata.uid !== ref.uid) {
    return [{ all: false, why: 'the pod is gone: what has come in its place, if anything has, is not cut off' }]
  }
  return edits
    .filter((edit) => edit.path[1] === 'labels' && stateOf(pod, edit) !== 'after')
    .map(({ path }) => {
      const label = path.at(-1) ?? ''
      const all = label === quarantineLabel(plan.id)
      return { all, why: `somebody has taken ${id} back: the label ${label} is ${all ? 'off' : 'on'} the pod again` }
    })
}
