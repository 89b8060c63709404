import { describe, expect, test } from 'vitest'
import {
  account,
  cluster,
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

const rules = (...given: Parameters<typeof plan>) => rulesOf(plan(...given)).filter((rule) => !rule.includes('DNS'))
const web = workload('shop/web')
const of = (apiVersion: string, kind: string, path: string, spec: object, more: object = {}) => {
  const [space, name] = path.includes('/') ? path.split('/') : [undefined, path]
  return { apiVersion, kind, metadata: { name, ...(space ? { namespace: space } : {}), ...more }, spec }
}
const ingress = (spec: object = {}) =>
  of('networking.k8s.io/v1', 'Ingress', 'shop/front', {
    ...spec,
    rules: [{ http: { paths: [{ path: '/', backend: { service: { name: 'web', port: { number: 80 } } } }] } }],
  })
const nginx = of('networking.k8s.io/v1', 'IngressClass', 'nginx', { controller: 'k8s.io/ingress-nginx' })
const labels = { 'app.kubernetes.io/name': 'ingress-nginx', 'app.kubernetes.io/component': 'controller' }
const controls = granted([account('ingress/default')], writesIngresses)

describe('clients from outside', () => {
  test('an Ingress: from its controller', () => {
    const objects = [namespace('ingress'), pod('ingress/nginx-1', { labels })]
    const declaring = [service('shop/web'), nginx, ingress({ ingressClassName: 'nginx' })]
    expect(rules({ workloads: [web], objects, declaring, rbac: controls })).toEqual([
      'Deployment/web ingress the Ingress controller k8s.io/ingress-nginx TCP 8080',
    ])
  })

  test('a controller on the host network: by the addresses of its nodes, of their overlay too', () => {
    const host = pod('ingress/nginx-1', { labels, spec: { hostNetwork: true, nodeName: 'n2' } })
    host['status'] = { phase: 'Running', podIP: '192.168.0.2', hostIP: '192.168.0.2' }
    const objects = cluster.objects.map((raw) =>
      JSON.stringify(raw).includes('"n2"')
        ? {
            ...raw,
            metadata: { name: 'n2', annotations: { 'projectcalico.org/IPv4VXLANTunnelAddr': '10.1.9.1' } },
            spec: { podCIDR: '10.244.3.0/24' },
          }
        : raw,
    )
    const declaring = [service('shop/web'), nginx, ingress({ ingressClassName: 'nginx' })]
    const around = { ...cluster, objects }
    expect(rules({ workloads: [web], objects: [host], declaring, rbac: controls, around })).toEqual([
      'Deployment/web ingress 192.168.0.2/32,10.1.9.1/32,10.244.3.0/32 TCP 8080',
    ])
  })

  test.each([[[]], [[of('networking.k8s.io/v1', 'IngressClass', 'nginx', { controller: 'k8s.io/ingress-nginx' })]]])(
    'an unknown controller: from anyone',
    (classes) => {
      const declaring = [service('shop/web'), ...classes, ingress({ ingressClassName: 'nginx' })]
      expect(rules({ workloads: [web], declaring })).toEqual(['Deployment/web ingress anyone TCP 8080'])
    },
  )

  const route = (kind: string, parentRefs: object[], space = 'shop') =>
    of('gateway.networking.k8s.io/v1', kind, `${space}/r`, {
      parentRefs,
      rules: [{ backendRefs: [{ name: 'web', namespace: 'shop', port: 80 }] }],
    })
  test.each(['HTTPRoute', 'TCPRoute', 'GRPCRoute'])('a %s: from its gateway', (kind) => {
    const gate = pod('edge/gate-1', { labels: { 'gateway.networking.k8s.io/gateway-name': 'main' } })
    const stranger = pod('shop/gate-2', { labels: { 'gateway.networking.k8s.io/gateway-name': 'main' } })
    const declaring = [service('shop/web'), route(kind, [{ name: 'main', namespace: 'edge' }])]
    expect(rules({ workloads: [web], objects: [gate, stranger], declaring })).toEqual([
      'Deployment/web ingress Gateway edge/main TCP 8080',
    ])
    expect(rules({ workloads: [web], declaring: [service('shop/web'), route(kind, [{ name: 'main' }])] })).toEqual([
      'Deployment/web ingress anyone TCP 8080',
    ])
  })

  test('a published Service: from anyone, or from its source ranges where they arrive', () => {
    const type = 'LoadBalancer'
    const ranges = { loadBalancerSourceRanges: ['192.0.2.0/24'] }
    expect(rules({ workloads: [web], declaring: [service('shop/web', { type, ...ranges })] })).toEqual([
      'Deployment/web ingress anyone TCP 8080',
    ])
    expect(
      rules({
        workloads: [web],
        declaring: [service('shop/web', { type, ...ranges, externalTrafficPolicy: 'Local' })],
      }),
    ).toEqual(['Deployment/web ingress 192.0.2.0/24 TCP 8080'])
  })

  test('a hostPort', () => {
    const one = workload('shop/web', { ports: [{ containerPort: 8080, hostPort: 80 }] })
    expect(rules({ workloads: [one] })).toEqual(['Deployment/web ingress anyone TCP 8080'])
  })
})

describe('the control plane', () => {
  const hook = (failurePolicy?: string) => ({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: 'guard' },
    webhooks: [
      { name: 'guard.shop', failurePolicy, clientConfig: { service: { namespace: 'shop', name: 'web', port: 80 } } },
    ],
  })
  const crd = of('apiextensions.k8s.io/v1', 'CustomResourceDefinition', 'carts.shop', {
    conversion: { webhook: { clientConfig: { service: { namespace: 'shop', name: 'web', port: 80 } } } },
  })
  const api = of('apiregistration.k8s.io/v1', 'APIService', 'v1.shop', {
    service: { namespace: 'shop', name: 'web', port: 80 },
  })

  test.each([
    ['a webhook', hook()],
    ['a conversion', crd],
    ['an API', api],
  ])('%s: from the addresses of the API server', (_, one) => {
    expect(rules({ workloads: [web], declaring: [service('shop/web'), one] })).toEqual([
      'Deployment/web ingress 192.168.0.1/32 TCP 8080',
    ])
  })

  test('whose addresses are not known: from anyone, which is said', () => {
    const found = plan({
      workloads: [web],
      declaring: [service('shop/web'), hook()],
      around: { ...cluster, declaring: [] },
    })
    expect(rulesOf(found)).toContain('Deployment/web ingress anyone TCP 8080')
    expect(found.notes.join()).toContain('the addresses of the API server are not known')
  })

  test('failurePolicy Fail is grave', () => {
    const evidence = (policy?: string) =>
      plan({ workloads: [web], declaring: [service('shop/web'), hook(policy)] }, { level: 'quarantine' })
        .breaks.flatMap((one) => one.evidence.map(({ what }) => what))
        .join()
    expect(evidence()).toContain('failurePolicy Fail')
    expect(evidence('Ignore')).not.toContain('failurePolicy Fail')
  })
})

