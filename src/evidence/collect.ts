import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Facts } from '../bundle/entry.ts'
import type { Engine } from '../change/engine.ts'
import { rolesFor } from '../change/rights.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { openClock } from './clock.ts'
import { limiter } from './limiter.ts'
import { watchNodeClocks } from './node-clocks.ts'
import { type Around, beginCase, type Opened, resumeCase } from './open.ts'
import { collectProfile } from './profile.ts'
import { recorderOf } from './recorder.ts'
import type { CollectReport, CollectRequest } from './request.ts'
import { type Run, runOf } from './run.ts'
import { newTally, type Tally } from './tally.ts'

const perNode = 2

export type Collecting = Around & {
  /** Undefined: go on with the case that is in the directory. */
  request: CollectRequest | undefined
  /** Whether Ctrl-C was pressed. */
  isOver?: () => boolean
  onBegin?: (tally: Tally) => void
  /** For `volatile` alone. */
  engine?: Engine | undefined
}

/**
 * Collects evidence into a directory: a case that `seal` makes a bundle of. What is refused or fails is a gap, and what there is stays,
 * whatever happens. Throws SecureError: the cluster does not answer at all, or the disk takes no more (`journal`).
 */
export async function collect(cluster: Cluster, collecting: Collecting): Promise<CollectReport> {
  const clock = openClock()
  const rows: Facts[] = []
  let failure: { error: unknown } | undefined
  let write = (row: Facts): void => void rows.push(row)
  const recorder = recorderOf(cluster, (row) => write(row), clock)
  const { directory, request } = collecting
  const opened: Opened = request
    ? await beginCase(recorder.cluster, request, collecting)
    : await resumeCase(recorder.cluster, directory)
  const { evidence } = opened
  try {
    write = (row) => evidence.request(row)
    for (const row of rows) write(row)
    const limit = limiter(opened.request.concurrency, perNode)
    const tally = newTally()
    collecting.onBegin?.(tally)
    const run = runOf(
      { ...opened, recorder, limit, tally, engine: collecting.engine },
      collecting.isOver ?? (() => false),
    )
    const nodes = opened.request.profile === 'quick' ? undefined : watchNodeClocks(run.cluster)
    try {
      await collectProfile(run)
    } finally {
      const clocks = { ...clock.facts(), ...(nodes && { nodes: await nodes.stop() }) }
      await writeCustody(run, clocks).catch((error: unknown) => (failure ??= { error }))
    }
    const report = reportOf(run)
    await evidence.note('end', { status: report.status, ...(run.stopped !== undefined && { stopped: run.stopped }) })
    if (failure) throw failure.error
    return report
  } finally {
    await evidence.close()
  }
}

async function writeCustody(run: Run, clock: Facts): Promise<void> {
  const { evidence, recorder } = run
  // A document is written once: each session has its own.
  const free = (name: string) => {
    for (let count = 1; ; count++) {
      const numbered = count === 1 ? name : `${name}-${count}`
      if (!existsSync(join(evidence.dir, 'custody', `${numbered}.json`))) return numbered
    }
  }
  const environment = { platform: `${process.platform}/${process.arch}`, node: process.version, pid: process.pid }
  await evidence.document(free('clock'), clock)
  await evidence.document(free('environment'), { ...environment, server: recorder.peer ?? null })
  const roles = missingRoles(run)
  if (roles.length > 0) await evidence.document(free('missing-roles'), roles)
}

function missingRoles({ gaps }: Run): Facts[] {
  const rights = gaps.flatMap(({ right }) => (right ? [right] : []))
  return rolesFor(rights, 'kubectl-secure-evidence')
}

function reportOf(run: Run): CollectReport {
  const { evidence, gaps, recorder } = run
  const kept = [...evidence.kept()]
  const bytes = kept.reduce((sum, one) => sum + one.bytes, 0)
  // What a server says to anybody is no evidence of anything.
  const found = kept.filter(({ path, cut }) => cut === undefined && path?.[0] !== 'api-server')
  const status = found.length === 0 ? 'failed' : gaps.length > 0 ? 'partial' : 'complete'
  return {
    directory: evidence.dir,
    status,
    artefacts: kept.length,
    bytes,
    requests: recorder.count,
    gaps,
    missingRoles: missingRoles(run),
  }
}
