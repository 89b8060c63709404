import { newPlanId } from '../../../src/change/id.ts'
import type { CreateChange } from '../../../src/change/plan.ts'
import { metaOf, type Raw, statusOf, textAt } from '../../../src/isolation/raw.ts'
import type { LockdownOptions, LockdownScene } from '../../../src/lockdown/model.ts'
import { parseAllow } from '../../../src/lockdown/network/allow.ts'
import { type NetworkPlan, planNetwork } from '../../../src/lockdown/network/plan.ts'
import { networkObjectsFromCluster } from '../../../src/snapshot/network-objects.ts'
import { emptySnapshot } from '../../../src/snapshot/snapshot.ts'
import { addresses } from '../../cluster/control-plane.ts'
import type { Answer, Ask } from '../isolation/asker.ts'
import { image, kubectl, namespace } from '../isolation/stage.ts'
import { outside, type Street } from '../isolation/street.ts'

export const shop = 'shop'

const serving = {
  image,
  imagePullPolicy: 'Never',
  args: ['netexec', '--http-port=8080', '--udp-port=8081'],
  ports: [{ name: 'http', containerPort: 8080 }],
}

function workload(
  kind: string,
  name: string,
  env: Record<string, string>,
  spec: object = {},
  own: object = {},
  space = shop,
): object {
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { namespace: space, name },
    spec: {
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          terminationGracePeriodSeconds: 0,
          automountServiceAccountToken: false,
          containers: [
            { name: 'main', ...serving, env: Object.entries(env).map(([key, value]) => ({ name: key, value })) },
          ],
          ...spec,
        },
      },
      ...own,
    },
  }
}

const service = (name: string, spec: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { namespace: shop, name },
  spec: { selector: { app: name }, ports: [{ port: 80, targetPort: 'http' }], ...spec },
})

/** An application that declares some of its connections, and its neighbours. */
export const application: object[] = [
  namespace(shop),
  namespace('bank'),
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace: shop, name: 'pay' },
    data: { 'pay.yaml': 'pay:\n  url: http://pay.shop.svc/\n' },
  },
  workload(
    'Deployment',
    'web',
    { CART: 'http://cart/', DB: 'tcp://db-0.db:8080' },
    { automountServiceAccountToken: true, volumes: [{ name: 'pay', configMap: { name: 'pay' } }] },
  ),
  workload('Deployment', 'cart', {}),
  workload('Deployment', 'pay', {}),
  workload('StatefulSet', 'db', {}, {}, { replicas: 2, serviceName: 'db' }),
  workload('Deployment', 'client', { CART: 'cart.shop:80' }, {}, {}, 'bank'),
  workload('Deployment', 'stranger', {}, {}, {}, 'bank'),
  service('web', { type: 'NodePort' }),
  service('cart'),
  service('pay'),
  service('db', { clusterIP: 'None' }),
]

const declaringKinds = [
  'services',
  'endpointslices.discovery.k8s.io',
  'ingresses.networking.k8s.io',
  'validatingwebhookconfigurations',
  'apiservices',
]

/** Stands in for the command's own reader. */
export async function readScene({ running, api }: Street): Promise<LockdownScene> {
  const list = async (kinds: string[], ...where: string[]) =>
    (JSON.parse(await kubectl(running, 'get', kinds.join(), '-o', 'json', ...where)) as { items: Raw[] }).items
  const [network, workloads, declaring, accounts, configMaps] = await Promise.all([
    networkObjectsFromCluster(api, () => {}),
    list(['deployments', 'replicasets', 'statefulsets', 'daemonsets', 'jobs', 'cronjobs'], '-n', shop),
    list(declaringKinds, '-A'),
    list(['serviceaccounts'], '-n', shop),
    list(['configmaps'], '-n', shop),
  ])
  const own = network.objects.find((raw) => raw['kind'] === 'Namespace' && metaOf(raw).name === shop)
  if (!own) throw new Error('no namespace')
  const rbac = emptySnapshot({ kind: 'files', paths: [] })
  return {
    namespace: own,
    network,
    workloads,
    declaring,
    accounts,
    configMaps,
    limitRanges: [],
    quotas: [],
    rbac,
    version: 'v1.34',
    gaps: [],
  }
}

export function planFor(scene: LockdownScene, level: LockdownOptions['level'], allow: string[] = []): NetworkPlan {
  const options = { level, parts: ['network' as const], asked: allow.map(parseAllow), observed: [], force: false }
  return planNetwork(scene, options, { planId: newPlanId(), names: 'unguessable' })
}

export const createsOf = ({ changes }: NetworkPlan): CreateChange[] =>
  changes.map((change) => {
    if (change.do !== 'create') throw new Error(change.do)
    return change
  })

type Place = { path: string; address: string }

/** The flows that get an answer, as `FROM>TO`: of all that there are, or of some. */
export async function open(street: Street, token: string, only?: readonly string[]): Promise<string[]> {
  const text = await kubectl(street.running, 'get', 'pods,services', '-A', '-o', 'json')
  const { items } = JSON.parse(text) as { items: Raw[] }
  const pod = (app: string): Place => {
    const found = items.find(
      (raw) =>
        raw['kind'] === 'Pod' &&
        (metaOf(raw).name === app || (!app.startsWith('db') && metaOf(raw).labels['app'] === app)),
    )
    if (!found) throw new Error(`no pod ${app}`)
    return { path: `${metaOf(found).namespace}/${metaOf(found).name}`, address: textAt(statusOf(found), 'podIP') }
  }
  const serviceOf = (name: string) => {
    const found = items.find((raw) => raw['kind'] === 'Service' && metaOf(raw).name === name)
    return found?.['spec'] as { clusterIP: string; ports: { nodePort: number }[] }
  }
  const to = (by: Ask['by'], address: string, port: number) => ({ by, address, port })
  const targets: Record<string, Omit<Ask, 'id'>> = {
    ...Object.fromEntries(
      ['web', 'cart', 'pay', 'db-0', 'db-1', 'stranger'].map((app) => [app, to('tcp', pod(app).address, 8080)]),
    ),
    'cart udp': to('udp', pod('cart').address, 8081),
    'service cart': to('tcp', serviceOf('cart').clusterIP, 80),
    'service pay': to('tcp', serviceOf('pay').clusterIP, 80),
    nodeport: to('tcp', addresses.node, serviceOf('web').ports[0]?.nodePort ?? 0),
    dns: to('dns', addresses.dns, 53),
    'dns tcp': to('tcp', addresses.dns, 53),
    api: { ...to('api', addresses.kubernetesService, 443), token },
    outside: to('tcp', outside, 9),
  }
  const sources = ['web', 'cart', 'pay', 'db-0', 'client', 'stranger', 'outside']
  const inside = new Set(['dns', 'dns tcp', 'api', 'service cart', 'service pay'])
  const answers = await Promise.all(
    sources.map(async (from) => {
      const asks = Object.entries(targets)
        .filter(
          ([name]) => name.split(' ')[0] !== from && !(from === 'outside' && (inside.has(name) || name === 'outside')),
        )
        .filter(([name]) => !(name === 'nodeport' && from !== 'outside'))
        .map(([name, target]): Ask => ({ id: `${from}>${name}`, ...target }))
        .filter(({ id }) => !only || only.includes(id))
      return await street.ask(from === 'outside' ? 'outside' : pod(from).path, asks)
    }),
  )
  return Object.entries(Object.assign({}, ...answers) as Record<string, Answer>)
    .filter(([id, answer]) => answer !== 'no' && (answer !== 'refused' || id.endsWith('>outside')))
    .map(([id]) => id)
    .sort()
}
