import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Engine, openEngine } from '../../../src/change/engine.ts'
import { findRun } from '../../../src/change/find-run.ts'
import { undoRun } from '../../../src/change/runs.ts'
import type { RunReport } from '../../../src/change/reports.ts'
import type { Cluster } from '../../../src/cluster/cluster.ts'
import { carryOutIsolation } from '../../../src/isolation/carry-out.ts'
import { refusalOf } from '../../../src/change/refusal.ts'
import { prepareIsolation } from '../../../src/isolation/prepare.ts'
import { releaseFirst } from '../../../src/isolation/release.ts'
import type { IsolationReport } from '../../../src/isolation/report.ts'
import type { IsolateRequest } from '../../../src/isolation/request.ts'
import type { TargetQuery } from '../../../src/isolation/scene.ts'
import { image, stateNamespace } from './stage.ts'

export async function engineFor(
  cluster: Cluster,
  stateDir = mkdtempSync(join(tmpdir(), 'ks-state-')),
): Promise<Engine> {
  const around = { stateDir, stateNamespace, holder: 'tester@here', now: () => new Date(), warn: () => {} }
  return await openEngine(cluster, around)
}

/** The whole of `isolate`, without its command line. */
export async function isolate(
  engine: Engine,
  query: TargetQuery,
  options: IsolateRequest['options'] = {},
): Promise<IsolationReport> {
  const since = Date.now()
  const prepared = await prepareIsolation(engine, { query, options, command: ['isolate'], image })
  const refused = refusalOf(prepared.preflight)
  if (refused) throw refused
  return await carryOutIsolation(engine, prepared, { since })
}

export async function undo(engine: Engine, id: string, more: { restoreOwnership?: boolean } = {}): Promise<RunReport> {
  const run = await findRun(engine, id)
  return await undoRun(engine, run, { ...more, first: releaseFirst(engine, run, image) })
}
