import type { ActiveRun } from '../change/active-run.ts'
import type { Cluster } from '../cluster/cluster.ts'
import type { Canaries } from './canary.ts'
import { expectedOf } from './expected.ts'
import { objectsBefore, readingOf } from './facts.ts'
import { severResult } from './live.ts'
import { runProbe } from './probe.ts'
import type { LiveReport, ProbeReport } from './report.ts'
import type { CutPod, Prepared } from './request.ts'
import { readForVerdict, type Surroundings } from './surroundings.ts'

/** What is seen of the pods of a run, each thing once, whoever asks first. */
export type Prover = {
  surroundings(): Promise<Surroundings>
  /** Of every pod that is cut off, in their order. */
  probes(): Promise<ProbeReport[]>
  lives(): Promise<LiveReport[]>
}

export function proverOf(cluster: Cluster, prepared: Prepared, run: ActiveRun): Prover {
  const { plan, scene, cut, peers } = prepared
  let around: Promise<Surroundings> | undefined
  const tries = new Map<string, Promise<ProbeReport>>()
  const surroundings = async () => await (around ??= readForVerdict(cluster, scene))

  const tryTwin = async (canaries: Canaries): Promise<ProbeReport> => {
    const names = new Set([canaries.twin, canaries.a, canaries.b].map(({ name }) => name))
    const failed = run.steps().find(({ ref, state }) => state === 'failed' && names.has(ref.name))
    if (failed || !plan.changes.some(({ ref }) => ref.name === canaries.twin.name)) {
      return {
        result: 'inconclusive',
        why: failed?.why ?? 'the canaries of the probe may not be made',
        node: canaries.node,
        tries: [],
      }
    }
    const found = await surroundings()
    const expects = expectedOf(objectsBefore(prepared, found), plan.changes, canaries, readingOf(found))
    const { allowTo = [] } = prepared.request.options
    return await runProbe(cluster, { canaries, expects, skipNode: allowTo.length > 0, pods: cut.size })
  }
  const probe = async ({ canaries }: CutPod): Promise<ProbeReport> => {
    if ('impossible' in canaries) return { result: 'inconclusive', why: canaries.impossible, node: '', tries: [] }
    const known = tries.get(canaries.twin.name) ?? tryTwin(canaries)
    tries.set(canaries.twin.name, known)
    return await known
  }
  const live = async ({ pod, sever }: CutPod): Promise<LiveReport> => {
    if ('why' in sever) return { result: 'not-tried', why: sever.why, alive: [], canUndo: [] }
    const isIts = (how: string) => (how === 'subresource') === (sever.way === 'ephemeral container')
    const step = run
      .steps()
      .find(
        ({ change, ref, do: how }) =>
          ref.name === sever.pod && ref.namespace === sever.namespace && isIts(how) && change.startsWith('sever-'),
      )
    if (step?.state === 'applied') return await severResult(cluster, pod, sever, { peers })
    return {
      result: 'unknown',
      why: `live connections were not cut: ${step?.why ?? 'it would have been refused'}`,
      alive: [],
      canUndo: [],
    }
  }
  return {
    surroundings,
    probes: async () => await Promise.all([...cut.values()].map(probe)),
    lives: async () => await Promise.all([...cut.values()].map(live)),
  }
}
