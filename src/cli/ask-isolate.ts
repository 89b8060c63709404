import type { Engine } from '../change/engine.ts'
import { collectQuick, type QuickEvidence } from '../evidence/quick.ts'
import { carryOutIsolation } from '../isolation/carry-out.ts'
import { peerText } from '../isolation/peers.ts'
import type { IsolationReport } from '../isolation/report.ts'
import { prepareIsolation } from '../isolation/prepare.ts'
import type { IsolateRequest, Prepared } from '../isolation/request.ts'
import { evidenceAround } from './evidence-around.ts'
import { startPhases } from './phases.ts'

/** Reads, plans and rehearses; writes nothing. */
export async function prepare(engine: Engine, request: IsolateRequest): Promise<Prepared> {
  const phases = startPhases()
  phases.enter('reading what the cut needs, and rehearsing it')
  return await prepareIsolation(engine, request).finally(phases.stop)
}

/** Cuts and proves, with the quick evidence beside it in a new folder of the working directory. */
export async function isolate(engine: Engine, prepared: Prepared, since: number): Promise<IsolationReport> {
  const phases = startPhases()
  const evidence = async () => await quickEvidence(engine, prepared)
  const report = await carryOutIsolation(engine, prepared, { evidence, progress: phases.enter, since }).finally(
    phases.stop,
  )
  const { allowFrom = [], allowTo = [] } = prepared.request.options
  const exceptions = [
    ...allowFrom.map((peer) => `in from ${peerText(peer)}`),
    ...allowTo.map((peer) => `out to ${peerText(peer)}`),
  ]
  return exceptions.length === 0 ? report : { ...report, exceptions }
}

// That the disk is full is no reason not to say how the cut went.
async function quickEvidence({ cluster }: Engine, { plan, scene }: Prepared): Promise<QuickEvidence> {
  const parent = process.cwd()
  try {
    return await collectQuick(cluster, scene.pods.map(quickTarget), parent, {
      ...evidenceAround(`evidence-${plan.id}`, plan.command),
      incident: plan.incident,
    })
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return { directory: parent, complete: false, missing: [`everything: ${why}`] }
  }
}

function quickTarget(pod: Record<string, unknown>) {
  return pod['metadata'] as { name: string; namespace: string; uid: string }
}
