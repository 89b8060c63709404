import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isForeign, rankForeign, speakersOf } from '../../../../src/lockdown/network/words.ts'
import { arbitraryShop } from './arbitrary-shop.ts'
import {
  account,
  granted,
  listsPods,
  namespace,
  plan,
  pod,
  rulesOf,
  service,
  workload,
  writesIngresses,
} from './scenes.ts'

const scraped = workload('shop/web', {
  annotations: { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '9300' },
  ports: [{ containerPort: 9300 }],
})
const prometheus = (space: string) =>
  pod(`${space}/prometheus-0`, { labels: { app: 'prometheus', 'app.kubernetes.io/name': 'prometheus' } })
const nginxLabels = { 'app.kubernetes.io/name': 'ingress-nginx', 'app.kubernetes.io/component': 'controller' }
const edge = [
  service('shop/web', { ports: [{ port: 80, targetPort: 9300 }] }),
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    metadata: { name: 'nginx' },
    spec: { controller: 'k8s.io/ingress-nginx' },
  },
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { namespace: 'shop', name: 'front' },
    spec: { ingressClassName: 'nginx', defaultBackend: { service: { name: 'web', port: { number: 80 } } } },
    status: { loadBalancer: { ingress: [{ ip: '203.0.113.7' }] } },
  },
]
const front = (space: string, ip: string, more: object = {}) => ({
  ...service(`${space}/front`, { type: 'LoadBalancer', clusterIP: '10.96.9.9', selector: nginxLabels, ...more }),
  status: { loadBalancer: { ingress: [{ ip }] } },
})
/** Whose pods are let in, by namespace. */
const letIn = (...given: Parameters<typeof plan>) =>
  plan(...given).rules.flatMap(({ direction, peer }) =>
    direction === 'ingress' && peer.kind === 'pods' ? [peer.namespace] : [],
  )

describe('labels are the word of whoever makes the pod', () => {
  const objects = [prometheus('evil')]
  test('restricted: not let in, on the list with the flag that lets it in, and that flag does', () => {
    const found = plan({ workloads: [scraped], objects })
    expect(rulesOf(found).filter((rule) => rule.includes('ingress'))).toEqual([])
    expect(found.breaks.map(({ certainty, text, keep }) => [certainty, text, keep])).toEqual([
      [
        'certain',
        'what says it is Prometheus in evil to Deployment web in shop, TCP 9300, is cut',
        '--allow workload=Deployment/web,from=evil/app.kubernetes.io/name=prometheus:9300/TCP',
      ],
    ])
    expect(found.breaks[0]?.evidence).toMatchObject([{ word: 'foreign', namespace: 'evil' }])
    expect(found.notes.join()).toContain('not let in without --allow: evil')
    const allow = found.breaks.map(({ keep = '' }) => keep.replace('--allow ', ''))
    const asked = plan({ workloads: [scraped], objects }, { allow })
    expect(asked.breaks).toEqual([])
    expect(asked.foreign.map(({ open }) => open)).toEqual([true])
  })

  test('baseline: let in, with a warning', () => {
    const found = plan({ workloads: [scraped], objects }, { level: 'baseline' })
    expect(found.breaks).toEqual([])
    expect(rulesOf(found)).toContain('Deployment/web ingress what says it is Prometheus TCP 9300')
    expect(found.foreign.map((need) => [speakersOf(need), need.open])).toEqual([[['evil'], true]])
    expect(found.notes.join()).toContain('opened on the word of other namespaces alone: evil')
    expect(JSON.stringify(found.changes)).toContain('declared on the word of evil: ')
  })

  test('quarantine: not let in', () => {
    const found = plan({ workloads: [scraped], objects }, { level: 'quarantine' })
    expect(letIn({ workloads: [scraped], objects }, { level: 'quarantine' })).toEqual([])
    expect(found.foreign.map(({ open }) => open)).toEqual([false])
  })
})

