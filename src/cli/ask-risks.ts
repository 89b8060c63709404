import { readFile } from 'node:fs/promises'
import { bootstrapOf } from '../attack/bootstrap.ts'
import { buildGraph } from '../attack/build.ts'
import { lookupsOf } from '../attack/lookups.ts'
import type { AttackWorld } from '../attack/model.ts'
import { worldWith } from '../attack/target-world.ts'
import type { ConnectionOptions } from '../cluster/connect.ts'
import { SecureError, whyUnread } from '../errors.ts'
import { allRules } from '../risks/catalogue.ts'
import type { Exception } from '../risks/exception-entry.ts'
import type { RisksReport } from '../risks/finding.ts'
import type { Baseline } from '../risks/read-baseline.ts'
import { reportOf } from '../risks/report.ts'
import { risksOf } from '../risks/risks.ts'
import { bootstrapRbac } from '../snapshot/defaults/defaults.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { withAttackWorld } from './attack-world.ts'
import type { SnapshotFlags } from './evidence-source.ts'
import { keepHeapTight } from './memory.ts'

export type RisksRequest = {
  namespace?: string | undefined
  baseline?: string | undefined
  exceptions?: string | undefined
}

/** The whole of risks: what is compared with is read first, so that a file of nonsense ends it before the cluster is asked. */
export async function askRisks(
  flags: SnapshotFlags,
  connection: ConnectionOptions,
  { namespace, ...files }: RisksRequest,
): Promise<{ report: RisksReport; source: Snapshot['source'] }> {
  keepHeapTight()
  const [baseline, exceptions] = await Promise.all([baselineIn(files.baseline), exceptionsIn(files.exceptions)])
  if (baseline && files.baseline !== undefined && baseline.query.namespace !== namespace) {
    const about = ({ namespace }: { namespace?: string | undefined }) =>
      namespace === undefined ? 'the whole cluster' : `namespace ${namespace}`
    throw new SecureError(
      'usage',
      `baseline ${files.baseline}: it is about ${about(baseline.query)}, the question about ${about({ namespace })}`,
      {
        hint: 'ask with the same -n as for the baseline',
      },
    )
  }
  const { gaps, notes, ...world } = await withAttackWorld(flags, connection)
  if (namespace !== undefined) notes.push(...namespaceNotes(namespace, world))
  const [bootstrap, { roles: defaults }] = await Promise.all([
    bootstrapOf(world.snapshot, world.state.version),
    bootstrapRbac(),
  ])
  const risks = risksOf({ world, graph: buildGraph(world), bootstrap, defaults, namespace })
  const today = new Date().toISOString().slice(0, 10)
  const options = { namespace, gaps, notes: [...notes, ...bootstrap.notes], baseline, exceptions, today }
  return { report: reportOf(risks, options), source: world.snapshot.source }
}

// No findings in a namespace that is not there would read as all being well.
function namespaceNotes(namespace: string, world: AttackWorld): string[] {
  if (lookupsOf(world).namespaces.includes(namespace)) return []
  return worldWith({ kind: 'namespace', namespace }, world, `-n ${namespace}`).notes
}

async function baselineIn(path: string | undefined): Promise<Baseline | undefined> {
  if (path === undefined) return undefined
  const [{ readBaseline }, text] = await Promise.all([import('../risks/read-baseline.ts'), textOf(path, 'baseline')])
  return readBaseline(text, path)
}

async function exceptionsIn(path: string | undefined): Promise<Exception[] | undefined> {
  if (path === undefined) return undefined
  const [{ readExceptions }, text] = await Promise.all([
    import('../risks/read-exceptions.ts'),
    textOf(path, 'exceptions'),
  ])
  return await readExceptions(text, path, new Set(allRules().map(({ id }) => id)))
}

async function textOf(path: string, what: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new SecureError('usage', `${what} ${path}: ${whyUnread(error)}`, { cause: error })
  }
}
