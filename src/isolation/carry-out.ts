import { startRun } from '../change/active-run.ts'
import type { Engine } from '../change/engine.ts'
import type { Json } from '../change/plan.ts'
import type { QuickEvidence } from '../evidence/quick.ts'
import { apiVersion } from '../snapshot/snapshot.ts'
import { accountsOf } from './accounts.ts'
import { canLift } from './can-lift.ts'
import { expectedOf } from './expected.ts'
import { computeAll, factsOf, objectsBefore, readingOf } from './facts.ts'
import { areReleased } from './gate-checks.ts'
import { severResult } from './live.ts'
import { runProbe } from './probe.ts'
import type { IsolationReport, LiveReport, PodIsolation, ProbeReport } from './report.ts'
import type { CutPod, Prepared } from './request.ts'
import { tokenWarnings } from './revoked-tokens.ts'
import { gates } from './scene.ts'
import { readForVerdict, type Surroundings } from './surroundings.ts'
import { verdictOf, verdictOfAll } from './verdict.ts'
import { warningsOf } from './warnings-around.ts'

export type CarryOut = {
  /** Collects quick evidence; begun together with the cut, which never waits for it unless asked to. */
  evidence?: () => Promise<QuickEvidence>
  progress?: (text: string) => void
  /** When the command began, for the timing. */
  since: number
}

/**
 * Applies a prepared isolation and proves it: policies computed, a twin tried, live connections watched. What was made for the
 * proof alone is removed before it returns, whatever happens. Throws SecureError where the journal or the cluster fails; what was done
 * until then is in the journal.
 */