describe('Prometheus', () => {
  const prometheus = pod('monitoring/prometheus-0', { labels: { 'app.kubernetes.io/name': 'prometheus' } })
  const crd = 'monitoring.coreos.com/v1'
  const reads = granted([account('monitoring/default')], listsPods, 'shop')
  const one = workload('shop/web', { ports: [{ name: 'metrics', containerPort: 9100 }] })
  const ports = [{ name: 'metrics', port: 9100, targetPort: 'metrics' }]
  const own = service('shop/web', { ports }, { labels: { app: 'web' } })

  test.each([
    [
      'a ServiceMonitor',
      [
        own,
        of(crd, 'ServiceMonitor', 'shop/m', {
          selector: { matchLabels: { app: 'web' } },
          endpoints: [{ port: 'metrics' }],
        }),
      ],
    ],
    [
      'a PodMonitor',
      [
        of(crd, 'PodMonitor', 'shop/m', {
          selector: { matchLabels: { app: 'web' } },
          podMetricsEndpoints: [{ port: 'metrics' }],
        }),
      ],
    ],
  ])('%s', (_, declaring) => {
    const found = rules({ workloads: [one], objects: [prometheus], declaring, rbac: reads })
    expect(found).toEqual(['Deployment/web ingress Prometheus TCP 9100'])
  })

  test('an annotation', () => {
    const annotations = { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '9300' }
    const found = rules({ workloads: [workload('shop/web', { annotations })], objects: [prometheus], rbac: reads })
    expect(found).toEqual(['Deployment/web ingress Prometheus TCP 9300'])
  })

  test('that is not found is on the list', () => {
    const annotations = { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '9300' }
    const found = plan({ workloads: [workload('shop/web', { annotations })] })
    expect(found.breaks.map(({ certainty, keep }) => [certainty, keep])).toEqual([
      ['possible', '--allow workload=Deployment/web,from=PEER:9300/TCP'],
    ])
  })
})
