import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestCluster } from '../../cluster/test-cluster.ts'
import { apply, image, kubectl, until } from '../isolation/stage.ts'

/** One connection of the example application: from a pod that exists, as its clients make it. */
export type MarketFlow = {
  name: string
  from: { namespace: string; pod: string }
  to: string
  protocol?: 'udp'
  /** How the breakage list names it. */
  says: RegExp
}

const inMarket = (pod: string) => ({ namespace: 'market', pod })

/** All that examples/market.yaml declares, and what it does without declaring it. */
export const marketFlows: MarketFlow[] = [
  {
    name: 'web to catalog',
    from: inMarket('deploy/web'),
    to: 'catalog:80',
    says: /Deployment web.* to Service catalog.*9000/,
  },
  {
    name: 'web to cart',
    from: inMarket('deploy/web'),
    to: 'cart.market.svc.cluster.local:80',
    says: /Deployment web.* to Service cart.*7000/,
  },
  {
    name: 'web to payments',
    from: inMarket('deploy/web'),
    to: 'api.payments.svc:8443',
    says: /Deployment web.* to Service api.*8443/,
  },
  {
    name: 'catalog to db',
    from: inMarket('deploy/catalog'),
    to: 'db-0.db.market.svc:5432',
    says: /Deployment catalog.* to Service db.*5432/,
  },
  { name: 'cart to db', from: inMarket('deploy/cart'), to: 'db:5432', says: /Deployment cart.* to Service db.*5432/ },
  { name: 'db to its other member', from: inMarket('db-0'), to: 'db-1.db:5432', says: /StatefulSet db.* to .*db.*/ },
  { name: 'migrate to db', from: inMarket('job/migrate'), to: 'db:5432', says: /Job migrate.* to Service db.*5432/ },
  {
    name: 'migrate to the API server',
    from: inMarket('job/migrate'),
    to: 'kubernetes.default.svc:443',
    says: /Job migrate.* to .*(kubernetes|API server)/,
  },
  { name: 'worker to cart', from: inMarket('worker'), to: 'cart:80', says: /(CronJob|Pod) worker.* to Service cart/ },
  {
    name: 'the host-network agent to catalog',
    from: inMarket('ds/agent'),
    to: 'CLUSTER_IP:catalog:80',
    says: /agent.* to Service catalog/,
  },
  {
    name: 'the Ingress controller to web',
    from: { namespace: 'ingress', pod: 'deploy/ingress-nginx' },
    to: 'POD_IP:web:8080',
    says: /Ingress controller.* to .*web/,
  },
  {
    name: 'Prometheus to web',
    from: { namespace: 'monitoring', pod: 'deploy/prometheus' },
    to: 'POD_IP:web:8080',
    says: /Prometheus.* to .*web/,
  },
  {
    name: 'ledger to cart, on the word of payments alone',
    from: { namespace: 'payments', pod: 'deploy/ledger' },
    to: 'cart.market.svc:80',
    says: /ledger.* in payments to Service cart.*7000/,
  },
  {
    name: 'the API server to the webhook',
    from: { namespace: '', pod: 'the API server' },
    to: 'WEBHOOK',
    says: /API server.* 8443/,
  },
  {
    name: 'whoever comes by the LoadBalancer to web',
    from: { namespace: 'payments', pod: 'deploy/api' },
    to: 'POD_IP:web:8080',
    says: /anyone.* to .*web/,
  },
  {
    name: 'web to cart by UDP, which no client names',
    from: inMarket('deploy/web'),
    to: 'cart:7001',
    protocol: 'udp',
    says: /Service cart.*UDP 7001|to .*cart.*7001/,
  },
  {
    name: 'catalog to Prometheus, seen on the wire alone',
    from: inMarket('deploy/catalog'),
    to: 'POD_IP_IN:monitoring:prometheus:9090',
    says: /observed.* 9090/,
  },
  {
    name: 'payments to catalog, seen on the wire alone',
    from: { namespace: 'payments', pod: 'deploy/api' },
    to: 'POD_IP:catalog:9000',
    says: /observed.* 9000/,
  },
]

