import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Cluster } from '../../../../src/cluster/cluster.ts'
import { list } from '../../../../src/cluster/list.ts'
import { type ApiObject, createObject, deleteObject, getObject, patchObject } from '../../../../src/cluster/write.ts'
import { SecureError } from '../../../../src/errors.ts'
import { until } from '../../isolation/stage.ts'
import type { Target } from './targets.ts'
import type { Responder } from './victim-job.ts'

/** A namespace and a node of one trial's own; all that is made for it has `token` in a name. */
export type Place = { token: string; space: string; node: string; responder: Responder; end(): Promise<void> }

let counter = 0

/** Makes the place of a trial and what is in it, and waits until controllers have done their part. */
export async function setUp(cluster: Cluster, kubeconfig: string, target: Target): Promise<Place> {
  const token = `t${process.pid}x${counter++}x`
  const [space, node] = [`${token}-shop`, `${token}-node`]
  await Promise.all([
    createObject(cluster, '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: space } }),
    createObject(cluster, '/api/v1/nodes', {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: node },
      status: { conditions: [{ type: 'Ready', status: 'True', reason: 'Made', message: 'by a test' }] },
    }),
  ])
  const account = `/api/v1/namespaces/${space}/serviceaccounts/default`
  await until('the default service account', async () => await getObject(cluster, account), 60_000)
  const owners = new Map<string, ApiObject>()
  for (const { owner, ...manifest } of target.manifests(space, node)) {
    const by = owners.get(String(owner))
    const references = by && {
      ownerReferences: [
        { apiVersion: by.apiVersion, kind: by.kind, name: by.metadata.name, uid: by.metadata.uid, controller: true },
      ],
    }
    const metadata = { ...manifest.metadata, ...references }
    const made = await createObject(cluster, pathOf(manifest, space), { ...manifest, metadata })
    owners.set(`${made.kind}/${made.metadata.name}`, made)
  }
  await until('the pods', async () => (await podsOf(cluster, space)).length >= target.pods, 60_000)
  const beat = startHeart(cluster, node)
  await until('the node', async () => await isReady(cluster, node), 60_000)
  const responder = {
    kubeconfig,
    stateDir: join(mkdtempSync(join(tmpdir(), 'ks-matrix-')), 'kubectl-secure'),
    stateNamespace: `${token}-state`,
    holder: 'ana@laptop',
  }
  const end = async () => {
    clearInterval(beat)
    const node_ = await getObject(cluster, `/api/v1/nodes/${node}`)
    await Promise.all([
      node_ && deleteObject(cluster, `/api/v1/nodes/${node}`, { uid: node_.metadata.uid }),
      cluster.request({ method: 'DELETE', path: `/api/v1/namespaces/${space}` }),
    ])
  }
  return { token, space, node, responder, end }
}

async function isReady(cluster: Cluster, node: string): Promise<boolean> {
  const found = await getObject(cluster, `/api/v1/nodes/${node}`)
  return (found?.['spec'] as { taints?: unknown } | undefined)?.taints === undefined
}

// Without it the node would be taken for lost, and its pods be marked and evicted.
function startHeart(cluster: Cluster, node: string): NodeJS.Timeout {
  const path = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases'
  const renewTime = () => new Date().toISOString().replace('Z', '000Z')
  const quietly = (work: Promise<unknown>): void =>
    void work.catch((error: unknown) => {
      if (!(error instanceof SecureError)) throw error
    })
  quietly(
    createObject(cluster, path, {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: node },
      spec: { holderIdentity: node, leaseDurationSeconds: 40, renewTime: renewTime() },
    }),
  )
  const beat = () =>
    quietly(patchObject(cluster, `${path}/${node}`, [{ op: 'add', path: '/spec/renewTime', value: renewTime() }]))
  return setInterval(beat, 10_000)
}

const plurals: Record<string, string> = { NetworkPolicy: 'networkpolicies' }

function pathOf({ apiVersion, kind }: { apiVersion: string; kind: string }, space: string): string {
  const base = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`
  const plural = plurals[kind] ?? `${kind.toLowerCase()}s`
  return kind === 'ClusterRoleBinding' ? `${base}/${plural}` : `${base}/namespaces/${space}/${plural}`
}

async function podsOf(cluster: Cluster, space: string): Promise<ApiObject[]> {
  const { items } = await list(cluster, `/api/v1/namespaces/${space}/pods`, (raw) => raw as ApiObject, {
    kind: 'PodList',
  })
  return items
}
