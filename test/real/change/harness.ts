import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Engine, openEngine } from '../../../src/change/engine.ts'
import { newPlanId } from '../../../src/change/id.ts'
import {
  type Change,
  type ExistingRef,
  type Json,
  objectName,
  type Plan,
  planLabel,
  quarantineLabel,
} from '../../../src/change/plan.ts'
import type { StepReport } from '../../../src/change/reports.ts'
import type { Cluster } from '../../../src/cluster/cluster.ts'
import { connect } from '../../../src/cluster/connect.ts'
import { type ApiObject, createObject, getObject } from '../../../src/cluster/write.ts'

/** Connects as a kubeconfig says, without anything of this machine's user. */
export async function connectTo(kubeconfig: string): Promise<Cluster> {
  return await connect({ kubeconfig }, { env: {}, cwd: '/', home: '/nonexistent', warn: () => {}, interactive: false })
}

export type Bench = Engine & { steps: StepReport[]; warnings: string[] }

/** An engine with a state directory of its own: another machine, as far as the journal goes. */
export async function engineOn(cluster: Cluster, stateDir = mkdtempSync(join(tmpdir(), 'ks-state-'))): Promise<Bench> {
  const [steps, warnings]: [StepReport[], string[]] = [[], []]
  const engine = await openEngine(cluster, {
    stateDir,
    stateNamespace: 'kubectl-secure',
    holder: `tester@${stateDir.slice(-6)}`,
    now: () => new Date(),
    onStep: (step) => void steps.push(step),
    warn: (line) => void warnings.push(line),
  })
  return { ...engine, steps, warnings }
}

export function planOf(engine: Engine, changes: (id: string) => Change[], id = newPlanId()): Plan {
  return {
    apiVersion: 'kubectl-secure.github.io/v1',
    kind: 'Plan',
    id,
    command: ['isolate', 'pod/web'],
    incident: 'INC-7',
    createdAt: new Date().toISOString(),
    cluster: { id: engine.clusterId, server: engine.cluster.server },
    user: engine.user,
    changes: changes(id),
    notes: [],
  }
}

export function refOf(object: ApiObject, resource: string): ExistingRef {
  const { name, namespace, uid } = object.metadata
  return {
    apiVersion: object.apiVersion,
    kind: object.kind,
    resource,
    name,
    uid,
    ...(namespace !== undefined && { namespace }),
  }
}

export const policyPath = (namespace: string, name: string) =>
  `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies/${name}`

/** The quarantine policy as `isolate` makes it. */
export function policyChange(id: string, namespace: string): Change {
  const name = objectName(id)
  return {
    id: 'policy',
    do: 'create',
    why: 'denies all',
    ref: { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', resource: 'networkpolicies', namespace, name },
    body: {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name, namespace, labels: { [planLabel]: id } },
      spec: { podSelector: { matchLabels: { [quarantineLabel(id)]: 'true' } }, policyTypes: ['Ingress', 'Egress'] },
    },
  }
}

/** A pod `web` with the label `app` under a policy of its own, as `isolate` does it. */
export function quarantineChanges(namespace: string, pod: ApiObject): (id: string) => Change[] {
  return (id) => [
    policyChange(id, namespace),
    {
      id: 'label',
      do: 'patch',
      why: 'puts the pod under the policy',
      ref: refOf(pod, 'pods'),
      edits: [
        { path: ['metadata', 'labels', quarantineLabel(id)], after: 'true', restore: 'always' },
        { path: ['metadata', 'labels', 'app'], before: 'web', restore: 'unquarantined' },
      ],
    },
  ]
}

let counter = 0

/** A namespace of its own for a test. */
export async function newNamespace(cluster: Cluster): Promise<string> {
  const name = `t-${process.pid}-${counter++}`
  await createObject(cluster, '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
  return name
}

/** A pod that nothing runs: on a control plane alone it stays pending, which is all that changes to its fields need. */
export async function newPod(
  cluster: Cluster,
  namespace: string,
  labels: Record<string, string>,
  name = 'web',
): Promise<ApiObject> {
  return await createObject(cluster, `/api/v1/namespaces/${namespace}/pods`, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels },
    spec: { containers: [{ name: 'app', image: 'localhost/agnhost:1' }], automountServiceAccountToken: false },
  })
}

export async function read(cluster: Cluster, path: string): Promise<ApiObject> {
  const object = await getObject(cluster, path)
  if (!object) throw new Error(`${path} is not there`)
  return object
}

/** What must be as before after an undo: all but what the server counts. */
export function essence(object: ApiObject): Json {
  const { resourceVersion: _1, generation: _2, managedFields: _3, ...metadata } = object.metadata
  return { ...object, metadata } as unknown as Json
}
