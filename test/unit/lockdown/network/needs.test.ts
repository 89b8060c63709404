import { describe, expect, test } from 'vitest'
import { cluster, namespace, plan, pod, rulesOf, service, slice, workload } from './scenes.ts'

const dns = 'egress the DNS of the cluster TCP 5353, UDP 5353'
/** Without DNS, which all have. */
const rules = (...given: Parameters<typeof plan>) => rulesOf(plan(...given)).filter((rule) => !rule.includes('DNS'))
const env = (value: string, name = 'URL') => ({ env: [{ name, value }] })
const named = (ports: object[], more: object = {}) => ({ ports, ...more })

describe('DNS', () => {
  test('by the pods of its Service, at their own port', () => {
    expect(rulesOf(plan({ workloads: [workload('shop/web')] }))).toEqual([`* ${dns}`])
  })

  test("OpenShift's", () => {
    const own = service('openshift-dns/dns-default', {
      selector: { dns: 'yes' },
      ports: [{ port: 53, protocol: 'UDP', targetPort: 5353 }],
    })
    const around = { ...cluster, declaring: [own] }
    expect(rulesOf(plan({ around }))).toEqual(['* egress the DNS of the cluster UDP 5353'])
  })

  test('on the host network, by address', () => {
    const host = pod('kube-system/coredns', {
      labels: { 'k8s-app': 'kube-dns' },
      ports: [{ name: 'dns', containerPort: 53, protocol: 'UDP' }],
      spec: { hostNetwork: true, nodeName: 'n2' },
    })
    host['status'] = { phase: 'Running', podIP: '192.168.0.2' }
    const around = { ...cluster, objects: [...cluster.objects.slice(0, 3), host] }
    expect(rulesOf(plan({ around }))).toContain('* egress 192.168.0.2/32 TCP 5353, UDP 53')
  })

  test('the cache on each node answers at addresses of its own, and at that of the Service', () => {
    const cache = pod('kube-system/node-local-dns-x', {
      labels: { 'k8s-app': 'node-local-dns' },
      args: ['-localip', '169.254.20.10,10.96.0.10', '-conf', '/etc/Corefile'],
      spec: { hostNetwork: true },
    })
    const rule = '* egress 169.254.20.10/32,10.96.0.10/32 TCP 53, UDP 53'
    expect(rulesOf(plan({ objects: [cache] }))).toContain(rule)
    const silent = pod('kube-system/node-local-dns-y', {
      labels: { 'k8s-app': 'node-local-dns' },
      spec: { hostNetwork: true },
    })
    expect(rulesOf(plan({ objects: [silent] }))).toContain(rule)
    // Whoever makes a pod with that label elsewhere, or one that is not on the host with addresses in its arguments, is nobody's DNS.
    const fake = pod('evil/dns', { labels: { 'k8s-app': 'node-local-dns' } })
    expect(rulesOf(plan({ objects: [fake] }))).toEqual(rulesOf(plan({})))
    const first = pod('kube-system/a', { labels: { 'k8s-app': 'node-local-dns' }, args: ['-localip', '6.6.6.6'] })
    expect(rulesOf(plan({ objects: [first, cache] }))).toEqual(rulesOf(plan({ objects: [cache] })))
  })

  test('that is not found is a gap, and on the list', () => {
    const { gaps, breaks, changes } = plan({ workloads: [workload('shop/web')], around: { ...cluster, declaring: [] } })
    expect(gaps.map(({ what }) => what)).toContain('the DNS of the cluster')
    expect(breaks.map(({ text }) => text)).toContain(
      'all pods of shop to the DNS of the cluster, TCP 53, UDP 53, is cut',
    )
    expect(changes).toHaveLength(1)
  })
})

describe('the API server', () => {
  const api = 'Deployment/web egress Service default/kubernetes TCP 6443'.replace(
    'Service default/kubernetes',
    '192.168.0.1/32',
  )
  const account = (automount?: boolean) => ({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { namespace: 'shop', name: 'default' },
    ...(automount === undefined ? {} : { automountServiceAccountToken: automount }),
  })
  const web = (automount?: boolean, more: object = {}) =>
    workload('shop/web', { spec: { automountServiceAccountToken: automount, ...more } })

  test.each([
    ['a token by default', [account()], web(), true],
    ['an account that gives none', [account(false)], web(), false],
    ['a pod that wants one all the same', [account(false)], web(true), true],
    ['a pod that wants none', [account()], web(false), false],
    [
      'a token that is projected',
      [account()],
      web(false, { volumes: [{ projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } }] }),
      true,
    ],
    [
      "a token for somebody else's eyes",
      [account()],
      web(false, {
        volumes: [{ projected: { sources: [{ serviceAccountToken: { path: 'token', audience: 'vault' } }] } }],
      }),
      false,
    ],
    ['its name', [account(false)], workload('shop/web', env('https://kubernetes.default.svc')), true],
    ['its variable', [account(false)], workload('shop/web', env('https://$(KUBERNETES_SERVICE_HOST)/')), true],
  ])('%s', (_, accounts, one, wanted) => {
    expect(rules({ workloads: [one], accounts })).toEqual(wanted ? [api] : [])
  })

  test('by tokens is not used at baseline, where nobody closes the way out', () => {
    expect(rules({ workloads: [web()], accounts: [account()] }, { level: 'baseline' })).toEqual(['* ingress ns shop'])
  })
})

