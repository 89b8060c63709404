import { findRun } from '../../../src/change/find-run.ts'
import { refusalOf } from '../../../src/change/refusal.ts'
import type { RunReport } from '../../../src/change/reports.ts'
import { undoRun } from '../../../src/change/runs.ts'
import type { Engine } from '../../../src/change/engine.ts'
import type { Cluster } from '../../../src/cluster/cluster.ts'
import type { ApiObject } from '../../../src/cluster/write.ts'
import { carryOutLockdown } from '../../../src/lockdown/carry-out.ts'
import { type LockdownOptions, parts } from '../../../src/lockdown/model.ts'
import { prepareLockdown } from '../../../src/lockdown/prepare.ts'
import type { LockdownReport } from '../../../src/lockdown/report.ts'
import type { LockdownRequest, PreparedLockdown } from '../../../src/lockdown/request.ts'
import { image } from '../isolation/stage.ts'

export function requestOf(namespaces: string[], more: Partial<LockdownOptions> = {}): LockdownRequest {
  const options = { level: 'baseline' as const, parts, asked: [], observed: [], force: false, ...more }
  return { namespaces, options, command: ['lockdown', ...namespaces, '--level', options.level], image }
}

/** The whole of `lockdown`, without its command line. */
export async function lockdown(
  engine: Engine,
  namespaces: string[],
  more: Partial<LockdownOptions> = {},
): Promise<{ prepared: PreparedLockdown; report: LockdownReport }> {
  const prepared = await prepareLockdown(engine, requestOf(namespaces, more))
  const refused = refusalOf(prepared.preflight)
  if (refused) throw refused
  return { prepared, report: await carryOutLockdown(engine, prepared) }
}

export async function undo(engine: Engine, id: string): Promise<RunReport> {
  return await undoRun(engine, await findRun(engine, id))
}

const kinds = [
  ...['services', 'serviceaccounts', 'configmaps', 'limitranges', 'resourcequotas', 'secrets', 'pods'].map(
    (name) => `v1/${name}`,
  ),
  ...['deployments', 'statefulsets', 'daemonsets', 'replicasets'].map((name) => `apps/v1/${name}`),
  ...['jobs', 'cronjobs'].map((name) => `batch/v1/${name}`),
  ...['roles', 'rolebindings'].map((name) => `rbac.authorization.k8s.io/v1/${name}`),
  'networking.k8s.io/v1/networkpolicies',
]

/** Every object of namespaces, and they themselves, without what the server counts and what controllers say of them. */
export async function essenceOf(cluster: Cluster, namespaces: string[]): Promise<Record<string, unknown>> {
  const lists = namespaces.flatMap((namespace) =>
    kinds.map(async (kind) => {
      const at = kind.lastIndexOf('/')
      const version = kind.slice(0, at)
      const base = version === 'v1' ? '/api/v1' : `/apis/${version}`
      const { items } = await cluster.json<{ items: ApiObject[] }>({
        path: `${base}/namespaces/${namespace}/${kind.slice(at + 1)}`,
      })
      return items.map((item) => [`${kind} ${namespace}/${item.metadata.name}`, bare(item)] as const)
    }),
  )
  const own = namespaces.map(async (name) => {
    const object = await cluster.json<ApiObject>({ path: `/api/v1/namespaces/${name}` })
    return [[`namespace ${name}`, bare(object)] as const]
  })
  return Object.fromEntries((await Promise.all([...lists, ...own])).flat())
}

function bare({ metadata, ...object }: ApiObject): unknown {
  const { resourceVersion: _version, generation: _generation, managedFields: _managed, ...rest } = metadata
  const { status: _status, ...whole } = object as typeof object & { status?: unknown }
  return { ...whole, metadata: rest }
}
