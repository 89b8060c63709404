import { setTimeout as sleep } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import { createObject, getObject } from '../../../src/cluster/write.ts'
import type { Cluster } from '../../../src/cluster/cluster.ts'
import type { TestCluster } from '../../cluster/test-cluster.ts'
import { type Got, openServer } from '../../fuzz/server.ts'
import type { RawPod } from '../../unit/workload/pod-security/read-truth.ts'
import { connected } from '../cluster/connected.ts'

export const labelPrefix = 'pod-security.kubernetes.io/'

/** What the API server makes of a pod that it is to create. */
export type ServerVerdict = 'created' | 'invalid' | { level: string; detail: string }

export type Stage = {
  api: Cluster
  minor: number
  /** Makes a namespace with labels below the prefix, in which pods can be made. */
  namespace(name: string, labels: Record<string, string>): Promise<void>
  /** Why a namespace with these labels is not made. */
  namespaceRefusal(name: string, labels: Record<string, string>): Promise<string>
  /** Asks without storing anything. */
  ask(namespace: string, pod: RawPod): Promise<ServerVerdict>
  /** Adds an ephemeral container, without storing it. */
  debug(podPath: string, container: object): Promise<ServerVerdict>
}

/** The API as the administrator, until the test ends. */
export async function openStage(cluster: TestCluster): Promise<Stage> {
  const api = await connected(cluster.kubeconfig)
  const server = openServer(cluster)
  onTestFinished(() => server.close())
  const { minor } = await api.json<{ minor: string }>({ path: '/version' })

  const namespace: Stage['namespace'] = async (name, labels) => {
    await createObject(api, '/api/v1/namespaces', namespaceObject(name, labels))
    // Without it no pod is taken; the controller manager makes it a moment later.
    while (!(await getObject(api, `/api/v1/namespaces/${name}/serviceaccounts/default`))) await sleep(50)
  }

  const namespaceRefusal: Stage['namespaceRefusal'] = async (name, labels) => {
    const path = '/api/v1/namespaces?dryRun=All'
    const { status, body } = await server.send({ method: 'POST', path, body: namespaceObject(name, labels) })
    return status === 201 ? 'it is made' : (JSON.parse(body) as { message: string }).message
  }

  const ask: Stage['ask'] = async (namespace, pod) => {
    const path = `/api/v1/namespaces/${namespace}/pods?dryRun=All&fieldValidation=Strict`
    return verdictOf(await server.send({ method: 'POST', path, body: namedPod('drawn', pod) }))
  }

  const debug: Stage['debug'] = async (podPath, container) => {
    const path = `${podPath}/ephemeralcontainers?dryRun=All`
    const body = [{ op: 'add', path: '/spec/ephemeralContainers', value: [container] }]
    return verdictOf(await server.send({ method: 'PATCH', path, body, type: 'application/json-patch+json' }))
  }

  return { api, minor: Number.parseInt(minor, 10), namespace, namespaceRefusal, ask, debug }
}

function namespaceObject(name: string, labels: Record<string, string>): { [key: string]: unknown } {
  const written = Object.entries(labels).map(([key, value]) => [`${labelPrefix}${key}`, value])
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: Object.fromEntries(written) as object } }
}

function verdictOf({ status, body }: Got): ServerVerdict {
  if (status === 201 || status === 200) return 'created'
  if (status === 422) return 'invalid'
  const { message } = JSON.parse(body) as { message: string }
  const [, level, detail] = /is forbidden: violates PodSecurity "([^"]+)": (.*)$/s.exec(message) ?? []
  if (level === undefined || detail === undefined) throw new Error(`not a refusal by PodSecurity: ${message}`)
  return { level, detail }
}

/**
 * The pod as the plugin of a server since 1.30 sees it: what an annotation says of AppArmor is in the field too. Of the values
 * that are drawn only this one is another than what counts without.
 */
export function withAppArmorFields(pod: RawPod): RawPod {
  const spec = structuredClone(pod.spec) as {
    securityContext?: Profiled
    containers: Named[]
    initContainers?: Named[]
  }
  for (const container of [...spec.containers, ...(spec.initContainers ?? [])]) {
    const said = pod.metadata?.annotations?.[`container.apparmor.security.beta.kubernetes.io/${container.name}`]
    if (said !== 'unconfined' || container.securityContext?.appArmorProfile) continue
    if (spec.securityContext?.appArmorProfile?.type === 'Unconfined') continue
    container.securityContext = { ...container.securityContext, appArmorProfile: { type: 'Unconfined' } }
  }
  return { ...pod, spec }
}

type Profiled = { appArmorProfile?: { type: string } }
type Named = { name: string; securityContext?: Profiled }

export function namedPod(name: string, pod: { metadata?: object; spec: object }): { [key: string]: unknown } {
  return { apiVersion: 'v1', kind: 'Pod', ...pod, metadata: { ...pod.metadata, name } }
}
