import { describe, expect, test } from 'vitest'
import { worldOf } from '../../../src/network/decode-world.ts'
import { networkOf } from '../../../src/network/network.ts'
import { reach } from '../../../src/network/reach.ts'
import { ask, cast, networkPolicy, pod, said } from './make.ts'

const all = { podSelector: {} }
const denyAll = networkPolicy('a', { ...all, policyTypes: ['Ingress', 'Egress'] })

describe('NetworkPolicy', () => {
  test('without one everything is open, and the answer says so', () => {
    expect(ask('b/web > a/db', [])).toMatchObject({
      verdict: 'allowed',
      by: [],
      reason: expect.stringContaining('no policy'),
    })
  })

  test('a denied flow names the policies that isolate, an allowed one every rule that allows', () => {
    const allow = networkPolicy('a', { ...all, ingress: [{ from: [{ podSelector: {} }] }, {}] }, 'allow')
    expect(ask('b/web > a/db', [denyAll]).by).toMatchObject([
      { policy: { name: 'policy' }, direction: 'ingress', tier: 'default', action: 'deny' },
    ])
    const { verdict, by } = ask('n2 > a/db', [networkPolicy('a', { ...all, policyTypes: ['Ingress'] }), allow])
    expect(verdict).toBe('allowed')
    expect(by).toMatchObject([{ policy: { name: 'allow' }, rule: { at: 'ingress[1]', index: 1 } }])
  })

  test('policyTypes left out: ingress always, egress where a rule for it is written', () => {
    const egressOnly = networkPolicy('a', { ...all, egress: [{ to: [{ podSelector: {} }] }] })
    expect(said('b/web > a/web', [egressOnly])).toBe('denied')
    expect(said('a/web > b/web', [egressOnly])).toBe('denied')
    expect(said('a/web > b/web', [networkPolicy('a', { ...all, egress: [] })])).toBe('allowed')
  })

  test('an empty from is everyone, an empty ingress is nobody', () => {
    expect(said('b/web > a/web', [networkPolicy('a', { ...all, ingress: [{ from: [] }] })])).toBe('allowed')
    expect(said('b/web > a/web', [networkPolicy('a', { ...all, ingress: [] })])).toBe('denied')
  })

  test('both selectors in one peer must hold, two peers are alternatives', () => {
    const red = { matchLabels: { team: 'red' } }
    const web = { matchLabels: { app: 'web' } }
    const together = networkPolicy('b', { ...all, ingress: [{ from: [{ namespaceSelector: red, podSelector: web }] }] })
    const apart = networkPolicy('b', {
      ...all,
      ingress: [{ from: [{ namespaceSelector: red }, { podSelector: web }] }],
    })
    expect(said('a/db > b/web', [together])).toBe('denied')
    expect(said('a/db > b/web', [apart])).toBe('allowed')
  })

  test('a port name means each destination\u2019s own number, and its protocol', () => {
    const egress = networkPolicy('a', { ...all, policyTypes: ['Egress'], egress: [{ ports: [{ port: 'http' }] }] })
    expect(said('a/db > a/web', [egress], { port: 8080 })).toBe('allowed')
    expect(said('a/db > a/web', [egress], { port: 9090 })).toBe('denied')
    expect(said('a/web > a/db', [egress], { port: 9090 })).toBe('allowed')
    expect(said('a/db > a/web', [egress], { port: 8080, protocol: 'UDP' })).toBe('denied')
    expect(said('a/db > 203.0.113.1', [egress], { port: 8080 })).toBe('denied')
    expect(said('a/db > a/web', [egress], { port: 'http' })).toBe('allowed')
    expect(ask('a/db > b/web', [egress], { port: 'http' })).toMatchObject({ verdict: 'unknown' })
  })

  test('address blocks: outsiders always, pods where the CNI says so', () => {
    const block = networkPolicy('a', {
      ...all,
      ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['10.9.0.0/16'] } }] }],
    })
    expect(said('10.8.0.1 > a/web', [block])).toBe('allowed')
    expect(said('10.9.0.1 > a/web', [block])).toBe('denied')
    expect(said('b/web > a/web', [block])).toBe('allowed')
    expect(said('b/web > a/web', [block], { by: 'calico' })).toBe('allowed')
    expect(said('b/web > a/web', [block], { by: 'cilium' })).toBe('denied')
    expect(ask('b/web > a/web', [block], { by: 'unidentified' })).toMatchObject({
      verdict: 'unknown',
      reason: expect.stringContaining('CNI'),
    })
  })

  test('a rule may list ten thousand address blocks', () => {
    const blocks = Array.from({ length: 10_000 }, (_, index) => ({
      ipBlock: { cidr: `20.${index >> 8}.${index & 255}.7/32` },
    }))
    const world = worldOf([...cast, networkPolicy('a', { ...all, ingress: [{ from: blocks }] })], {
      enforcer: 'conformant',
    })
    const { groups, rows } = reach(networkOf(world), {
      from: { kind: 'external' },
      to: { kind: 'namespace', namespace: 'a' },
    })
    expect(groups.filter(({ kind }) => kind === 'external')).toHaveLength(3)
    expect(rows.flatMap(({ connections }) => connections).map(({ verdict }) => verdict)).toEqual([
      'denied',
      'allowed',
      'denied',
    ])
  })

  test('an address is the pod or node that has it', () => {
    expect(
      said('10.0.1.1 > a/web', [networkPolicy('a', { ...all, ingress: [{ from: [{ namespaceSelector: {} }] }] })]),
    ).toBe('allowed')
  })

  test('what is on the host network is no subject, and whether a selector means it depends', () => {
    expect(said('a/web > b/host', [networkPolicy('b', { ...all, ingress: [] })])).toBe('allowed')
    const fromB = networkPolicy('a', {
      ...all,
      ingress: [{ from: [{ namespaceSelector: { matchLabels: { team: 'blue' } } }] }],
    })
    expect(said('b/host > a/web', [fromB])).toBe('unknown')
    expect(said('b/host > a/web', [fromB], { by: 'calico' })).toBe('denied')
  })

  test('a node reaches its own pods, another one does not', () => {
    expect(said('n1 > a/web', [denyAll])).toBe('allowed')
    expect(said('n2 > a/web', [denyAll])).toBe('denied')
    expect(said('a/web > n1', [denyAll])).toBe('unknown')
    expect(said('a/web > n1', [denyAll], { by: 'calico' })).toBe('denied')
    expect(said('a/web > n2', [denyAll])).toBe('denied')
  })

  test('a pod reaches itself', () => {
    expect(said('a/web > a/web', [denyAll])).toBe('allowed')
  })

  test('IPv6: a family of its own, and one open way is enough', () => {
    const dual = [
      ...cast,
      pod('a/six', ['10.0.0.6', 'fd00::6'], { app: 'six' }),
      pod('b/six', ['10.0.1.6', 'fd00:1::6'], {}),
    ]
    const v6 = networkPolicy('a', {
      podSelector: { matchLabels: { app: 'six' } },
      ingress: [{ from: [{ ipBlock: { cidr: 'fd00:1::/32' } }] }],
    })
    expect(said('b/six > a/six', [v6], { objects: dual })).toBe('allowed')
    expect(said('b/web > a/six', [v6], { objects: dual })).toBe('denied')
    expect(said('fd00:1::77 > a/six', [v6], { objects: dual })).toBe('allowed')
    expect(said('fd00:2::77 > a/six', [v6], { objects: dual })).toBe('denied')
    expect(ask('fd00:2::77 > a/web', [], { objects: dual })).toMatchObject({
      verdict: 'denied',
      reason: expect.stringContaining('IPv4'),
    })
  })

  test('labels with the names of built-in properties are labels', () => {
    const objects = [
      ...cast,
      pod('a/odd', '10.0.0.9', JSON.parse('{"__proto__": "x", "constructor": "y"}') as Record<string, string>),
    ]
    const from = (key: string) =>
      networkPolicy('b', {
        ...all,
        ingress: [
          { from: [{ namespaceSelector: {}, podSelector: { matchExpressions: [{ key, operator: 'Exists' }] } }] },
        ],
      })
    expect(said('a/odd > b/web', [from('__proto__')], { objects })).toBe('allowed')
    expect(said('a/web > b/web', [from('__proto__')], { objects })).toBe('denied')
    expect(said('a/web > b/web', [from('toString')], { objects })).toBe('denied')
  })

  test('a policy that the API server would refuse is a gap, not an opening', () => {
    const wrong = [
      { podSelector: {}, ingress: [{ from: [{}] }] },
      { podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.1' } }] }] },
      { podSelector: {}, ingress: [{ ports: [{ port: 'http', endPort: 9000 }] }] },
      { podSelector: {}, ingress: [{ ports: [{ port: 70_000 }] }] },
      { podSelector: { matchExpressions: [{ key: 'a', operator: 'Like', values: ['x'] }] } },
      { podSelector: {}, policyTypes: ['Both'] },
      { podSelector: {}, ingress: 'yes' },
    ]
    const { gaps, policies } = worldOf(
      wrong.map((spec, index) => networkPolicy('a', spec, `p${index}`)),
      { enforcer: 'conformant' },
    )
    expect(policies).toEqual([])
    expect(gaps).toHaveLength(wrong.length)
    expect(gaps[0]).toMatchObject({ what: 'NetworkPolicy a/p0', hides: 'whatever it allows or denies' })
  })

  test('pods that have ended, or are not there, are no end of a flow', () => {
    const ended = { ...pod('a/done', '10.0.0.7'), status: { phase: 'Succeeded', podIP: '10.0.0.7' } }
    expect(ask('a/done > a/web', [], { objects: [...cast, ended] })).toMatchObject({
      verdict: 'unknown',
      reason: 'pod a/done has ended',
    })
    expect(ask('a/none > a/web', [])).toMatchObject({ verdict: 'unknown', reason: 'pod a/none is not known' })
  })
})
