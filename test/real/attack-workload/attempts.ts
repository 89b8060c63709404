import type { Stage } from './stage.ts'

/** Tries to become more, as somebody; true where it came true. */
export type Attempt = (stage: Stage, user: string) => Promise<boolean>

const tokenFile = '/var/run/secrets/kubernetes.io/serviceaccount/token'
const image = 'localhost/agnhost:1'
const modest = {
  securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
  pod: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
}

/** A pod that says its token; it would pass `restricted`. */
function spy(): { [key: string]: unknown } {
  // A line that has no end stays with the runtime.
  const command = ['sh', '-c', `cat ${tokenFile}; echo; sleep 1000`]
  return {
    serviceAccountName: 'boss',
    terminationGracePeriodSeconds: 0,
    securityContext: modest.pod,
    containers: [{ name: 'a', image, command, securityContext: modest.securityContext }],
  }
}

/** A pod that says what only root of the node reads. */
function thief(): { [key: string]: unknown } {
  const command = ['sh', '-c', 'cat /host/run/marker; sleep 1000']
  return {
    terminationGracePeriodSeconds: 0,
    volumes: [{ name: 'host', hostPath: { path: '/' } }],
    containers: [{ name: 'a', image, command, volumeMounts: [{ name: 'host', mountPath: '/host' }] }],
  }
}

const pods = (namespace: string) => `/api/v1/namespaces/${namespace}/pods`
const podOf = (name: string, spec: object) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec })
const isBoss = async (stage: Stage, namespace: string, pod: string) =>
  (await stage.whoIs(await stage.said(namespace, pod))) === `system:serviceaccount:${namespace}:boss`
const isRoot = async (stage: Stage, namespace: string, pod: string) =>
  (await stage.said(namespace, pod)).includes(stage.marker)

export const createPod =
  (namespace: string): Attempt =>
  async (stage, user) => {
    const { status } = await stage.send({ method: 'POST', path: pods(namespace), body: podOf(user, spy()) }, user)
    return status === 201 && (await isBoss(stage, namespace, user))
  }

export const createThief =
  (namespace: string, by?: string): Attempt =>
  async (stage, user) => {
    const name = `thief-${user}`
    const sent = { method: 'POST', path: pods(namespace), body: podOf(name, thief()) }
    const { status } = await stage.send(sent, by ?? user)
    return status === 201 && (await isRoot(stage, namespace, name))
  }

/** Server-side apply of a pod of this name. */
export const applyPod =
  (name: string): Attempt =>
  async (stage, user) => {
    const path = `${pods('open')}/${name}?fieldManager=x`
    const sent = { method: 'PATCH', path, body: podOf(name, spy()), type: 'application/apply-patch+yaml' }
    const { status } = await stage.send(sent, user)
    return status === 201 && (await isBoss(stage, 'open', name))
  }

export const createDeployment: Attempt = async (stage, user) => {
  const labels = { app: user }
  const spec = { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: spy() } }
  const body = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: user }, spec }
  const path = '/apis/apps/v1/namespaces/open/deployments'
  const { status } = await stage.send({ method: 'POST', path, body }, user)
  return status === 201 && (await isBoss(stage, 'open', `app=${user}`))
}

/** Changes what an existing controller makes. */
export const patchTemplate =
  (path: string, label: string): Attempt =>
  async (stage, user) => {
    const metadata = { labels: { spied: user } }
    const body = { spec: { template: { metadata, spec: spy() } } }
    const sent = { method: 'PATCH', path: `/apis/${path}`, body, type: 'application/strategic-merge-patch+json' }
    const { status } = await stage.send(sent, user)
    return status === 200 && (await isBoss(stage, 'open', `app=${label},spied=${user}`))
  }

export const patchAgent: Attempt = async (stage, user) => {
  const body = { spec: { template: { metadata: { labels: { stolen: 'yes' } }, spec: thief() } } }
  const path = '/apis/apps/v1/namespaces/kube-system/daemonsets/agent'
  const { status } = await stage.send(
    { method: 'PATCH', path, body, type: 'application/strategic-merge-patch+json' },
    user,
  )
  return status === 200 && (await isRoot(stage, 'kube-system', 'stolen=yes'))
}

export const execIn =
  (namespace: string, pod: string): Attempt =>
  async (stage, user) => {
    const { stdout } = await stage.kubectl(['exec', '-n', namespace, pod, '--', 'cat', tokenFile], user)
    return stdout !== '' && (await stage.whoIs(stdout)) === `system:serviceaccount:${namespace}:boss`
  }

/** What it says to who attached is in the log too, and is surely all there. */
export const attachTo: Attempt = async (stage, user) => {
  await stage.kubectl(['attach', '-n', 'open', '-i', 'shell'], user, `cat ${tokenFile}; echo\n`)
  return await isBoss(stage, 'open', 'shell')
}
