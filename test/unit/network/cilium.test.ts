import { describe, expect, test } from 'vitest'
import { ask, cast, networkPolicy, pod, said } from './make.ts'

function cilium(spec: object, namespace?: string) {
  const kind = namespace ? 'CiliumNetworkPolicy' : 'CiliumClusterwideNetworkPolicy'
  return { apiVersion: 'cilium.io/v2', kind, metadata: { name: 'p', ...(namespace ? { namespace } : {}) }, spec }
}

const by = { by: 'cilium' } as const
const everyone = { endpointSelector: {} }
const web = { matchLabels: { app: 'web' } }

describe("Cilium's policies", () => {
  test('a rule isolates its direction; an empty one allows nobody, an empty list says nothing', () => {
    expect(said('b/web > a/web', [cilium({ ...everyone, ingress: [{}] }, 'a')], by)).toBe('denied')
    expect(said('b/web > a/web', [cilium({ ...everyone, ingress: [] }, 'a')], by)).toBe('allowed')
    expect(said('b/web > a/web', [cilium({ ...everyone, egress: [{}] }, 'a')], by)).toBe('allowed')
    expect(said('b/web > a/web', [cilium({ ...everyone, ingress: [{ fromEndpoints: [] }] }, 'a')], by)).toBe('denied')
    const open = { ...everyone, ingress: [{}], enableDefaultDeny: { ingress: false } }
    expect(said('b/web > a/web', [cilium(open, 'a')], by)).toBe('allowed')
  })

  test('endpoints are of the policy\u2019s namespace, unless the selector names another', () => {
    const from = (selector: object) => [cilium({ ...everyone, ingress: [{ fromEndpoints: [selector] }] }, 'a')]
    expect(said('a/db > a/web', from({}), by)).toBe('allowed')
    expect(said('b/web > a/web', from({}), by)).toBe('denied')
    expect(said('b/web > a/web', from(web), by)).toBe('denied')
    const named = (key: string) => from({ matchLabels: { app: 'web', [key]: 'b' } })
    expect(said('b/web > a/web', named('k8s:io.kubernetes.pod.namespace'), by)).toBe('allowed')
    expect(said('b/web > a/web', named('io.kubernetes.pod.namespace'), by)).toBe('allowed')
    expect(
      said('b/web > a/web', from({ matchLabels: { 'k8s:io.cilium.k8s.namespace.labels.team': 'blue' } }), by),
    ).toBe('allowed')
    expect(said('b/web > a/web', from({ matchLabels: { 'container:app': 'web' } }), by)).toBe('denied')
    const clusterwide = cilium({ ...everyone, ingress: [{ fromEndpoints: [web] }] })
    expect(said('b/web > a/db', [clusterwide], by)).toBe('allowed')
    expect(said('203.0.113.1 > a/db', [cilium({ ...everyone, ingress: [{ fromEndpoints: [{}] }] })], by)).toBe('denied')
  })

  test('a deny rule beats every allow, also a NetworkPolicy\u2019s', () => {
    const deny = cilium({ ...everyone, egressDeny: [{ toEntities: ['all'] }] }, 'a')
    const open = networkPolicy('a', { podSelector: {}, policyTypes: ['Egress'], egress: [{}] })
    expect(ask('a/web > 203.0.113.1', [open, deny], by)).toMatchObject({
      verdict: 'denied',
      by: [{ rule: { at: 'egressDeny[0]' } }],
    })
    const allow = cilium({ ...everyone, ingress: [{ fromEntities: ['cluster'] }] }, 'a')
    const notWeb = cilium({ ...everyone, ingressDeny: [{ fromEndpoints: [web] }] }, 'a')
    expect(said('b/web > a/db', [allow, notWeb], by)).toBe('allowed')
    expect(said('a/web > a/db', [allow, notWeb], by)).toBe('denied')
  })

  test('entities and address blocks', () => {
    const to = (rule: object) => [cilium({ ...everyone, egress: [rule] }, 'a')]
    expect(said('a/web > 203.0.113.1', to({ toEntities: ['world'] }), by)).toBe('allowed')
    expect(said('a/web > b/web', to({ toEntities: ['world'] }), by)).toBe('denied')
    expect(said('a/web > b/web', to({ toEntities: ['cluster'] }), by)).toBe('allowed')
    expect(said('a/web > n2', to({ toEntities: ['remote-node'] }), by)).toBe('unknown')
    expect(said('a/web > 203.0.113.1', to({ toEntities: ['kube-apiserver'] }), by)).toBe('unknown')
    const set = { toCIDRSet: [{ cidr: '203.0.113.0/24', except: ['203.0.113.128/25'] }] }
    expect(said('a/web > 203.0.113.1', to(set), by)).toBe('allowed')
    expect(said('a/web > 203.0.113.200', to(set), by)).toBe('denied')
    expect(said('a/web > b/web', to({ toCIDR: ['0.0.0.0/0'] }), by)).toBe('denied')
  })

  test('ports: strings, ranges, names, any protocol', () => {
    const at = (...ports: object[]) => [cilium({ ...everyone, ingress: [{ toPorts: [{ ports }] }] }, 'a')]
    expect(said('b/web > a/web', at({ port: '80', protocol: 'TCP' }), by)).toBe('allowed')
    expect(said('b/web > a/web', at({ port: '80', protocol: 'UDP' }), by)).toBe('denied')
    expect(said('b/web > a/web', at({ port: '70', endPort: 90 }), { ...by, protocol: 'UDP' })).toBe('allowed')
    expect(said('b/web > a/web', at({ port: 'http' }), { ...by, port: 8080 })).toBe('allowed')
    expect(said('b/web > a/web', at({ port: '0', protocol: 'TCP' }), { ...by, port: 9 })).toBe('allowed')
    expect(said('b/web > a/web', [cilium({ ...everyone, ingress: [{ icmps: [{}] }] }, 'a')], by)).toBe('denied')
  })

  test('names, services, application protocols and policies on nodes cannot be told', () => {
    const to = (rule: object) => [cilium({ ...everyone, egress: [rule] }, 'a')]
    expect(said('a/web > 203.0.113.1', to({ toFQDNs: [{ matchName: 'example.com' }] }), by)).toBe('unknown')
    expect(said('a/web > b/web', to({ toFQDNs: [{ matchName: 'example.com' }] }), by)).toBe('denied')
    expect(said('a/web > b/web', to({ toServices: [{}] }), by)).toBe('unknown')
    const http = { toPorts: [{ ports: [{ port: '80' }], rules: { http: [{}] } }] }
    expect(said('a/web > b/web', to(http), by)).toBe('unknown')
    expect(said('a/web > b/web', to(http), { ...by, port: 81 })).toBe('denied')
    const host = cilium({ nodeSelector: {}, ingress: [{}] })
    expect(said('a/web > n2', [host], by)).toBe('unknown')
    expect(said('n1 > n2', [host], by)).toBe('unknown')
    expect(said('a/web > b/web', [host], by)).toBe('allowed')
  })

  test('labels that Cilium may leave out of an identity leave the answer open', () => {
    const objects = [...cast, pod('a/hash', '10.0.0.9', { 'pod-template-hash': 'x' })]
    const hash = { endpointSelector: { matchLabels: { 'pod-template-hash': 'x' } }, ingress: [{}] }
    expect(said('b/web > a/hash', [cilium(hash, 'a')], { ...by, objects })).toBe('unknown')
    expect(said('b/web > a/web', [cilium(hash, 'a')], { ...by, objects })).toBe('unknown')
  })
})
