import fc from 'fast-check'
import type { Raw } from '../../../../src/isolation/raw.ts'
import { cluster, namespace, type Parts, pod, service, slice, workload } from './scenes.ts'

const names = ['web', 'cart', 'pay', 'db']
const tracks = ['a', 'b']
const port = fc.constantFrom(80, 8080, 9090)
const told = fc.oneof(
  fc
    .constantFrom(...names)
    .chain((name) =>
      fc.constantFrom(
        name,
        `http://${name}/`,
        `${name}.shop:80`,
        `tcp://${name}.shop.svc.cluster.local:8080`,
        `${name}-0.${name}:9090`,
        `http://${name}.bank`,
      ),
    ),
  fc.constantFrom(
    '192.0.2.9:443',
    'https://192.0.2.9',
    'https://example.com',
    'kubernetes.default',
    '10.96.1.1:80',
    'nobody',
    '192.168.0.2:9090',
    '$(CART_SERVICE_HOST)',
  ),
)

const madeWorkload = (name: string) =>
  fc
    .record({
      kind: fc.constantFrom('Deployment', 'StatefulSet'),
      track: fc.constantFrom(...tracks),
      texts: fc.array(told, { maxLength: 3 }),
      http: port,
      token: fc.boolean(),
      host: fc.integer({ min: 0, max: 7 }).map((draw) => draw === 0),
      runs: fc.boolean(),
      hostPort: fc.integer({ min: 0, max: 5 }).map((draw) => draw === 0),
    })
    .map(({ kind, track, texts, http, token, host, runs, hostPort }) => {
      const made = workload(`shop/${name}`, {
        kind,
        labels: { app: name, track },
        env: texts.map((value, index) => ({ name: `E${index}`, value })),
        ports: [{ name: 'http', containerPort: http, ...(hostPort ? { hostPort: 30_000 } : {}) }],
        own: { serviceName: name },
        spec: { automountServiceAccountToken: token, ...(host ? { hostNetwork: true } : {}) },
      })
      if (host) made.pod['status'] = { phase: 'Running', podIP: '192.168.0.1' }
      return runs ? made : { ...made, pod: namespace('nothing') }
    })

const madeService = (path: string) => {
  const [, name = ''] = path.split('/')
  return fc
    .record({
      type: fc.constantFrom('ClusterIP', 'ClusterIP', 'NodePort', 'LoadBalancer'),
      targetPort: fc.constantFrom('http', 8080, 9090),
      headless: fc.boolean(),
      selector: fc.constantFrom({ app: name }, { app: name, track: 'a' }, { track: 'b' }, undefined),
    })
    .map(({ type, targetPort, headless, selector }) => {
      const spec = {
        type,
        selector,
        clusterIP: headless && type === 'ClusterIP' ? 'None' : `10.96.1.${names.indexOf(name)}`,
      }
      return [
        service(path, { ...spec, ports: [{ name: 'main', port: 80, targetPort }] }),
        ...(selector ? [] : [slice(path, ['192.0.2.5'], [{ name: 'main', port: 5432, protocol: 'TCP' }])]),
      ]
    })
}

const selector = fc.constantFrom<object>(
  {},
  { matchLabels: { track: 'a' } },
  { matchLabels: { app: 'web' } },
  { matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['cart'] }] },
)
const peer = fc.oneof(
  selector.map((podSelector) => ({ podSelector })),
  fc.constantFrom<object>(
    { namespaceSelector: {} },
    { ipBlock: { cidr: '0.0.0.0/0' } },
    { ipBlock: { cidr: '192.0.2.0/24' } },
  ),
)
const sides = fc.array(fc.record({ peers: fc.array(peer, { minLength: 1, maxLength: 2 }), port: fc.option(port) }), {
  maxLength: 2,
})

/** Policies that somebody else made before. */
const policy = fc
  .record({
    podSelector: selector,
    types: fc.constantFrom(['Ingress'], ['Egress'], ['Ingress', 'Egress']),
    ingress: sides,
    egress: sides,
    name: fc.uuid(),
  })
  .map(({ podSelector, types, ingress, egress, name }): Raw => {
    const rules = (side: string, list: typeof ingress) =>
      list.map(({ peers, port: only }) => ({ [side]: peers, ...(only === null ? {} : { ports: [{ port: only }] }) }))
    const spec = { podSelector, policyTypes: types, ingress: rules('from', ingress), egress: rules('to', egress) }
    return { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { namespace: 'shop', name }, spec }
  })

const webhook = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'MutatingWebhookConfiguration',
  metadata: { name: 'guard' },
  webhooks: [{ name: 'guard', clientConfig: { service: { namespace: 'shop', name: 'web', port: 80 } } }],
}
const ingress = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { namespace: 'shop', name: 'front' },
  spec: { defaultBackend: { service: { name: 'cart', port: { name: 'main' } } } },
}

/** A shop with what declares connections in it, policies of others, a neighbour and a bare pod. */
export const arbitraryShop: fc.Arbitrary<Parts> = fc
  .record({
    workloads: fc.tuple(...names.map(madeWorkload)),
    services: fc.tuple(...names.map((name) => madeService(`shop/${name}`)), madeService('bank/pay')),
    policies: fc.array(policy, { maxLength: 2 }),
    more: fc.subarray([webhook, ingress] as Raw[]),
    client: told,
    scraped: fc.boolean(),
  })
  .map(({ workloads, services, policies, more, client, scraped }) => ({
    workloads,
    declaring: [...services.flat(), ...more],
    objects: [
      namespace('bank'),
      pod('bank/pay', {
        labels: { app: 'pay' },
        ports: [{ name: 'http', containerPort: 8080 }],
        env: [{ name: 'U', value: client }],
      }),
      pod('shop/bare', {
        labels: { role: 'bare' },
        annotations: scraped ? { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '9090' } : {},
      }),
      pod('bank/prometheus', { labels: { 'app.kubernetes.io/name': 'prometheus' } }),
      ...policies,
    ],
    around: cluster,
  }))
