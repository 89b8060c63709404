import { describe, expect, test } from 'vitest'
import { isException } from '../../../src/isolation/computed.ts'
import { parsePeer } from '../../../src/isolation/peers.ts'
import type { Scene } from '../../../src/isolation/scene.ts'
import { allowAll, calico, cilium, ids, isolate, open, planId, pod, service } from './scenes.ts'

const dns = service(
  'kube-system/kube-dns',
  { 'k8s-app': 'kube-dns' },
  {
    ports: [
      { port: 53, targetPort: 5353, protocol: 'UDP' },
      { port: 53, targetPort: 'dns-tcp', protocol: 'TCP' },
    ],
  },
)
const resolver = pod(
  'kube-system/dns',
  { 'k8s-app': 'kube-dns' },
  { spec: { containers: [{ ports: [{ name: 'dns-tcp', containerPort: 5353 }] }] } },
)
const objects = [
  pod('shop/web', { app: 'web' }),
  pod('shop/db', { app: 'db' }),
  pod('watch/eye', { app: 'eye' }),
  resolver,
]
const options = {
  allowFrom: [parsePeer('watch/app=eye:9090')],
  allowTo: [parsePeer('dns'), parsePeer('192.0.2.0/24:443')],
}
const admin = (version: string): Partial<Scene> => ({
  served: new Set([`policy.networking.k8s.io/${version}`]),
  enforcer: 'conformant',
})

describe('exceptions', () => {
  test('are a policy of their own, after the one that cuts', () => {
    const found = isolate(objects, ['shop/web'], { dns }, options)
    expect(ids(found)).toEqual(['deny-1', 'allow-1', 'label-1'])
    expect(found.plan.changes[1]).toMatchObject({ ref: { name: `kubectl-secure-${planId}-allow` } })
  })

  test.each([
    ['plainly', {}, []],
    ['through an overlay of Calico', calico, [allowAll('shop/open')]],
    ['through an AdminNetworkPolicy', admin('v1alpha1'), [allowAll('shop/open')]],
    ['through a ClusterNetworkPolicy', admin('v1alpha2'), [allowAll('shop/open')]],
  ])('%s let through what they name, on the ports they name', (_, around, more) => {
    const found = isolate([...objects, ...more], ['shop/web'], { dns, ...around }, options)
    const lines = found.computed[0]?.open ?? []
    // Neither of the admin kinds can deny what comes from outside, and of nodes it is not told.
    const shown = lines.flatMap(({ direction, peer, traffic }) =>
      traffic.flatMap(({ protocol, ports }) =>
        ports.map(({ from, to }) => `${direction} ${peer} ${protocol} ${from}-${to}`),
      ),
    )
    expect(shown.filter((line) => !/^ingress (?:world|addresses)|nodes/.test(line)).sort()).toEqual([
      'egress addresses (192.0.2.0/24) TCP 443-443',
      'egress pods kube-system/dns TCP 5353-5353',
      'egress pods kube-system/dns UDP 5353-5353',
      'ingress pods watch/eye TCP 9090-9090',
    ])
    expect(lines.filter((line) => isException(line, planId)).length).toBeGreaterThanOrEqual(3)
  })

  test('are told from what is left open by others', () => {
    const found = isolate([...objects, allowAll('shop/open')], ['shop/web'], { dns }, options)
    const plain = isolate(objects, ['shop/web'], { dns }, options)
    expect(plain.computed[0]?.open.every((line) => isException(line, planId))).toBe(true)
    expect(found.computed[0]?.open.some((line) => !isException(line, planId))).toBe(true)
  })

  test('would be denied by an overlay of Cilium: there is none, and that is said', () => {
    const found = isolate([...objects, allowAll('shop/open')], ['shop/web'], { dns, ...cilium }, options)
    expect(ids(found)).toEqual(['deny-1', 'allow-1', 'label-1'])
    expect(found.plan.warnings.map(({ text }) => text)).toContainEqual(expect.stringContaining("Cilium's deny rules"))
    expect(open(found).length).toBeGreaterThan(3)
  })

  test('for DNS need a Service that says where it is', () => {
    expect(isolate(objects, ['shop/web'], {}, options).plan.refused?.why).toContain('DNS')
    expect(
      isolate(objects, ['shop/web'], { dns: service('kube-system/kube-dns', {}) }, options).plan.refused?.why,
    ).toContain('DNS')
  })
})

test('the tier of an overlay comes before all others', () => {
  const tier = (name: string, order?: number) => ({
    apiVersion: 'crd.projectcalico.org/v1',
    kind: 'Tier',
    metadata: { name },
    spec: order === undefined ? {} : { order },
  })
  const found = isolate(
    [...objects, allowAll('shop/open'), tier('early', -7), tier('default', 1e6), tier('odd')],
    ['shop/web'],
    calico,
  )
  const made = found.plan.changes.find(({ id }) => id === 'overlay-tier')
  expect(made).toMatchObject({ optional: true, body: { spec: { order: -8, defaultAction: 'Pass' } } })
})

test('a priority of an overlay is one that nobody has, and none is made where all are taken', () => {
  const taken = (count: number) =>
    Array.from({ length: count }, (_, priority) => ({
      apiVersion: 'policy.networking.k8s.io/v1alpha1',
      kind: 'AdminNetworkPolicy',
      metadata: { name: `p${priority}` },
      spec: { priority, subject: { namespaces: { matchLabels: { none: 'such' } } } },
    }))
  const some = isolate([...objects, allowAll('shop/open'), ...taken(3)], ['shop/web'], admin('v1alpha1'))
  expect(some.plan.changes.find(({ id }) => id === 'overlay')).toMatchObject({ body: { spec: { priority: 3 } } })
  expect(
    ids(isolate([...objects, allowAll('shop/open'), ...taken(1001)], ['shop/web'], admin('v1alpha1'))),
  ).not.toContain('overlay')
})
