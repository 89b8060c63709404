import type { Cluster } from '../../../../src/cluster/cluster.ts'
import { watchEvents } from '../../../../src/cluster/watch-events.ts'
import { type ApiObject, type JsonPatchOp, patchObject } from '../../../../src/cluster/write.ts'
import { planLabel } from '../../../../src/change/plan.ts'
import { SecureError } from '../../../../src/errors.ts'

/** Says of the pods that the tool makes that they run, and of ephemeral containers that they have ended, as a kubelet would. */
export function startKubelet(cluster: Cluster): { stop(): void } {
  const end = new AbortController()
  const path = '/api/v1/pods?watch=true'
  const watch = async () => {
    while (!end.signal.aborted) {
      const { body } = await cluster.stream({ path, signal: end.signal, maySleep: true })
      for await (const { type, object } of watchEvents(path, body, end.signal)) {
        if (type !== 'DELETED') await look(cluster, object as ApiObject)
      }
    }
  }
  watch().catch((error: unknown) => {
    if (!end.signal.aborted) throw error
  })
  return { stop: () => end.abort(new SecureError('interrupted', 'the kubelet ends')) }
}

type Named = { name: string }
type Pod = { spec: { containers: Named[]; ephemeralContainers?: Named[] }; status: { [key: string]: unknown } }

async function look(cluster: Cluster, pod: ApiObject): Promise<void> {
  const { spec, status } = pod as unknown as Pod
  const labels = (pod.metadata['labels'] ?? {}) as Record<string, string>
  const ops: JsonPatchOp[] = []
  if (Object.hasOwn(labels, planLabel) && status['podIP'] === undefined) {
    const address = addressOf(pod.metadata.name)
    const state = { running: { startedAt: new Date().toISOString().replace(/\.\d+/, '') } }
    ops.push(
      { op: 'add', path: '/status/phase', value: 'Running' },
      { op: 'add', path: '/status/podIP', value: address },
      { op: 'add', path: '/status/podIPs', value: [{ ip: address }] },
      { op: 'add', path: '/status/containerStatuses', value: spec.containers.map((one) => statusOf(one, state)) },
    )
  }
  const asked = spec.ephemeralContainers ?? []
  const known = (status['ephemeralContainerStatuses'] ?? []) as Named[]
  if (asked.length > known.length) {
    const state = { terminated: { exitCode: 0 } }
    ops.push({ op: 'add', path: '/status/ephemeralContainerStatuses', value: asked.map((one) => statusOf(one, state)) })
  }
  if (ops.length === 0) return
  const at = `/api/v1/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}/status`
  await patchObject(cluster, at, ops).catch((error: unknown) => {
    if (!(error instanceof SecureError)) throw error
  })
}

function statusOf({ name }: Named, state: object): object {
  return { name, state, ready: false, restartCount: 0, image: 'agnhost', imageID: 'sha256:0' }
}

function addressOf(name: string): string {
  if (name.includes('-control-a')) return '10.99.0.2'
  return name.includes('-control-b') ? '10.99.0.3' : '10.99.0.1'
}
