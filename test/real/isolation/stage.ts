import { setTimeout as sleep } from 'node:timers/promises'
import { newPlanId } from '../../../src/change/id.ts'
import { type CreateChange, quarantineLabel, type SubresourceChange } from '../../../src/change/plan.ts'
import type { Cluster } from '../../../src/cluster/cluster.ts'
import { getObject } from '../../../src/cluster/get-object.ts'
import { podPath } from '../../../src/cluster/object-path.ts'
import { createObject, patchObject } from '../../../src/cluster/write.ts'
import { canaryChanges, type CanaryInput, type CanaryPlan } from '../../../src/isolation/canary.ts'
import type { Raw } from '../../../src/isolation/raw.ts'
import type { TestCluster } from '../../cluster/test-cluster.ts'

export const image = 'localhost/agnhost:1'
export const stateNamespace = 'kubectl-secure'

/** Runs kubectl; what it prints. */
export async function kubectl(cluster: TestCluster, ...argv: string[]): Promise<string> {
  const { code, stdout, stderr } = await cluster.exec(['kubectl', ...argv])
  if (code !== 0) throw new Error(`kubectl ${argv.join(' ')}: ${stderr}`)
  return stdout
}

/** Waits until custom resources are served. kubectl's own wait fails on one that has no status yet. */
export async function established(cluster: TestCluster, ...crds: string[]): Promise<void> {
  const wait = ['kubectl', 'wait', '--for=condition=Established', 'crd', ...crds, '--timeout=30s']
  await until(crds.join(), async () => (await cluster.exec(wait)).code === 0, 30_000)
}

export async function apply(cluster: TestCluster, ...objects: object[]): Promise<void> {
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects })
  const { code, stderr } = await cluster.exec(['kubectl', 'apply', '-f', '-'], { input })
  if (code !== 0) throw new Error(stderr)
}

export function namespace(name: string, level?: string): object {
  const labels = level ? { 'pod-security.kubernetes.io/enforce': level } : {}
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }
}

/** A pod that serves on 8080; `more` is merged into its one container. */
export function podOf(space: string, name: string, more: object = {}, spec: object = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace: space, name, labels: { app: name } },
    spec: {
      terminationGracePeriodSeconds: 0,
      ...spec,
      containers: [
        {
          name: 'main',
          image,
          args: ['netexec', '--http-port=8080', '--udp-port=8081'],
          // With NET_RAW, which root has by default, no cut of live connections is certain.
          securityContext: { capabilities: { drop: ['NET_RAW'] } },
          ...more,
        },
      ],
    },
  }
}

/** What the restricted level of Pod Security asks of a container. */
export const restricted = {
  securityContext: {
    runAsNonRoot: true,
    runAsUser: 65_534,
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    seccompProfile: { type: 'RuntimeDefault' },
  },
}

export async function ready(cluster: TestCluster, space: string, ...names: string[]): Promise<void> {
  const pods = names.map((name) => `pod/${name}`)
  await kubectl(cluster, 'wait', '-n', space, '--for=condition=Ready', ...pods, '--timeout=60s')
}

export async function rawPod(api: Cluster, space: string, name: string): Promise<Raw> {
  const pod = await getObject(api, podPath(space, name))
  if (!pod) throw new Error(`no pod ${space}/${name}`)
  return pod
}

/** Stands in for the engine: adds the ephemeral container. */
export async function addContainer(api: Cluster, { ref, container }: SubresourceChange, dryRun = false): Promise<void> {
  const pod = await rawPod(api, ref.namespace ?? '', ref.name)
  const { ephemeralContainers } = pod['spec'] as { ephemeralContainers?: object[] }
  const path = ephemeralContainers ? '/spec/ephemeralContainers/-' : '/spec/ephemeralContainers'
  const value = ephemeralContainers ? container : [container]
  const target = `${podPath(ref.namespace ?? '', ref.name)}/ephemeralcontainers`
  await patchObject(api, target, [{ op: 'add', path, value }], { dryRun })
}

/** Stands in for the engine: makes an object, owned by another where the change says so. */
export async function make(
  api: Cluster,
  { ref, body, owner }: CreateChange,
  owners: Map<string, object>,
  dryRun = false,
) {
  const references = owner ? { ownerReferences: [owners.get(owner)] } : {}
  const whole = { ...body, metadata: { ...body.metadata, ...references } }
  return createObject(api, `/api/v1/namespaces/${ref.namespace}/${ref.resource}`, whole, { dryRun })
}

export type Quarantine = { planId: string; label: string; owners: Map<string, object>; policy: string }

/** A policy that denies everything to the pods with the label of a new plan. */
export async function quarantine(api: Cluster, space: string): Promise<Quarantine> {
  const planId = newPlanId()
  const label = quarantineLabel(planId)
  const policy = await createObject(api, `/apis/networking.k8s.io/v1/namespaces/${space}/networkpolicies`, {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: `kubectl-secure-${planId}` },
    spec: { podSelector: { matchLabels: { [label]: '' } }, policyTypes: ['Ingress', 'Egress'] },
  })
  const { name, uid } = policy.metadata
  const owner = { apiVersion: policy.apiVersion, kind: policy.kind, name, uid, controller: true }
  return { planId, label, owners: new Map([['policy', owner]]), policy: name }
}

/** Plans the canaries of a pod as it is once quarantined, and makes them. */
export async function canariesOf(
  api: Cluster,
  pod: Raw,
  { planId, label, owners }: Quarantine,
  more: Partial<CanaryInput> = {},
): Promise<CanaryPlan> {
  const metadata = pod['metadata'] as { labels?: Record<string, string> }
  const after = { ...pod, metadata: { ...metadata, labels: { ...metadata.labels, [label]: '' } } }
  const plan = canaryChanges(after, { planId, image, stateNamespace, policyChangeId: 'policy', services: [], ...more })
  await Promise.all(plan.changes.map((change) => make(api, change, owners)))
  return plan
}

/** Looks again until something is so. */
export async function until<T>(what: string, look: () => Promise<T | undefined | false>, ms = 15_000): Promise<T> {
  const end = Date.now() + ms
  for (;;) {
    const found = await look()
    if (found !== undefined && found !== false) return found
    if (Date.now() > end) throw new Error(`${what} did not come about`)
    await sleep(100)
  }
}