/** What an observer of the network saw of the last two, as Hubble prints it. */
export const seenFlows = [
  hubble(['market', 'app=catalog'], ['monitoring', 'app.kubernetes.io/name=prometheus'], 9090),
  hubble(['payments', 'app=api'], ['market', 'app=catalog'], 9000),
]

function hubble([from = '', fromLabel = '']: string[], [to = '', toLabel = '']: string[], port: number): string {
  const end = (namespace: string, label: string) => ({ namespace, labels: [`k8s:${label}`], pod_name: 'x' })
  return JSON.stringify({
    flow: {
      verdict: 'FORWARDED',
      is_reply: false,
      IP: { source: '10.0.0.1', destination: '10.0.0.2' },
      l4: { TCP: { destination_port: port, flags: { SYN: true } } },
      source: end(from, fromLabel),
      destination: end(to, toLabel),
    },
  })
}

/** Applies the example with the image of tests, and a pod in the place of the CronJob's next one; waits until all runs. */
export async function openMarket(cluster: TestCluster): Promise<void> {
  const file = join(import.meta.dirname, '..', '..', '..', 'examples', 'market.yaml')
  const text = readFileSync(file, 'utf8').replaceAll(/registry\.k8s\.io\/e2e-test-images\/agnhost:[\d.]+/g, image)
  const { code, stderr } = await cluster.exec(['kubectl', 'apply', '-f', '-'], { input: text })
  if (code !== 0) throw new Error(stderr)
  await kubectl(cluster, 'run', 'worker', '-n', 'market', `--image=${image}`, '--labels=app=worker', '--', 'pause')
  const labels = { 'market.example.com/gated': 'true' }
  await apply(cluster, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'gated', namespace: 'market', labels },
  })
  const spaces = ['market', 'payments', 'monitoring', 'ingress']
  for (const space of spaces)
    await kubectl(cluster, 'wait', '-n', space, '--for=condition=Ready', 'pods', '--all', '--timeout=120s')
  await until('endpoints', async () => {
    const slices = await kubectl(cluster, 'get', 'endpointslices', '-n', 'market', '-o', 'jsonpath={..addresses}')
    return slices !== ''
  })
}

/** Whether the connection is made now. */
export async function connects(cluster: TestCluster, { from, to, protocol }: MarketFlow): Promise<boolean> {
  if (to === 'WEBHOOK') return await reachesWebhook(cluster)
  const target = await targetOf(cluster, to)
  const command = ['/agnhost', 'connect', target, '--timeout=3s', ...(protocol ? [`--protocol=${protocol}`] : [])]
  const { code } = await cluster.exec(['kubectl', 'exec', '-n', from.namespace, from.pod, '--', ...command])
  return code === 0
}

/** The pod behind it speaks no TLS: that it says so shows that it was reached. */
async function reachesWebhook(cluster: TestCluster): Promise<boolean> {
  const change = ['annotate', 'configmap', 'gated', '-n', 'market', 'changed=yes', '--overwrite']
  const { stderr } = await cluster.exec(['kubectl', ...change])
  return stderr.includes('server gave HTTP response to HTTPS client')
}

async function targetOf(cluster: TestCluster, to: string): Promise<string> {
  const [how, ...rest] = to.split(':')
  const address = async (path: string, argv: string[]) =>
    await kubectl(cluster, 'get', ...argv, '-o', `jsonpath={${path}}`)
  if (how === 'POD_IP')
    return `${await address('.items[0].status.podIP', ['pods', '-n', 'market', '-l', `app=${rest[0]}`])}:${rest[1]}`
  if (how === 'POD_IP_IN')
    return `${await address('.items[0].status.podIP', ['pods', '-n', rest[0] ?? '', '-l', `app.kubernetes.io/name=${rest[1]}`])}:${rest[2]}`
  if (how === 'CLUSTER_IP')
    return `${await address('.spec.clusterIP', ['service', rest[0] ?? '', '-n', 'market'])}:${rest[1]}`
  return to
}
