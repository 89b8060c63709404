import { describe, expect, test } from 'vitest'
import { evaluateSelector, parseSelector } from '../../../src/network/calico-selector.ts'
import { SelectorError } from '../../../src/network/calico-tokens.ts'
import { ask, cast, networkPolicy, pod, said } from './make.ts'

const labels: Record<string, string> = { app: 'web', 'k8s.io/tier-1': 'front', empty: '' }
const selects = (text: string) => evaluateSelector(parseSelector(text), (label) => labels[label])

function calico(name: string, spec: object, namespace?: string) {
  const kind = namespace ? 'NetworkPolicy' : 'GlobalNetworkPolicy'
  return { apiVersion: 'projectcalico.org/v3', kind, metadata: { name, ...(namespace ? { namespace } : {}) }, spec }
}

const by = { by: 'calico' } as const

describe("Calico's selectors", () => {
  test.each([
    ['', true],
    ['all()', true],
    ['all( )', true],
    ['has(app)', true],
    ['!has(other)', true],
    ['!! has(app)', true],
    ["app == 'web'", true],
    ['app=="web"', true],
    ["app != 'web'", false],
    ["other != 'web'", true],
    ["app in {'db', 'web'}", true],
    ['app in {}', false],
    ["app not in {'db'}", true],
    ["app notin {'web'}", false],
    ["other not in {'web'}", true],
    ["app contains 'e'", true],
    ["app starts with 'we'", true],
    ["app startswith 'eb'", false],
    ["app ends with 'eb'", true],
    ["other contains ''", false],
    ["empty == ''", true],
    ["k8s.io/tier-1 == 'front'", true],
    ["app == 'db' || app == 'web' && has(empty)", true],
    ["(app == 'web' || has(x)) && !(has(app))", false],
    ["app == 'it\"s'", false],
  ])('%s is %s', (text, expected) => {
    expect(selects(text)).toBe(expected)
  })

  test.each([
    'app',
    'app =',
    'app == web',
    "app == 'web",
    'has(app',
    'has()',
    "app in 'web'",
    "app in {'web'",
    '(all()',
    'all())',
    'all() all()',
    '&& all()',
    "in == 'x' in",
    'a b',
    "app inn {'x'}",
    `${'('.repeat(100_000)}all()`,
    `${'x'.repeat(600)} == 'a'`,
  ])('%s is refused', (text) => {
    expect(() => parseSelector(text)).toThrow(SelectorError)
  })
})

