import * as fc from 'fast-check'
import { worldOf } from '../../../src/network/decode-world.ts'
import type { Enforcer } from '../../../src/network/model.ts'
import type { World } from '../../../src/network/world.ts'

// Small worlds of few words, so that policies and pods meet often.
const spaces = ['a', 'b']
const word = fc.constantFrom('x', 'y')
const key = fc.constantFrom('app', 'tier', '__proto__')
const labels = fc.dictionary(key, word, { maxKeys: 2 })
const cidr = fc.constantFrom(
  '10.0.0.0/30',
  '10.0.0.4/30',
  '10.0.0.0/8',
  '0.0.0.0/0',
  '172.16.0.0/12',
  'fd00::/64',
  '::/0',
)
const port = fc.constantFrom<number | string>(80, 81, 8080, 'web')

const expression = fc.oneof(
  fc.record({ key, operator: fc.constantFrom('In', 'NotIn'), values: fc.array(word, { minLength: 1, maxLength: 2 }) }),
  fc.record({ key, operator: fc.constantFrom('Exists', 'DoesNotExist') }),
)
const selector = fc.record(
  { matchLabels: labels, matchExpressions: fc.array(expression, { maxLength: 1 }) },
  { requiredKeys: [] },
)
const namespaceSelector = fc.oneof(
  fc.constant({}),
  fc.record({ matchLabels: fc.record({ 'kubernetes.io/metadata.name': fc.constantFrom(...spaces) }) }),
  fc.record({ matchLabels: labels }),
)
const trafficPort = fc.oneof(
  fc.record({ protocol: fc.constantFrom('TCP', 'UDP'), port }, { requiredKeys: [] }),
  fc.record({ port: fc.constantFrom(80, 81), endPort: fc.constantFrom(81, 8080) }),
)
const peer = fc.oneof(
  fc.record({ podSelector: selector }),
  fc.record({ namespaceSelector }),
  fc.record({ namespaceSelector, podSelector: selector }),
  fc.record({ ipBlock: fc.record({ cidr }) }),
  fc.record({
    ipBlock: fc.record({
      cidr: fc.constant('10.0.0.0/8'),
      except: fc.array(fc.constant('10.0.0.0/30'), { maxLength: 1 }),
    }),
  }),
)
const optionalList = <T>(items: fc.Arbitrary<T>) => fc.option(fc.array(items, { maxLength: 2 }), { nil: undefined })
const ruleOf = (side: 'from' | 'to') => fc.record({ [side]: optionalList(peer), ports: optionalList(trafficPort) })

export const networkPolicy = fc.record({
  apiVersion: fc.constant('networking.k8s.io/v1'),
  kind: fc.constant('NetworkPolicy'),
  metadata: fc.record({ namespace: fc.constantFrom(...spaces), name: fc.uuid() }),
  spec: fc.record(
    {
      podSelector: selector,
      policyTypes: fc.constantFrom(['Ingress'], ['Egress'], ['Ingress', 'Egress'], []),
      ingress: fc.array(ruleOf('from'), { maxLength: 2 }),
      egress: fc.array(ruleOf('to'), { maxLength: 2 }),
    },
    { requiredKeys: ['podSelector'] },
  ),
})

const adminPeer = fc.oneof(
  fc.record({ namespaces: namespaceSelector }),
  fc.record({ pods: fc.record({ namespaceSelector, podSelector: selector }) }),
)
const adminPort = fc.oneof(
  fc.record({ portNumber: fc.record({ protocol: fc.constantFrom('TCP', 'UDP'), port: fc.constantFrom(80, 81) }) }),
  fc.record({ portRange: fc.record({ protocol: fc.constant('TCP'), start: fc.constant(81), end: fc.constant(8080) }) }),
  fc.record({ namedPort: fc.constant('web') }),
)
const adminRule = (side: 'from' | 'to', actions: string[]) =>
  fc.record({
    action: fc.constantFrom(...actions),
    [side]: fc.array(
      side === 'to'
        ? fc.oneof(adminPeer, fc.record({ networks: fc.array(cidr, { minLength: 1, maxLength: 2 }) }))
        : adminPeer,
      {
        minLength: 1,
        maxLength: 2,
      },
    ),
    ports: fc.array(adminPort, { maxLength: 2 }),
  })
const adminOf = (kind: string, actions: string[]) =>
  fc.record({
    apiVersion: fc.constant('policy.networking.k8s.io/v1alpha1'),
    kind: fc.constant(kind),
    metadata: fc.record({ name: fc.uuid() }),
    spec: fc.record({
      priority: fc.integer({ min: 1, max: 3 }),
      subject: adminPeer,
      ingress: fc.array(adminRule('from', actions), { maxLength: 2 }),
      egress: fc.array(adminRule('to', actions), { maxLength: 2 }),
    }),
  })
export const adminPolicy = fc.oneof(
  adminOf('AdminNetworkPolicy', ['Allow', 'Deny', 'Pass']),
  adminOf('BaselineAdminNetworkPolicy', ['Allow', 'Deny']),
)

const address = fc.constantFrom('10.0.0.1', '10.0.0.2', '10.0.0.5', '10.1.0.9', 'fd00::1', 'fd01::1')
const pod = fc.record({
  namespace: fc.constantFrom(...spaces),
  labels,
  hostNetwork: fc.boolean().map((chosen) => chosen),
  node: fc.constantFrom('n1', 'n2'),
  addresses: fc.uniqueArray(address, { maxLength: 2 }),
  web: fc.constantFrom(80, 8080, undefined),
})

const podObject = (raw: typeof pod extends fc.Arbitrary<infer T> ? T : never, index: number) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { namespace: raw.namespace, name: `p${index}`, labels: raw.labels },
  spec: {
    nodeName: raw.node,
    hostNetwork: raw.hostNetwork && index % 3 === 0,
    containers: [{ ports: raw.web === undefined ? [] : [{ name: 'web', containerPort: raw.web }] }],
  },
  status: { podIPs: raw.addresses.map((ip) => ({ ip })) },
})
const node = (name: string, ip: string) => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, labels: { app: name === 'n1' ? 'x' : 'y' } },
  status: { addresses: [{ type: 'InternalIP', address: ip }] },
})

/** The objects of a world without policies. */
export const objects = fc
  .record({ pods: fc.array(pod, { minLength: 1, maxLength: 6 }), b: labels })
  .map(({ pods, b }): object[] => [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a', labels: { app: 'x' } } },
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'b', labels: b } },
    node('n1', '192.168.0.1'),
    node('n2', '192.168.0.2'),
    ...pods.map(podObject),
  ])

export const enforcer = fc.constantFrom<Enforcer>('calico', 'cilium', 'conformant', 'unidentified')

export function makeWorld(all: object[], by: Enforcer): World {
  return worldOf(all, { enforcer: by })
}