describe('whom the cluster vouches for', () => {
  const both = [prometheus('monitoring'), prometheus('evil')]
  const real = account('monitoring/default')
  test.each([
    ['an account that may list its pods, all over the cluster', granted([real], listsPods), ['monitoring']],
    ['or in it', granted([real], listsPods, 'shop'), ['monitoring']],
    [
      'or by the group of its namespace',
      granted([group('system:serviceaccounts:monitoring')], listsPods),
      ['monitoring'],
    ],
    ['not in another namespace', granted([real], listsPods, 'evil'), []],
    ['not another right', granted([real], { ...listsPods, verbs: ['get'] }), []],
    ['not what all accounts may', granted([group('system:serviceaccounts')], listsPods), []],
    ['nor all users', granted([group('system:authenticated')], listsPods), []],
  ])('a Prometheus: %s', (_, rbac, wanted) => {
    expect(letIn({ workloads: [scraped], objects: both, rbac })).toEqual(wanted)
  })

  const controllers = [pod('ingress/c', { labels: nginxLabels }), pod('evil/c', { labels: nginxLabels })]
  const own = account('ingress/default')
  test.each([
    ['nobody', granted([own], listsPods), [], []],
    ['an account that may write the status of its Ingresses', granted([own], writesIngresses), [], ['ingress']],
    ['pods behind the address of its Ingress', undefined, [front('ingress', '203.0.113.7')], ['ingress']],
    ['not behind another', undefined, [front('evil', '203.0.113.8')], []],
    [
      'not those who write that address into their Service themselves',
      undefined,
      [front('evil', '203.0.113.8', { externalIPs: ['203.0.113.7'], loadBalancerIP: '203.0.113.7' })],
      [],
    ],
  ])('an Ingress controller: %s', (_, rbac, more, wanted) => {
    const parts = { workloads: [workload('shop/web')], objects: controllers, declaring: [...edge, ...more] }
    expect(letIn({ ...parts, ...(rbac ? { rbac } : {}) })).toEqual(wanted)
  })

  test('a stranger with more labels hides nobody: each namespace is looked at by itself', () => {
    const plain = pod('monitoring/prometheus-0', { labels: { app: 'prometheus' } })
    const parts = { workloads: [scraped], objects: [plain, prometheus('evil')], rbac: granted([real], listsPods) }
    expect(letIn(parts)).toEqual(['monitoring'])
  })

  test("the API server's tunnel is in kube-system, and nowhere else", () => {
    const hook = {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingWebhookConfiguration',
      metadata: { name: 'guard' },
      webhooks: [{ name: 'g', clientConfig: { service: { namespace: 'shop', name: 'web' } } }],
    }
    const agent = (space: string) => pod(`${space}/agent`, { labels: { 'k8s-app': 'konnectivity-agent' } })
    const parts = { workloads: [workload('shop/web')], objects: [agent('kube-system'), agent('evil')] }
    expect(letIn({ ...parts, declaring: [service('shop/web'), hook] })).toEqual(['kube-system'])
    // Nor is everybody let in where the impostor is all there is.
    const found = plan({ ...parts, objects: [agent('evil')], declaring: [service('shop/web'), hook] })
    expect(found.foreign.map(speakersOf)).toEqual([['evil']])
  })

  const gateway = { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'Gateway' }
  const route = (space: string) => ({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { namespace: space, name: 'r' },
    spec: {
      parentRefs: [{ name: 'main', namespace: 'edge' }],
      rules: [{ backendRefs: [{ name: 'web', namespace: 'shop', port: 80 }] }],
    },
  })
  const named = { 'gateway.networking.k8s.io/gateway-name': 'main' }
  test.each([
    ['its own route names the namespace of the gateway', route('shop'), ['edge']],
    ['the route of another names anything', route('evil'), []],
  ])('a Gateway: %s', (_, one, wanted) => {
    const objects = [pod('edge/g', { labels: named }), pod('evil/g', { labels: named })]
    expect(letIn({ workloads: [workload('shop/web')], objects, declaring: [service('shop/web'), one] })).toEqual(wanted)
  })

  test('Envoy Gateway, in a namespace of its own: by the address of the gateway', () => {
    const labels = {
      'gateway.envoyproxy.io/owning-gateway-name': 'main',
      'gateway.envoyproxy.io/owning-gateway-namespace': 'edge',
    }
    const objects = ['envoy', 'evil'].map((space) => pod(`${space}/g`, { labels }))
    const at = (value: string) => ({
      ...gateway,
      metadata: { namespace: 'edge', name: 'main' },
      status: { addresses: [{ type: 'IPAddress', value }] },
    })
    const proxy = service('envoy/proxy', { clusterIP: '10.96.5.5', selector: labels })
    const declaring = [service('shop/web'), route('shop'), proxy]
    const parts = { workloads: [workload('shop/web')], objects }
    expect(letIn({ ...parts, declaring: [...declaring, at('10.96.5.5')] })).toEqual(['envoy'])
    expect(letIn({ ...parts, declaring: [...declaring, at('10.96.5.6')] })).toEqual([])
  })

  test('a foreign route whose gateway is unknown opens nothing to everybody, not even at baseline', () => {
    const declaring = [service('shop/web'), route('evil')]
    const found = plan({ workloads: [workload('shop/web')], declaring }, { level: 'baseline' })
    expect(rulesOf(found)).toEqual(['* ingress ns shop'])
    expect(found.breaks.map(({ text }) => text)).toEqual([expect.stringContaining('clients of Gateway edge/main')])
  })
})

