import { quarantineLabel } from '../../../src/change/plan.ts'
import type { Enforcer } from '../../../src/network/model.ts'
import { computedOf } from '../../../src/isolation/computed.ts'
import { type IsolationPlan, planIsolation } from '../../../src/isolation/plan.ts'
import { metaOf, type Raw } from '../../../src/isolation/raw.ts'
import type { Computed } from '../../../src/isolation/report.ts'
import type { IsolateOptions, Scene } from '../../../src/isolation/scene.ts'

export const planId = 'bk4f-9xzt-2mwq'
export const label = quarantineLabel(planId)
export const head = { planId, createdAt: '2026-01-02T03:04:05Z' }

type Labels = Record<string, string>
type More = { owner?: Raw; spec?: object; status?: object; annotations?: Labels; uid?: string; metadata?: object }

let addresses = 0

export function pod(
  path: string,
  labels: Labels = {},
  { owner, spec, status, annotations, uid, metadata }: More = {},
): Raw {
  const [namespace, name] = path.split('/')
  addresses += 1
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      namespace,
      name,
      uid: uid ?? `uid of ${path}`,
      labels,
      ...(annotations ? { annotations } : {}),
      ...(owner ? { ownerReferences: [ownedBy(owner)] } : {}),
      ...metadata,
    },
    spec: { nodeName: 'n1', containers: [{ name: 'main', image: 'shop/web:1' }], ...spec },
    status: { phase: 'Running', podIP: `10.0.${addresses >> 8}.${addresses & 255}`, ...status },
  }
}

export function ownedBy(owner: Raw): object {
  const { name, uid } = metaOf(owner)
  return { apiVersion: owner['apiVersion'], kind: owner['kind'], name, uid, controller: true }
}

export function workload(
  apiVersion: string,
  kind: string,
  path: string,
  selector: object,
  more: { owner?: Raw; spec?: object } = {},
): Raw {
  const [namespace, name] = path.split('/')
  return {
    apiVersion,
    kind,
    metadata: {
      namespace,
      name,
      uid: `uid of ${kind} ${path}`,
      ...(more.owner ? { ownerReferences: [ownedBy(more.owner)] } : {}),
    },
    spec: { selector, ...more.spec },
  }
}

/** The ReplicaSet that a Deployment has made. */
export const replicaSet = (path: string, app: string, hash: string, owner?: Raw): Raw =>
  workload('apps/v1', 'ReplicaSet', path, { matchLabels: { app, 'pod-template-hash': hash } }, owner ? { owner } : {})

export const service = (path: string, selector: Labels, spec: object = {}): Raw => {
  const [namespace, name] = path.split('/')
  return { apiVersion: 'v1', kind: 'Service', metadata: { namespace, name }, spec: { selector, ...spec } }
}

export const namespace = (name: string, labels: Labels = {}): Raw => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels },
})

export const node = (name: string, address: string): Raw => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, uid: `uid of ${name}`, labels: {} },
  status: { addresses: [{ type: 'InternalIP', address }] },
})

export function networkPolicy(path: string, spec: object): Raw {
  const [space, name] = path.split('/')
  return { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { namespace: space, name }, spec }
}

export const allowAll = (path: string, podSelector: object = {}): Raw =>
  networkPolicy(path, { podSelector, policyTypes: ['Ingress', 'Egress'], ingress: [{}], egress: [{}] })

const policyNames = /Policy$|^Tier$/

/** A scene as readForCut would make it of a whole cluster, for the pods that `meant` chooses. */
export function sceneOf(objects: Raw[], meant: string[], more: Partial<Scene> = {}): Scene {
  const isMeant = (raw: Raw) => raw['kind'] === 'Pod' && meant.includes(`${metaOf(raw).namespace}/${metaOf(raw).name}`)
  const of = (test: (kind: string) => boolean) => objects.filter((raw) => test(String(raw['kind'])))
  const pods = objects.filter(isMeant)
  return {
    target: pods.map((raw) => ({
      kind: 'Pod',
      namespace: metaOf(raw).namespace,
      name: metaOf(raw).name,
      uid: metaOf(raw).uid,
    })),
    pods,
    owners: of((kind) => ['ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob', 'Deployment'].includes(kind)),
    services: of((kind) => kind === 'Service'),
    namespaces: of((kind) => kind === 'Namespace'),
    policies: of((kind) => policyNames.test(kind)),
    everywhere: true,
    served: new Set(),
    enforcer: 'calico',
    bindings: [],
    tokenSecrets: [],
    gaps: [],
    ...more,
  }
}

export const calico = { served: new Set(['crd.projectcalico.org/v1']), enforcer: 'calico' as Enforcer }
export const cilium = { served: new Set(['cilium.io/v2']), enforcer: 'cilium' as Enforcer }

export type Outcome = { plan: IsolationPlan; computed: Computed[]; objects: Raw[]; scene: Scene }

/** The plan for pods of a cluster of these objects, and what policies say after it. */
export function isolate(
  objects: Raw[],
  meant: string[],
  more: Partial<Scene> = {},
  options: IsolateOptions = {},
): Outcome {
  const all = [...new Set(objects.flatMap((raw) => (raw['kind'] === 'Pod' ? [metaOf(raw).namespace] : [])))]
  const named = new Set(objects.flatMap((raw) => (raw['kind'] === 'Namespace' ? [metaOf(raw).name] : [])))
  const around = [
    ...objects,
    ...all.filter((name) => !named.has(name)).map((name) => namespace(name)),
    node('n1', '192.168.0.1'),
    node('n2', '192.168.0.2'),
  ]
  const scene = sceneOf(around, meant, more)
  const plan = planIsolation(scene, options, head)
  const pods = scene.pods.map((raw) => ({ namespace: metaOf(raw).namespace, name: metaOf(raw).name }))
  return {
    plan,
    scene,
    objects: around,
    computed: computedOf(around, plan.changes, pods, { enforcer: scene.enforcer }),
  }
}

/** Who is still open, in a word each: `egress pods shop/db`. */
export const open = ({ computed }: Outcome): string[] =>
  computed
    .flatMap(({ open: lines }) =>
      lines.map(({ direction, peer, verdict }) => `${direction} ${peer}${verdict === 'unknown' ? '?' : ''}`),
    )
    .sort()

/** The labels that a plan takes off. */
export const stripped = ({ plan }: Outcome): string[] =>
  plan.changes.flatMap((change) =>
    change.do === 'patch'
      ? change.edits.flatMap((edit) =>
          edit.path[1] === 'labels' && 'before' in edit && !('after' in edit) ? [edit.path[2] ?? ''] : [],
        )
      : [],
  )

export const ids = ({ plan }: Outcome): string[] => plan.changes.map(({ id }) => id)