describe('who names a Service', () => {
  const both = ['Deployment/cart ingress Deployment web TCP 8080', 'Deployment/web egress Service cart TCP 8080']
  const of = (more: Parameters<typeof workload>[1], spec: object = {}, extra: object = {}) =>
    rules({
      workloads: [workload('shop/web', more), workload('shop/cart')],
      declaring: [service('shop/cart', spec)],
      ...extra,
    }).sort()

  test.each([
    'http://cart',
    'cart',
    'cart:80',
    'cart.shop',
    'CART.shop.svc',
    'http://u:p@cart.shop.svc.cluster.local/x',
    '10.96.7.7',
    '$(CART_SERVICE_HOST)',
  ])('%s', (value) => expect(of(env(value))).toEqual(both))
  test.each(['I like my cart', 'carts', 'cart.other', 'other.shop.svc', '0.0.0.0:80', '10.96.0.0/12'])(
    'not %s',
    (value) => {
      expect(
        of(env(value)).filter((rule) => rule.includes('Deployment web') || rule.startsWith('Deployment/web')),
      ).toEqual([])
    },
  )
  test('arguments', () => expect(of({ args: ['--cart=cart:80'] })).toEqual(both))
  test('whom not to ask by a proxy is nobody', () => expect(of(env('localhost,cart', 'NO_PROXY'))).not.toEqual(both))

  const config = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace: 'shop', name: 'conf' },
    data: { 'app.yaml': 'cart:\n  host: cart\n', other: 'x' },
  }
  test.each([
    ['a volume', { spec: { volumes: [{ configMap: { name: 'conf' } }] } }],
    ['a projected volume', { spec: { volumes: [{ projected: { sources: [{ configMap: { name: 'conf' } }] } }] } }],
    ['a key', { env: [{ name: 'C', valueFrom: { configMapKeyRef: { name: 'conf', key: 'app.yaml' } } }] }],
    ['all keys', { envFrom: [{ configMapRef: { name: 'conf' } }] }],
  ])('a ConfigMap, as %s', (_, more) => expect(of(more, {}, { configMaps: [config] })).toEqual(both))
  test('another key of it says nothing', () => {
    const more = { env: [{ name: 'C', valueFrom: { configMapKeyRef: { name: 'conf', key: 'other' } } }] }
    expect(of(more, {}, { configMaps: [config] })).not.toEqual(both)
  })

  test('a ConfigMap that was not read, and what is in Secrets, are gaps; passwords are none', () => {
    const secret = (name: string) => ({ name, valueFrom: { secretKeyRef: { name: 's', key: 'k' } } })
    const web = workload('shop/web', {
      envFrom: [{ configMapRef: { name: 'gone' } }, { configMapRef: { name: 'maybe', optional: true } }],
      env: [secret('DATABASE_URL'), secret('DATABASE_PASSWORD')],
    })
    expect(plan({ workloads: [web] }).gaps.map(({ what }) => what)).toEqual([
      'env DATABASE_URL of Deployment shop/web',
      'ConfigMap gone of Deployment shop/web',
    ])
  })

  test('nothing of a value is shown but the host', () => {
    const found = plan({ workloads: [workload('shop/web', env('postgres://admin:hunter2@db.example.com:5432/x'))] })
    expect(JSON.stringify(found)).not.toContain('hunter2')
    expect(found.breaks.map(({ text, certainty, keep }) => [text, certainty, keep])).toEqual([
      [
        'Deployment web in shop to db.example.com, TCP 5432, is cut',
        'possible',
        '--allow workload=Deployment/web,to=PEER:5432/TCP',
      ],
    ])
  })

  test('an address outside', () => {
    expect(rules({ workloads: [workload('shop/web', env('https://192.0.2.7'))] })).toEqual([
      'Deployment/web egress 192.0.2.7/32 TCP 443',
    ])
    expect(rules({ workloads: [workload('shop/web', env('192.0.2.7:8125'))] })).toEqual([
      'Deployment/web egress 192.0.2.7/32 TCP 8125, UDP 8125',
    ])
  })

  test('a Service of another namespace; somebody there who names one of this speaks for himself alone', () => {
    const other = pod('bank/pay-1', { labels: { app: 'pay', 'pod-template-hash': 'y' }, ...env('http://cart.shop:80') })
    const found = rules({
      workloads: [workload('shop/web', env('pay.bank')), workload('shop/cart')],
      objects: [namespace('bank'), other],
      declaring: [service('shop/cart'), service('bank/pay')],
    })
    expect(found).toEqual(['Deployment/web egress Service pay TCP 8080'])
  })

  test('ports by name are those of the pods: the number where all have one', () => {
    const cart = workload('shop/cart', named([{ name: 'http', containerPort: 9090 }]))
    const ports = [{ port: 80, targetPort: 'http' }]
    expect(
      rules({ workloads: [workload('shop/web', env('cart')), cart], declaring: [service('shop/cart', { ports })] }),
    ).toContain('Deployment/web egress Service cart TCP 9090')
    const canary = pod('shop/canary', {
      labels: { app: 'cart', track: 'canary' },
      ...named([{ name: 'http', containerPort: 7070 }]),
    })
    expect(
      rules({
        workloads: [workload('shop/web', env('cart')), cart],
        objects: [canary],
        declaring: [service('shop/cart', { ports })],
      }),
    ).toContain('Deployment/web egress Service cart TCP http')
  })

  test('a port that is asked for is the only one', () => {
    const ports = [
      { name: 'a', port: 80, targetPort: 8080 },
      { name: 'b', port: 81, targetPort: 8081 },
    ]
    expect(of(env('cart:81'), { ports })).toContain('Deployment/web egress Service cart TCP 8081')
  })

  test('without a selector: by its EndpointSlices', () => {
    const declaring = [
      service('shop/db', { selector: undefined }),
      slice('shop/db', ['192.0.2.5'], [{ port: 5432, protocol: 'TCP' }]),
    ]
    expect(rules({ workloads: [workload('shop/web', env('db'))], declaring })).toEqual([
      'Deployment/web egress 192.0.2.5/32 TCP 5432',
    ])
  })

  test('an alias: of a Service, of a host outside, and of itself', () => {
    const alias = (name: string, externalName: string) =>
      service(`shop/${name}`, { type: 'ExternalName', externalName, selector: undefined })
    const declaring = [
      service('shop/cart'),
      alias('a', 'cart.shop.svc.cluster.local'),
      alias('b', 'db.example.com'),
      alias('c', 'c.shop.svc'),
    ]
    const found = plan({
      workloads: [workload('shop/web', { args: ['--x=a', '--y=b:5432', '--z=c'] }), workload('shop/cart')],
      declaring,
    })
    expect(rulesOf(found)).toContain('Deployment/web egress Service cart TCP 8080')
    expect(found.breaks.map(({ text }) => text)).toContain('Deployment web in shop to db.example.com, TCP 5432, is cut')
  })

  test('nobody: it is on the list', () => {
    const found = plan({ workloads: [workload('shop/cart')], declaring: [service('shop/cart')] })
    expect(found.breaks.map(({ text, keep }) => [text, keep])).toEqual([
      [
        'clients of Service shop/cart, which nothing that was read names to Service cart in shop, TCP 8080, is cut',
        '--allow workload=Deployment/cart,from=PEER:8080/TCP',
      ],
    ])
  })

  test('peers of a StatefulSet, on all of their ports', () => {
    const db = workload('shop/db', {
      kind: 'StatefulSet',
      ports: [{ containerPort: 7000 }],
      own: { serviceName: 'db' },
    })
    const headless = service('shop/db', { clusterIP: 'None', ports: [{ port: 5432 }] })
    expect(rules({ workloads: [db], declaring: [headless] })).toEqual([
      'StatefulSet/db ingress StatefulSet db TCP 5432, TCP 7000',
      'StatefulSet/db egress StatefulSet db TCP 5432, TCP 7000',
    ])
  })

  test('a workload without pods counts, and is on the list as any other', () => {
    const { workload: job } = workload('shop/job', env('cart'))
    const parts = { workloads: [workload('shop/cart')], declaring: [service('shop/cart')] }
    const made = { ...parts, workloads: [...parts.workloads, { workload: job, pod: namespace('unused') }] }
    expect(rules(made)).toContain('Deployment/job egress Service cart TCP 8080')
    expect(plan(made, { level: 'quarantine' }).breaks.map(({ text }) => text)).toContain(
      'Deployment job in shop to Service cart in shop, TCP 8080, is cut',
    )
  })
})