test('a monitor of another namespace is its word, whoever reads it', () => {
  const monitor = (space: string) => ({
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PodMonitor',
    metadata: { namespace: space, name: 'm' },
    spec: {
      namespaceSelector: { matchNames: ['shop'] },
      selector: { matchLabels: { app: 'web' } },
      podMetricsEndpoints: [{ portNumber: 9300 }],
    },
  })
  const parts = {
    workloads: [workload('shop/web')],
    objects: [prometheus('monitoring')],
    rbac: granted([account('monitoring/default')], listsPods),
  }
  expect(letIn({ ...parts, declaring: [monitor('shop')] })).toEqual(['monitoring'])
  const found = plan({ ...parts, declaring: [monitor('evil')] })
  expect(found.foreign.map(speakersOf)).toEqual([['evil']])
  expect(found.breaks.map(({ keep }) => keep)).toEqual([
    '--allow workload=Deployment/web,from=monitoring/app.kubernetes.io/name=prometheus:9300/TCP',
  ])
})

test('what both declare is let in: the word of one that counts is enough', () => {
  const client = pod('bank/pay', { env: [{ name: 'U', value: 'web.shop' }] })
  const parts = { workloads: [workload('shop/web')], objects: [namespace('bank'), client] }
  const declaring = [service('shop/web', { type: 'NodePort' })]
  const found = plan({ ...parts, declaring })
  expect(rulesOf(found)).toContain('Deployment/web ingress anyone TCP 8080')
  expect(found.foreign.map(({ open }) => open)).toEqual([true])
  expect(found.breaks).toEqual([])
})

describe('any shop', () => {
  test('every declared source of a rule says on whose word, and restricted opens nothing inwards on that of others', () => {
    fc.assert(
      fc.property(arbitraryShop, fc.constantFrom('baseline', 'restricted'), (parts, level) => {
        const found = plan(parts, { level })
        for (const rule of found.rules) {
          for (const { how, word } of rule.by) expect([how, word === undefined]).toEqual(['declared', false])
          if (level === 'restricted') expect(isForeign(rule)).toBe(false)
        }
      }),
      { numRuns: 100 },
    )
  })

  test('tenants are looked at before the cluster, and none is lost in the order', () => {
    const need = fc.record({ space: fc.constantFrom('kube-system', 'evil', 'bank'), open: fc.boolean() })
    fc.assert(
      fc.property(fc.array(need), (all) => {
        const end = { kind: 'namespace', namespace: 'shop' } as const
        const given = all.map(({ space, open }) => ({
          from: end,
          to: end,
          ports: [],
          open,
          by: [{ how: 'declared' as const, what: space, word: 'foreign' as const, namespace: space }],
        }))
        const ranked = rankForeign(given)
        expect(ranked.toSorted(byText)).toEqual(given.toSorted(byText))
        const names = ranked.map((one) => speakersOf(one)[0])
        const first = names.indexOf('kube-system')
        expect(new Set(first < 0 ? [] : names.slice(first)).size).toBeLessThanOrEqual(1)
      }),
    )
  })
})

const byText = (one: object, other: object) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1)
const group = (name: string) => ({ kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name })
