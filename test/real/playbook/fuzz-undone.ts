import { isDeepStrictEqual } from 'node:util'
import type { Engine } from '../../../src/change/engine.ts'
import { type Plan, planLabel } from '../../../src/change/plan.ts'
import type { Cluster } from '../../../src/cluster/cluster.ts'
import { objectPath } from '../../../src/cluster/object-path.ts'
import { type ApiObject, getObject } from '../../../src/cluster/write.ts'
import { findRun } from '../../../src/change/find-run.ts'
import { listRuns } from '../../../src/playbook/run/list.ts'
import { undoPlaybook } from '../../../src/playbook/run/undo.ts'
import { image } from '../change/matrix/engine.ts'
import { type Picture, pictureOf } from '../change/matrix/picture.ts'
import type { Place } from '../change/matrix/stage.ts'
import { isInForce } from '../change/matrix/truth.ts'

/** Takes back all runs of an engine: what is left of plans that are said to be undone, in words, and how many are. */
export async function takenBack(
  engine: Engine,
  cluster: Cluster,
  place: Place,
  before: Picture,
): Promise<{ wrong: string[]; undone: number }> {
  const wrong: string[] = []
  let undone = 0
  for (const { runId } of await listRuns(engine.stateDir, engine.clusterId)) {
    const { state, steps } = await undoPlaybook(engine, runId, { image })
    for (const { planId, step, report } of steps) {
      // Nobody else has changed anything: nothing stands in its way.
      if (report.state !== 'undone') {
        const left = report.steps.filter((one) => one.state !== 'undone')
        wrong.push(`${step} is taken back as ${report.state}: ${JSON.stringify(left)} ${report.warnings.join('; ')}`)
        continue
      }
      undone += 1
      wrong.push(...(await leftOf(cluster, planId)))
      if (state === 'undone') wrong.push(...(await inForce(engine, (await findRun(engine, planId)).plan)))
    }
    if (state === 'undone' && steps.length > 0) {
      wrong.push(...(await records(cluster, place)))
      wrong.push(...compared(before, await pictureOf(cluster, place)))
    }
  }
  return { wrong, undone }
}

const everywhere = [
  ...['pods', 'services', 'secrets', 'configmaps', 'serviceaccounts', 'resourcequotas', 'limitranges'].map(
    (one) => `/api/v1/${one}`,
  ),
  '/apis/networking.k8s.io/v1/networkpolicies',
  '/apis/rbac.authorization.k8s.io/v1/rolebindings',
  '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
  '/apis/coordination.k8s.io/v1/leases',
  '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies',
  '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings',
]

// All that a plan makes has its id.
async function leftOf(cluster: Cluster, planId: string): Promise<string[]> {
  const query = `labelSelector=${encodeURIComponent(`${planLabel}=${planId}`)}`
  const lists = await Promise.all(
    everywhere.map(
      async (path) => await cluster.json<{ kind: string; items: ApiObject[] }>({ path: `${path}?${query}` }),
    ),
  )
  return lists.flatMap(({ kind, items }) =>
    items.map(({ metadata }) => `plan ${planId} is undone, and left ${kind} ${metadata.namespace}/${metadata.name}`),
  )
}

async function inForce(engine: Engine, plan: Plan): Promise<string[]> {
  const found = await Promise.all(
    plan.changes.map(async (change) => {
      if (change.do === 'subresource' || change.do === 'evict') return []
      if (change.do === 'delete')
        return (await getObject(engine.cluster, objectPath(change.ref)))
          ? []
          : [`${change.id} is undone, and ${change.ref.kind} ${change.ref.name} is not there`]
      return (await isInForce(engine, change)) === true
        ? [`${change.id} of ${plan.id} is undone, and in force: ${JSON.stringify(change)}`]
        : []
    }),
  )
  return found.flat()
}

async function records(cluster: Cluster, { responder: { stateNamespace } }: Place): Promise<string[]> {
  const paths = [
    `/api/v1/namespaces/${stateNamespace}/secrets`,
    `/apis/coordination.k8s.io/v1/namespaces/${stateNamespace}/leases`,
  ]
  const lists = await Promise.all(paths.map(async (path) => await cluster.json<{ items: ApiObject[] }>({ path })))
  return lists.flatMap(({ items }) => items.map(({ metadata }) => `a record is left: ${metadata.name}`))
}

// What controllers make; and tokens, of which is said before that they do not come back.
const isOther = ({ kind, type }: ApiObject & { type?: string }): boolean =>
  ['Pod', 'ReplicaSet', 'ControllerRevision', 'Job'].includes(kind) || type === 'kubernetes.io/service-account-token'

function compared(before: Picture, after: Picture): string[] {
  const [was, is] = [before, after].map(
    (picture) =>
      new Map(
        [...picture.values()]
          .filter((one) => !isOther(one))
          .map((one) => [`${one.kind} ${one.metadata.name}`, essence(one)]),
      ),
  )
  return [...new Set([...(was?.keys() ?? []), ...(is?.keys() ?? [])])].flatMap((name) => {
    const [old, now] = [was?.get(name), is?.get(name)]
    return isDeepStrictEqual(old, now)
      ? []
      : [`all is undone, and ${name}: ${JSON.stringify(old)} became ${JSON.stringify(now)}`]
  })
}

// What somebody made of it: neither what the server counts, nor what a controller says.
function essence({ metadata, status: _status, subjects, ...rest }: ApiObject): unknown {
  const { 'deployment.kubernetes.io/revision': _revision, ...annotations } = (metadata['annotations'] ?? {}) as Record<
    string,
    string
  >
  const sorted = (subjects as object[] | undefined)?.map((one) => JSON.stringify(one)).toSorted()
  return { ...rest, subjects: sorted, labels: metadata['labels'], annotations }
}
