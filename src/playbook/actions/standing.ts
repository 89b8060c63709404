import { knownRuns, type Run } from '../../change/find-run.ts'
import { quarantineLabel } from '../../change/plan.ts'
import { SecureError } from '../../errors.ts'
import type { Gap } from '../../snapshot/snapshot.ts'
import { question } from './define.ts'
import { gapOutputs, told } from './gaps.ts'
import { bindingTypes, may, policyTypes, roleTypes } from './rights.ts'

export const isolationStatus = question({
  name: 'isolation.status',
  summary: 'Whether an isolation is still in force, as the cluster stands now',
  with: {
    plan: { type: 'string', about: 'the plan of the isolation' },
    pod: { type: 'pod', about: 'instead: any isolation of this pod' },
  },
  outputs: {
    inForce: { type: 'bool', about: 'it was applied, and all of it is still as it was left' },
    plans: { type: 'list', about: 'the isolations that were looked at, by the ids of their plans' },
    drift: { type: 'list', about: 'what is not as it was left, as texts' },
    ...gapOutputs,
  },
  rights: ({ pod }, namespace) => [
    ...may('list', 'secrets leases.coordination.k8s.io', { namespace, optional: true }),
    ...may('get', 'pods', { namespace: pod?.namespace }),
    ...may('get', policyTypes, { namespace: pod?.namespace }),
  ],
  async ask({ engine }, { plan, pod }) {
    if ((plan === undefined) === (pod === undefined))
      throw new SecureError('usage', 'isolation.status needs either a plan or a pod')
    if (pod && pod.uid === undefined) throw new SecureError('usage', 'isolation.status: the pod has no uid')
    const { statusOf } = await import('../../change/status.ts')
    const known = await knownRuns(engine)
    const runs = known.runs.filter((run) => run.plan.id === plan || (pod && isolates(run, pod.uid)))
    const report = await statusOf(engine, { runs, gaps: known.gaps })
    // A record of no changes is nobody's isolation, whatever it says of itself.
    const standing = report.runs.filter(({ state, steps }) => state === 'applied' && steps.length > 0)
    // A gap hides isolations; it does not undo one that is there.
    return {
      inForce: standing.some(({ drift }) => drift.length === 0),
      plans: report.runs.map((run) => run.plan),
      drift: report.runs.flatMap(({ drift }) => drift),
      ...told(report.gaps),
    }
  },
})

// By the mark that it puts on the pod.
function isolates({ plan }: Run, uid: string | undefined): boolean {
  const mark = quarantineLabel(plan.id)
  return plan.changes.some(
    (change) =>
      change.do === 'patch' && change.ref.uid === uid && change.edits.some(({ path }) => path.at(-1) === mark),
  )
}

export const lockdownStatus = question({
  name: 'lockdown.status',
  summary: 'Whether a namespace is still as closed as its lockdown left it',
  with: { namespace: { type: 'namespace', required: true, about: 'the namespace' } },
  outputs: {
    inForce: { type: 'bool', about: 'it is, surely' },
    closed: { type: 'string', about: 'yes, no or unknown' },
    plans: { type: 'list', about: 'the lockdowns of it, by the ids of their plans' },
    drift: { type: 'list', about: 'what is not as it was left, and what others have opened, as texts' },
    ...gapOutputs,
  },
  rights: ({ namespace }, stateNamespace) => [
    ...may('list', 'secrets leases.coordination.k8s.io', { namespace: stateNamespace, optional: true }),
    ...may('get', 'namespaces', { name: namespace?.name }),
    ...may('list', `pods namespaces nodes ${policyTypes} ${bindingTypes} ${roleTypes}`, { optional: true }),
  ],
  async ask({ engine }, { namespace: { name } }) {
    const [{ lookAtLockdowns }, { isClosed }] = await Promise.all([
      import('../../lockdown/look.ts'),
      import('../../lockdown/status.ts'),
    ])
    const report = await lookAtLockdowns(engine, [name])
    const runs = report.namespaces.flatMap((one) => one.runs)
    const closed = isClosed(report)
    const gaps: Gap[] = report.gaps
    return {
      inForce: closed === 'yes',
      closed,
      plans: runs.map(({ plan }) => plan),
      drift: runs.flatMap(({ drift, open }) => [...drift, ...open.map((one) => one.text)]),
      ...told(gaps),
    }
  },
})
