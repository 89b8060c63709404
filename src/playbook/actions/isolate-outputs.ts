import type { Recorded } from '../../change/journal/journal.ts'
import type { Plan, SubresourceChange } from '../../change/plan.ts'
import type { Cluster } from '../../cluster/cluster.ts'
import type { IsolationReport } from '../../isolation/report.ts'
import type { ActionContext, Pinned } from '../model.ts'

export const partOf = ({ namespace, name: called, uid }: { namespace: string; name: string; uid: string }) => ({
  namespace,
  name: called,
  uid,
})

/** What an isolation gave, for a playbook. */
export function outputsOf({ verdict, reasons, pods, warnings, canLift }: IsolationReport) {
  return {
    verdict,
    isolated: verdict === 'ISOLATED',
    enforced: pods.length > 0 && pods.every(({ probe }) => probe.result === 'enforced'),
    severed: pods.length > 0 && pods.every(({ live }) => live.result === 'severed'),
    connections: pods.map(({ live, ...pod }) => connection(partOf(pod), live)),
    pods: pods.map((pod): Pinned => ({ kind: 'Pod', ...partOf(pod) })),
    reasons,
    warnings: warnings.map(({ text }) => text),
    canLift: canLift.map(({ subject }) => subject),
  }
}

type Live = IsolationReport['pods'][number]['live']

const connection = (pod: { namespace: string; name: string }, live: Live) => ({
  pod: `${pod.namespace}/${pod.name}`,
  result: live.result,
  why: live.why,
  before: live.before ?? null,
  destroyed: live.destroyed ?? null,
  alive: live.alive.slice(0, 50),
})

/** What is known of an isolation by its journal alone, and by the logs of what cut connections in its pods. */
export async function outputsAfter(
  { engine: { cluster } }: ActionContext,
  plan: Plan,
  entries: readonly Recorded[],
  warnings: string[],
) {
  const notes = entries.filter((entry) => entry.type === 'note')
  const checks = notes.filter(({ kind }) => kind === 'gate').map(({ data }) => data as { gate: string; ok: boolean })
  const said = notes.findLast(({ kind }) => kind === 'verdict')?.data as
    | Pick<IsolationReport, 'verdict' | 'reasons'>
    | undefined
  const cuts = plan.changes.filter((one) => one.do === 'subresource')
  const lives = await Promise.all(cuts.map(async (cut) => await liveOf(cluster, cut)))
  const pods = plan.changes.flatMap(({ ref, id }): Pinned[] =>
    'uid' in ref && /^label-\d+$/.test(id) ? [{ kind: 'Pod', ...partOf({ namespace: '', ...ref }) }] : [],
  )
  return {
    verdict: said?.verdict ?? 'UNKNOWN',
    isolated: said?.verdict === 'ISOLATED',
    enforced: said?.verdict === 'ISOLATED' || checks.some(({ gate, ok }) => gate === 'enforced' && ok) || null,
    severed: said?.verdict === 'ISOLATED' || (pods.length > 0 && isSevered(pods, lives)),
    connections: lives.map(({ pod, live }) => connection(pod, live)),
    pods,
    reasons: said?.reasons ?? ['the run was cut off before it was proved: ask isolation.status, and reach'],
    warnings,
    canLift: [],
  }
}

async function liveOf(cluster: Cluster, { ref, container }: SubresourceChange) {
  const [{ severResult }, { getObject }, { podPath }] = await Promise.all([
    import('../../isolation/live.ts'),
    import('../../cluster/write.ts'),
    import('../../cluster/object-path.ts'),
  ])
  const { namespace = '', name: called, uid } = ref
  const pod = { namespace, name: called }
  const raw = await getObject(cluster, podPath(namespace, called))
  const gone: Live = { result: 'severed', why: 'the pod is gone', alive: [], canUndo: [] }
  if (raw?.metadata.uid !== uid) return { pod, uid, live: gone }
  const way = 'ephemeral container' as const
  return {
    pod,
    uid,
    live: await severResult(cluster, raw, { way, ...pod, pod: called, uid, container: container.name }),
  }
}

function isSevered(pods: readonly Pinned[], lives: readonly { uid: string; live: Live }[]): boolean {
  return pods.every(({ uid }) => lives.some((one) => one.uid === uid && one.live.result === 'severed'))
}
