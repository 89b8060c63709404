import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { issue } from '../unit/cluster/certificates.ts'
import { authority } from '../unit/cluster/fake-server.ts'

// An API server as far as `evidence collect` asks one, in a process of its own: as many pods, and as many bytes of logs, as its arguments say. Its
// kubeconfig is what it prints. `long`: logs are one line without an end.
const [pods = 0, logBytes = 0] = process.argv.slice(2, 4).map(Number)
const isLong = process.argv[4] === 'long'
const own = issue({ name: 'bench', hosts: ['127.0.0.1'] }, authority)
const chunk = Buffer.alloc(
  64 * 1024,
  isLong ? 'x' : '2026-11-21T17:00:00.000000000Z a line of a log as long as most of them are, or so\n',
)

const pod = (index: number) => ({
  metadata: {
    name: `pod-${index}`,
    namespace: 'big',
    uid: `uid-${index}`,
    resourceVersion: '1',
    labels: { app: 'big', text: 'x'.repeat(60) },
    annotations: { filler: 'y'.repeat(6000) },
  },
  spec: { nodeName: `node-${index % 50}`, containers: [{ name: 'main', image: 'x' }] },
  status: { phase: 'Running', containerStatuses: [{ name: 'main', restartCount: 0, lastState: {} }] },
})
const types = [
  { resource: 'pods', kind: 'Pod', namespaced: true },
  { resource: 'namespaces', kind: 'Namespace', namespaced: false },
]
// What kubectl asks for besides.
const empty: Record<string, string> = {
  namespaces: 'Namespace',
  nodes: 'Node',
  events: 'Event',
  services: 'Service',
  replicationcontrollers: 'ReplicationController',
  daemonsets: 'DaemonSet',
  deployments: 'Deployment',
  replicasets: 'ReplicaSet',
}
const discovery = {
  kind: 'APIGroupDiscoveryList',
  apiVersion: 'apidiscovery.k8s.io/v2',
  metadata: {},
  items: [
    {
      metadata: { name: '' },
      versions: [
        {
          version: 'v1',
          freshness: 'Current',
          resources: types.map(({ resource, kind, namespaced }) => ({
            resource,
            responseKind: { kind },
            scope: namespaced ? 'Namespaced' : 'Cluster',
            verbs: ['get', 'list'],
          })),
        },
      ],
    },
  ],
}

const server = createServer({ cert: own.cert, key: own.key }, (request, response) => {
  const url = new URL(request.url ?? '', 'https://x')
  const json = (value: object, status = 200, type = 'application/json') => {
    response.writeHead(status, { 'content-type': type, 'audit-id': String(request.headers['audit-id']) })
    response.end(JSON.stringify(value))
  }
  request.resume()
  const aggregated = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'
  if (url.pathname === '/api') return json(discovery, 200, aggregated)
  if (url.pathname === '/apis') return json({ ...discovery, items: [] }, 200, aggregated)
  if (url.pathname.endsWith('/log')) {
    response.writeHead(200, { 'content-type': 'text/plain' })
    let left = logBytes
    const pump = () => {
      while (left > 0) {
        const piece = left < chunk.length ? chunk.subarray(0, left) : chunk
        left -= piece.length
        if (!response.write(piece)) return void response.once('drain', pump)
      }
      response.end()
    }
    return pump()
  }
  if (url.pathname.endsWith('/pods')) {
    const limit = Number(url.searchParams.get('limit')) || pods
    const from = Number(url.searchParams.get('continue') ?? 0)
    const to = Math.min(from + limit, pods)
    const items = Array.from({ length: to - from }, (_, index) => pod(from + index))
    const metadata = { resourceVersion: '7', ...(to < pods && { continue: String(to), remainingItemCount: pods - to }) }
    const listKind = request.headers.accept?.includes('PartialObject') ? 'PartialObjectMetadataList' : 'PodList'
    return json({ kind: listKind, apiVersion: 'v1', metadata, items })
  }
  const kind = empty[url.pathname.slice(url.pathname.lastIndexOf('/') + 1)]
  if (kind !== undefined) {
    const group = /^\/apis\/([^/]*\/[^/]*)\//.exec(url.pathname)?.[1] ?? 'v1'
    return json({ kind: `${kind}List`, apiVersion: group, metadata: { resourceVersion: '7' }, items: [] })
  }
  const one = /\/pods\/pod-(\d+)$/.exec(url.pathname)?.[1]
  if (one !== undefined) return json({ kind: 'Pod', apiVersion: 'v1', ...pod(Number(one)) })
  if (url.pathname.endsWith('/kube-system')) return json({ metadata: { uid: 'bench' } })
  if (request.method === 'POST')
    return json({ kind: 'SelfSubjectReview', status: { userInfo: { username: 'bench', groups: [] } } }, 201)
  return json({ kind: 'Status', status: 'Failure', code: 404, message: 'not here', reason: 'NotFound' }, 404)
})
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  const cluster = {
    server: `https://127.0.0.1:${port}`,
    'certificate-authority-data': Buffer.from(authority.cert).toString('base64'),
  }
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'x',
    clusters: [{ name: 'x', cluster }],
    users: [{ name: 'x', user: { token: 'x' } }],
    contexts: [{ name: 'x', context: { cluster: 'x', user: 'x', namespace: 'big' } }],
  }
  process.stdout.write(`${JSON.stringify(config)}\n`)
})