export async function carryOutIsolation(
  engine: Engine,
  prepared: Prepared,
  { evidence, progress = () => {}, since }: CarryOut,
): Promise<IsolationReport> {
  const { plan, scene, isolation, cut, peers, request } = prepared
  const { cluster } = engine
  let cutAt: number | undefined
  const lastLabel = plan.changes.findLast(({ id }) => id.startsWith('label-'))?.id
  const watched: Engine = {
    ...engine,
    onStep(step) {
      if (step.change === lastLabel && step.state === 'applied') cutAt = Date.now()
      engine.onStep?.(step)
    },
  }
  const first = request.options.evidenceFirst ? await evidence?.() : undefined
  const run = await startRun(watched, plan)
  try {
    const collecting = first ? Promise.resolve(first) : evidence?.()
    // Nobody waits for it yet: that it fails is told where it is awaited.
    collecting?.catch(() => {})
    let around: Promise<Surroundings> | undefined
    const surroundings = async () => await (around ??= readForVerdict(cluster, scene))
    const probes = new Map<string, Promise<ProbeReport>>()
    const probe = async (uid: string, { canaries, pod }: CutPod): Promise<ProbeReport> => {
      if ('impossible' in canaries) return { result: 'inconclusive', why: canaries.impossible, node: '', tries: [] }
      const known = probes.get(uid)
      if (known) return await known
      const trying = (async () => {
        const failed = run
          .steps()
          .find(
            ({ ref, state }) =>
              state === 'failed' && [canaries.twin, canaries.a, canaries.b].some(({ name }) => name === ref.name),
          )
        const isPlanned = plan.changes.some(({ ref }) => ref.name === canaries.twin.name)
        if (failed || !isPlanned)
          return {
            result: 'inconclusive' as const,
            why: failed?.why ?? 'the canaries of the probe may not be made',
            node: canaries.node,
            tries: [],
          }
        progress(`trying connections beside ${String((pod['metadata'] as { name?: unknown }).name)}`)
        const found = await surroundings()
        return await runProbe(cluster, {
          canaries,
          expects: expectedOf(objectsBefore(prepared, found), plan.changes, canaries, readingOf(found)),
        })
      })()
      probes.set(uid, trying)
      return await trying
    }
    const proveAll = async () => await Promise.all([...cut].map(async ([uid, entry]) => await probe(uid, entry)))

    progress('cutting off')
    await run.apply({
      [gates.enforced]: async () => {
        const bad = (await proveAll()).find(({ result }) => result !== 'enforced')
        return bad ? { ok: false, why: bad.why } : { ok: true, why: 'the twins are cut off' }
      },
      [gates.released]: async () =>
        await areReleased(
          cluster,
          isolation.pods.filter(({ strip }) => strip.length > 0).map(({ ref }) => ref),
        ),
    })
    progress('proving it')
    const [found, lives, tried, tokens, quick] = await Promise.all([
      surroundings(),
      Promise.all([...cut.values()].map(async (entry) => await liveOf(entry))),
      proveAll(),
      tokenWarnings(cluster, plan),
      collecting,
    ])
    const computed = computeAll(prepared, found, run.steps())
    const uids = [...cut.keys()]
    const pods = isolation.pods.map((entry, index): PodIsolation => {
      const at = uids.indexOf(entry.ref.uid)
      const proofs = {
        computed: computed[index] ?? { open: [], cut: 0, complete: false, gaps: [] },
        probe: tried[at] ?? {
          result: 'inconclusive' as const,
          why: 'no policy reaches it',
          node: entry.node ?? '',
          tries: [],
        },
        live: lives[at] ?? { result: 'not-tried' as const, why: 'it cannot be cut off', alive: [], canUndo: [] },
      }
      const { namespace, name, uid } = entry.ref
      return {
        namespace,
        name,
        uid,
        ...(entry.node !== undefined && { node: entry.node }),
        ...verdictOf(factsOf(entry, run.steps(), plan, proofs)),
        ...proofs,
      }
    })
    const verdict = ofTarget(prepared, verdictOfAll(pods))
    progress('removing the canaries')
    await run.cleanUp()
    await run.note('verdict', {
      ...verdict,
      pods: pods.map(({ name, verdict: each }) => ({ name, verdict: each })),
    } as Json)
    return {
      apiVersion,
      kind: 'IsolationReport',
      plan: plan.id,
      ...(plan.incident !== undefined && { incident: plan.incident }),
      target: scene.target,
      ...verdict,
      pods,
      run: await run.close(),
      warnings: [...isolation.warnings, ...tokens, ...warningsOf(found, isolation.pods)],
      canLift: canLift(found.rbac, plan, accountsOf(isolation.pods)),
      undo: `kubectl secure undo ${plan.id}`,
      ...(quick && { evidence: quick }),
      timing: { ...(cutAt !== undefined && { cut: cutAt - since }), verdict: Date.now() - since },
    }
  } catch (error) {
    await run.close().catch(() => {})
    throw error
  }

  async function liveOf({ pod, sever }: CutPod): Promise<LiveReport> {
    if ('why' in sever) return { result: 'not-tried', why: sever.why, alive: [], canUndo: [] }
    const step = run
      .steps()
      .find(({ ref, do: how }) =>
        how === 'subresource' ? ref.name === sever.pod && sever.way === 'ephemeral container' : ref.name === sever.pod,
      )
    if (step?.state !== 'applied')
      return {
        result: 'unknown',
        why: `live connections were not cut: ${step?.why ?? 'it would have been refused'}`,
        alive: [],
        canUndo: [],
      }
    return await severResult(cluster, pod, sever, { peers })
  }
}

// Policies select pods: of the node itself, and of what runs on its network, nothing was cut.
function ofTarget(
  { scene }: Prepared,
  all: Pick<IsolationReport, 'verdict' | 'reasons'>,
): Pick<IsolationReport, 'verdict' | 'reasons'> {
  if (!scene.target.some(({ kind }) => kind === 'Node')) return all
  const reason =
    'a node itself is not isolated by policies on its pods: its processes and the pods on its network go on'
  return all.verdict === 'ISOLATED'
    ? { verdict: 'PARTIAL', reasons: [reason] }
    : { ...all, reasons: [...all.reasons, reason] }
}
