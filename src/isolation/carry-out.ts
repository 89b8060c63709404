import { startRun } from '../change/active-run.ts'
import type { Engine } from '../change/engine.ts'
import type { QuickEvidence } from '../evidence/quick.ts'
import { apiVersion } from '../snapshot/snapshot.ts'
import { accountsOf } from './accounts.ts'
import { canLift } from './can-lift.ts'
import { computeAll, factsOf } from './facts.ts'
import { gatesOf } from './gates.ts'
import { proverOf } from './prove.ts'
import type { IsolationReport, PodIsolation } from './report.ts'
import type { Prepared } from './request.ts'
import { tokenWarnings } from './revoked-tokens.ts'
import { takenBack } from './still-made.ts'
import { verdictOf, verdictOfAll } from './verdict.ts'
import { warningsOf } from './warnings-around.ts'

export type CarryOut = {
  /** Collects quick evidence; begun when the cut is made, so that it never delays it, unless it is to come first. */
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
  const { plan, scene, isolation, cut, request } = prepared
  const { cluster } = engine
  let cutAt: number | undefined
  let collecting: Promise<QuickEvidence> | undefined
  // Nobody waits for it yet: that it fails is told where it is awaited.
  const collect = () => void (collecting ??= evidence?.())?.catch(() => {})
  const lastLabel = plan.changes.findLast(({ id }) => id.startsWith('label-'))?.id
  const watched: Engine = {
    ...engine,
    onStep(step) {
      if (step.change === lastLabel && step.state === 'applied') {
        cutAt = Date.now()
        collect()
      }
      engine.onStep?.(step)
    },
  }
  if (request.options.evidenceFirst) collect()
  await collecting
  const run = await startRun(watched, plan)
  try {
    const prover = proverOf(cluster, prepared, run)
    progress('cutting off')
    await run.apply(gatesOf(engine, plan, () => prover.probes()))
    collect()
    progress('proving it')
    const [found, lives, tried, tokens, quick] = await Promise.all([
      prover.surroundings(),
      prover.lives(),
      prover.probes(),
      tokenWarnings(cluster, plan),
      collecting,
    ])
    const computed = computeAll(prepared, found, run.steps())
    const taken = await takenBack(cluster, plan, run.steps())
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
        ...verdictOf(factsOf(entry, run.steps(), plan, proofs, { raw: cut.get(uid)?.pod, taken })),
        ...proofs,
      }
    })
    // Of pods that have ended nothing is left to cut; alone they are no isolation.
    const alive = pods.filter((_, index) => isolation.pods[index]?.standing !== 'ended')
    const verdict = ofTarget(prepared, verdictOfAll(alive.length > 0 ? alive : pods))
    progress('removing the canaries')
    await run.cleanUp()
    await run.note('verdict', {
      ...verdict,
      pods: pods.map(({ name, verdict: each }) => ({ name, verdict: each })),
    })
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
    // What was made for the proof alone is not left behind; where even that fails, the journal knows of it.
    await run.cleanUp().catch(() => {})
    await run.close().catch(() => {})
    throw error
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
