import type { Cluster } from '../../../../src/cluster/cluster.ts'
import type { ApiObject } from '../../../../src/cluster/write.ts'
import { drillNamespace } from '../../../../src/change/plan.ts'
import type { Recorded } from '../../../../src/playbook/run/entry.ts'
import { pictureOf } from '../../change/matrix/picture.ts'
import type { Place } from '../../change/matrix/stage.ts'
import type { Bench } from '../../change/matrix/trial.ts'

/** What is there when a run is over, in words that are the same of every run: nobody's ids, times and tokens. */
export type Seen = {
  /** Everything in the namespace and in those of drills, its node, and what was made cluster-wide. */
  objects: string[]
  /** Each step and how it ended. */
  steps: string[]
  /** Each write that the server carried out, but for those of the record; canaries are made anew by whoever goes on. */
  writes: string[]
  messages: string[]
  exits: string[]
  /** A cut was made and the proof of it cut off; it is not proved anew, and the run says so. */
  unproved: boolean
}
type Told = {
  entries: readonly Recorded[]
  plans: string[]
  messages: string[]
  by: string
  exit: number | 'killed' | 'over'
  runId: string
  /** The plans that were begun. */
  known: string[]
}

export async function asSeen(bench: Bench, place: Place, told: Told): Promise<Seen> {
  const plain = plainer(place, told)
  const spaces = [place.space, ...(await drillsOf(bench.cluster, told))]
  const pictures = await Promise.all(spaces.map(async (space) => await pictureOf(bench.cluster, { ...place, space })))
  const objects = [
    // Each has the node.
    ...new Map(pictures.flatMap((one) => [...one])).values(),
    ...(await clusterWide(bench.cluster, place, told)),
  ]
  const kept = await records(bench.cluster, place)
  return {
    objects: [...objects.map(essence), ...kept].map(plain).toSorted(),
    steps: [...ends(told.entries).map(plain), `${told.known.length} plans`],
    writes: bench.audit
      .as(told.by)
      .filter(
        ({ uri, name }) => !uri.includes(place.responder.stateNamespace) && name !== place.responder.stateNamespace,
      )
      .filter(({ uri }) => !/^\/apis\/auth(entication|orization)\.k8s\.io\//.test(uri))
      .filter(({ name }) => !/-(twin|control-[ab])(-\d+)*$/.test(name))
      .map(({ verb, resource, subresource, uri }) => plain(`${verb} ${resource}/${subresource} ${uri.split('?')[0]}`))
      .toSorted(),
    messages: told.messages.map(plain),
    exits: [String(told.exit)],
    unproved: told.entries.some((entry) => entry.type === 'done' && isUnproved(entry.outputs)),
  }
}

const ends = (entries: readonly Recorded[]): string[] => {
  const last = new Map<string, string>()
  for (const entry of entries)
    if (entry.type === 'done')
      last.set(
        entry.step,
        `${entry.step} ${entry.outcome} ${entry.next ?? ''} ${JSON.stringify(entry.outputs?.['state'] ?? '')}`,
      )
    else if (entry.type === 'end') last.set('end', `end ${entry.state} ${entry.why ?? ''}`)
  return [...last.values()]
}

function isUnproved(outputs: unknown): boolean {
  const { verdict, reasons } = (outputs ?? {}) as { verdict?: string; reasons?: unknown }
  return verdict === 'UNKNOWN' && String(reasons).includes('was cut off before it was proved')
}

async function drillsOf(cluster: Cluster, { known }: Told): Promise<string[]> {
  const { items } = await cluster.json<{ items: ApiObject[] }>({ path: '/api/v1/namespaces' })
  const ours = new Set(known.map(drillNamespace))
  return items.map(({ metadata }) => metadata.name).filter((name) => ours.has(name))
}

async function clusterWide(cluster: Cluster, { token }: Place, { plans }: Told): Promise<ApiObject[]> {
  const lists = await Promise.all(
    ['validatingadmissionpolicies', 'validatingadmissionpolicybindings', 'mutatingwebhookconfigurations'].map(
      async (resource) =>
        await cluster.json<{ items: ApiObject[] }>({ path: `/apis/admissionregistration.k8s.io/v1/${resource}` }),
    ),
  )
  const isOurs = (name: string) => name.includes(token) || plans.some((id) => name.includes(id))
  return lists.flatMap(({ items }) => items).filter(({ metadata }) => isOurs(metadata.name))
}

// Of a record what there is, not what is in it: when and by whom.
async function records(cluster: Cluster, { responder: { stateNamespace } }: Place): Promise<string[]> {
  const paths = ['/api/v1/namespaces', '/apis/coordination.k8s.io/v1/namespaces']
  const found = await Promise.all(
    ['secrets', 'leases'].map(async (resource, at) => {
      const { items } = await cluster.json<{ items: ApiObject[] }>({
        path: `${paths[at]}/${stateNamespace}/${resource}`,
      })
      return items.map(({ metadata }) => `${resource} ${metadata.name}`)
    }),
  )
  return found.flat()
}

// What the server counts and makes up, and what a random name is made of, is of one run alone.
function essence(object: ApiObject): string {
  const { managedFields: _1, resourceVersion: _2, generation: _3, uid: _4, ...metadata } = object.metadata
  const { generateName } = metadata as { generateName?: string }
  const name = generateName === undefined ? metadata.name : `${generateName}*`
  const copy = { ...object, metadata: { ...metadata, name } } as {
    metadata: object
    status?: { observedGeneration?: number }
    data?: unknown
  }
  if (copy.status) copy.status = { ...copy.status, observedGeneration: 0 }
  if ('data' in copy && object.kind === 'Secret') copy.data = Object.keys(copy.data as object)
  return JSON.stringify(copy)
}

function plainer({ token }: Place, { plans, by, runId, entries }: Told): (text: string) => string {
  const steps = new Map(entries.flatMap((entry) => (entry.type === 'plan' ? [[entry.planId, entry.step]] : [])))
  return (text) => {
    let plain = text.replaceAll(token, 'TOKEN-').replaceAll(runId, 'RUN').replaceAll(by, 'ANA')
    for (const id of plans) plain = plain.replaceAll(id, `PLAN-${steps.get(id)}`)
    return plain
      .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'UID')
      .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, 'TIME')
      .replaceAll(/\b[0-9a-f]{64}\b/g, 'HASH')
      .replaceAll(/-hash":"[^"]*"/g, '-hash":""')
      .replaceAll(/kubernetes\.io\/hash":"[^"]*"/g, 'kubernetes.io/hash":""')
      .replaceAll(/kube-api-access-\w{5}\b/g, 'kube-api-access-*')
      .replaceAll(/\b10\.88\.\d+\.0\/24/g, 'CIDR')
      .replaceAll(/-[bcdf-hj-np-tv-z2-9]{6,10}\b/g, '-TEMPLATE')
      .replaceAll(/-TEMPLATE-[bcdf-hj-np-tv-z2-9]{5}\b/g, '-TEMPLATE-*')
  }
}
