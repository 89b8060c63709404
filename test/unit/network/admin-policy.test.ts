import { describe, expect, test } from 'vitest'
import { ask, networkPolicy, said } from './make.ts'

const everything = { namespaces: {} }
const red = { namespaces: { matchLabels: { team: 'red' } } }

function admin(name: string, spec: object, kind = 'AdminNetworkPolicy') {
  return {
    apiVersion: 'policy.networking.k8s.io/v1alpha1',
    kind,
    metadata: { name },
    spec: { priority: 10, subject: red, ...spec },
  }
}

function cluster(name: string, spec: object) {
  return {
    apiVersion: 'policy.networking.k8s.io/v1alpha2',
    kind: 'ClusterNetworkPolicy',
    metadata: { name },
    spec: { priority: 10, subject: red, tier: 'Admin', ...spec },
  }
}

const from = (action: string, more: object = {}) => ({ ingress: [{ action, from: [everything], ...more }] })

describe('AdminNetworkPolicy, BaselineAdminNetworkPolicy and ClusterNetworkPolicy', () => {
  test('an admin policy comes before NetworkPolicies, a baseline one after them', () => {
    const open = networkPolicy('a', { podSelector: {}, ingress: [{}] })
    const deny = admin('deny', from('Deny'))
    const baseline = admin('default', from('Deny'), 'BaselineAdminNetworkPolicy')
    expect(ask('b/web > a/web', [open, deny]).by).toMatchObject([
      { policy: { name: 'deny' }, tier: 'adminnetworkpolicy', rule: { index: 0 } },
    ])
    expect(said('b/web > a/web', [open, baseline])).toBe('allowed')
    expect(said('b/web > a/web', [baseline])).toBe('denied')
    expect(said('10.7.7.7 > a/web', [baseline])).toBe('allowed')
  })

  test('Pass leaves the tier, and the next one decides', () => {
    const pass = admin('pass', { ...from('Pass'), priority: 1 })
    const deny = admin('deny', from('Deny'))
    const closed = networkPolicy('a', { podSelector: {}, ingress: [] })
    expect(said('b/web > a/web', [pass, deny])).toBe('allowed')
    expect(said('b/web > a/web', [pass, deny, closed])).toBe('denied')
    expect(ask('b/web > a/web', [pass, closed]).by.at(-1)).toMatchObject({ tier: 'default', action: 'deny' })
  })

  test('equal priorities that disagree are unknown, except where the enforcer has an order', () => {
    const both = [admin('a', from('Allow')), admin('b', from('Deny'))]
    expect(ask('b/web > a/web', both)).toMatchObject({
      verdict: 'unknown',
      reason: expect.stringContaining('same priority'),
    })
    expect(said('b/web > a/web', both, { by: 'calico' })).toBe('allowed')
    expect(said('b/web > a/web', [admin('a', from('Deny')), admin('b', from('Deny'))])).toBe('denied')
    const cnp = [cluster('a', from('Accept')), cluster('b', from('Deny'))]
    expect(said('b/web > a/web', cnp)).toBe('unknown')
  })

  test('nodes, networks, names of ports, and what nobody can know', () => {
    const to = (peer: object, more: object = {}) => [admin('to', { egress: [{ action: 'Deny', to: [peer], ...more }] })]
    const zone = { nodes: { matchLabels: { zone: 'n2' } } }
    expect(said('a/web > n2', to(zone))).toBe('denied')
    expect(said('a/web > b/web', to(zone))).toBe('allowed')
    expect(said('a/web > n2', to(zone), { by: 'calico' })).toBe('unknown')
    expect(said('a/web > 10.5.0.1', to({ networks: ['10.0.0.0/8'] }))).toBe('denied')
    expect(said('a/web > b/web', to({ networks: ['10.0.0.0/8'] }))).toBe('denied')
    expect(said('a/web > 203.0.113.9', to({ domainNames: ['example.com'] }))).toBe('unknown')
    const http = { ports: [{ namedPort: 'http' }] }
    expect(said('a/web > a/db', to(everything, http), { port: 9090 })).toBe('denied')
    expect(said('a/web > a/db', to(everything, http), { port: 8080 })).toBe('allowed')
    expect(said('a/web > a/db', to(everything, http), { port: 8080, by: 'calico' })).toBe('unknown')
  })

  test('a subject is never on the host network, and a node keeps its pods', () => {
    const blue = { subject: { namespaces: { matchLabels: { team: 'blue' } } } }
    expect(said('a/web > b/host', [admin('deny', { ...from('Deny'), ...blue })])).toBe('allowed')
    const denyNets = cluster('deny', { ingress: [{ action: 'Deny', from: [{ namespaces: {} }] }] })
    expect(said('n1 > a/web', [denyNets])).toBe('allowed')
  })
})