describe("Calico's policies", () => {
  test('the first rule that matches decides, in the order of tiers, policies and rules', () => {
    const tier = { apiVersion: 'projectcalico.org/v3', kind: 'Tier', metadata: { name: 'early' }, spec: { order: 1 } }
    const early = calico('early.p', {
      tier: 'early',
      types: ['Ingress'],
      ingress: [{ action: 'Deny', source: { selector: "app == 'db'" } }, { action: 'Pass' }],
    })
    const allow = calico('default.p', { ingress: [{ action: 'Allow' }] })
    expect(ask('a/db > b/web', [tier, early, allow], by)).toMatchObject({
      verdict: 'denied',
      by: [{ tier: 'early', rule: { at: 'ingress[0]' } }],
    })
    expect(said('a/web > b/web', [tier, early, allow], by)).toBe('allowed')
    // Without its tier the place of the policy is not known.
    expect(said('a/db > b/web', [early, allow], by)).toBe('unknown')
    expect(said('a/web > b/web', [early, allow], by)).toBe('allowed')
    const first = calico('default.q', { order: 1, ingress: [{ action: 'Log' }, { action: 'Deny', protocol: 'UDP' }] })
    expect(said('a/web > b/web', [allow, first], { ...by, protocol: 'UDP' })).toBe('denied')
    expect(said('a/web > b/web', [allow, first], by)).toBe('allowed')
  })

  test('among NetworkPolicies a Calico policy has its place by order, before or after 1000', () => {
    const open = networkPolicy('b', { podSelector: {}, ingress: [{}] })
    expect(said('a/web > b/web', [open, calico('p', { order: 999, ingress: [{ action: 'Deny' }] })], by)).toBe('denied')
    expect(said('a/web > b/web', [open, calico('p', { order: 1001, ingress: [{ action: 'Deny' }] })], by)).toBe(
      'allowed',
    )
  })

  test('without types the rules tell the direction, but past the API server both are meant', () => {
    const spec = { egress: [{ action: 'Deny', protocol: 'UDP' }] }
    expect(said('a/web > b/web', [calico('p', { ...spec, namespaceSelector: "team == 'blue'" })], by)).toBe('allowed')
    const raw = {
      ...calico('p', { ...spec, namespaceSelector: "team == 'blue'" }),
      apiVersion: 'crd.projectcalico.org/v1',
    }
    expect(said('a/web > b/web', [raw], by)).toBe('denied')
  })

  test('a namespaced policy means its namespace, once it selects at all', () => {
    const fromWeb = calico('p', { ingress: [{ action: 'Allow', source: { selector: "app == 'web'" } }] }, 'a')
    expect(said('b/web > a/db', [fromWeb], by)).toBe('denied')
    expect(said('a/web > a/db', [fromWeb], by)).toBe('allowed')
    const notDb = (policyIn?: string) =>
      calico('p', { ingress: [{ action: 'Allow', source: { notSelector: "app == 'db'" } }] }, policyIn)
    expect(said('203.0.113.1 > a/web', [notDb('a')], by)).toBe('denied')
    expect(said('203.0.113.1 > a/web', [notDb()], by)).toBe('allowed')
    const spaces = calico(
      'p',
      { ingress: [{ action: 'Allow', source: { namespaceSelector: "projectcalico.org/name == 'b'" } }] },
      'a',
    )
    expect(said('b/web > a/web', [spaces], by)).toBe('allowed')
    expect(said('a/db > a/web', [spaces], by)).toBe('denied')
  })

  test('addresses: sets give them labels, a family that a list lacks leaves the rule out', () => {
    const set = {
      apiVersion: 'projectcalico.org/v3',
      kind: 'GlobalNetworkSet',
      metadata: { name: 's', labels: { app: 'partner' } },
      spec: { nets: ['203.0.113.0/24', '10.0.1.1'] },
    }
    const partner = calico('p', { ingress: [{ action: 'Allow', source: { selector: "app == 'partner'" } }] })
    expect(said('203.0.113.5 > a/web', [set, partner], by)).toBe('allowed')
    expect(said('203.0.114.5 > a/web', [set, partner], by)).toBe('denied')
    expect(said('b/web > a/web', [set, partner], by)).toBe('allowed')
    expect(said('a/db > a/web', [set, partner], by)).toBe('denied')
    const notSix = calico('p', {
      ingress: [{ action: 'Deny', source: { notNets: ['fd00::/8'] } }, { action: 'Allow' }],
    })
    expect(said('b/web > a/web', [notSix], by)).toBe('allowed')
    const not = calico('p', {
      ingress: [{ action: 'Allow', source: { nets: ['10.0.0.0/8'], notNets: ['10.0.1.0/24'] } }],
    })
    expect(said('b/web > a/web', [not], by)).toBe('denied')
    expect(said('a/db > a/web', [not], by)).toBe('allowed')
  })

  test('ports, ranges, names and their negation', () => {
    const to = (destination: object, protocol = 'TCP') => [
      calico('p', { ingress: [{ action: 'Allow', protocol, destination }] }),
    ]
    expect(said('b/web > a/web', to({ ports: ['8000:8100'] }), { ...by, port: 8080 })).toBe('allowed')
    expect(said('b/web > a/web', to({ ports: ['http'] }), { ...by, port: 8080 })).toBe('allowed')
    expect(said('b/web > a/db', to({ ports: ['http'] }), { ...by, port: 8080 })).toBe('denied')
    expect(said('b/web > a/web', to({ notPorts: [8080] }), { ...by, port: 8080 })).toBe('denied')
    expect(said('b/web > a/web', to({}, 'UDP'), by)).toBe('denied')
  })

  test('what cannot be told is unknown, and only where it matters', () => {
    const http = calico('p', { ingress: [{ action: 'Allow', http: { methods: ['GET'] } }] })
    expect(ask('b/web > a/web', [http], by)).toMatchObject({
      verdict: 'unknown',
      reason: expect.stringContaining('HTTP'),
    })
    expect(said('b/web > a/web', [http, calico('q', { ingress: [{ action: 'Allow' }] })], by)).toBe('allowed')
    const services = calico('p', { egress: [{ action: 'Allow', destination: { services: { name: 'x' } } }] })
    expect(said('b/web > a/web', [services], by)).toBe('unknown')
    const broken = calico('p', { selector: 'app ==', ingress: [] })
    expect(ask('b/web > a/web', [broken], by)).toMatchObject({
      verdict: 'unknown',
      reason: expect.stringContaining('cannot be read'),
    })
    const forward = calico('p', { applyOnForward: true, preDNAT: true, ingress: [{ action: 'Deny' }] })
    expect(said('b/web > a/web', [forward], by)).toBe('allowed')
    const endpoint = { apiVersion: 'projectcalico.org/v3', kind: 'HostEndpoint', metadata: { name: 'e' }, spec: {} }
    expect(said('b/web > a/web', [forward, endpoint], by)).toBe('unknown')
    expect(said('b/web > a/web', [forward], { by: 'unidentified' })).toBe('allowed')
  })

  test('a pod that labels itself as if it were of another namespace is not believed', () => {
    const objects = [...cast, pod('b/liar', '10.0.1.9', { 'pcns.team': 'red' })]
    const fromRed = networkPolicy('a', {
      podSelector: {},
      ingress: [{ from: [{ namespaceSelector: { matchLabels: { team: 'red' } } }] }],
    })
    expect(said('b/liar > a/web', [fromRed], { ...by, objects })).toBe('denied')
    const claims = calico('p', { ingress: [{ action: 'Allow', source: { selector: "pcns.team == 'red'" } }] })
    expect(said('b/liar > a/web', [claims], { ...by, objects })).toBe('denied')
    expect(said('a/db > a/web', [claims], { ...by, objects })).toBe('allowed')
    expect(said('b/liar > a/web', [fromRed], { objects })).toBe('denied')
  })

  test('an admin policy on whole namespaces means their sets of addresses too', () => {
    const set = (name: string, namespace: string | undefined, nets: string[]) => ({
      apiVersion: 'projectcalico.org/v3',
      kind: namespace ? 'NetworkSet' : 'GlobalNetworkSet',
      metadata: { name, ...(namespace ? { namespace } : {}) },
      spec: { nets },
    })
    const sets = [set('red', 'a', ['203.0.113.0/24']), set('global', undefined, ['198.51.100.0/24'])]
    const deny = (namespaces: object) => ({
      apiVersion: 'policy.networking.k8s.io/v1alpha1',
      kind: 'AdminNetworkPolicy',
      metadata: { name: 'p' },
      spec: { priority: 1, subject: { namespaces: {} }, ingress: [{ action: 'Deny', from: [{ namespaces }] }] },
    })
    const red = deny({ matchLabels: { team: 'red' } })
    const teamless = deny({ matchExpressions: [{ key: 'team', operator: 'DoesNotExist' }] })
    expect(said('203.0.113.1 > b/web', [...sets, red], by)).toBe('denied')
    expect(said('198.51.100.1 > b/web', [...sets, red], by)).toBe('allowed')
    expect(said('198.51.100.1 > b/web', [...sets, teamless], by)).toBe('denied')
    expect(said('198.51.100.1 > b/web', [...sets, deny({})], by)).toBe('allowed')
    expect(said('203.0.113.1 > b/web', [...sets, red])).toBe('allowed')
  })

  test('where another CNI is in charge they are left out, and the world says so', () => {
    const deny = calico('p', { ingress: [{ action: 'Deny' }] })
    expect(said('b/web > a/web', [deny], { by: 'cilium' })).toBe('allowed')
    expect(said('b/web > a/web', [deny], { by: 'unidentified' })).toBe('unknown')
  })
})
