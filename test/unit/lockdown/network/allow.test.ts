import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SecureError } from '../../../../src/errors.ts'
import { allowText, parseAllow } from '../../../../src/lockdown/network/allow.ts'
import { parseAddress } from '../../../../src/network/address.ts'
import { plan, rulesOf, service, workload } from './scenes.ts'

describe('--allow', () => {
  test.each([
    [
      'from=ns:monitoring:9090/tcp',
      {
        direction: 'ingress',
        peer: { kind: 'pods', namespace: 'monitoring', labels: {}, port: 9090, protocol: 'TCP' },
      },
    ],
    ['to=10.0.0.7:443', { direction: 'egress', peer: { kind: 'cidr', cidr: '10.0.0.7/32', port: 443 } }],
    [
      'to=[fd00::/64]:443/udp',
      { direction: 'egress', peer: { kind: 'cidr', cidr: 'fd00::/64', port: 443, protocol: 'UDP' } },
    ],
    ['to=dns', { direction: 'egress', peer: { kind: 'dns' } }],
    ['workload=web,to=api', { direction: 'egress', peer: { kind: 'api' }, workload: 'web' }],
    [
      'workload=Deployment/web,from=a/app=b,tier=c:80',
      {
        direction: 'ingress',
        peer: { kind: 'pods', namespace: 'a', labels: { app: 'b', tier: 'c' }, port: 80 },
        workload: 'Deployment/web',
      },
    ],
  ])('%s', (typed, wanted) => expect(parseAllow(typed)).toEqual({ ...wanted, typed }))

  test.each([
    '',
    'from',
    'web',
    'at=dns',
    'from=',
    'from=somebody',
    'workload=,to=dns',
    'to=10.0.0.7:0',
    'workload=web',
  ])('not %s', (typed) => {
    expect(() => parseAllow(typed)).toThrow(expect.objectContaining({ code: 'usage' }))
  })

  test.each([
    ['from=ns:*', '"*" is not the name of a namespace'],
    ['from=ns:*:80', '"*" is not the name of a namespace'],
    ['from=ns:Shop', '"Shop"'],
    [`from=ns:${'x'.repeat(64)}`, 'not the name of a namespace'],
    ['from=shop/*', '"*" is no label with its value'],
    ['from=shop/app=a b', '"app=a b" is no label'],
    ['from=shop/-a=b', '"-a=b" is no label'],
    ['from=shop/a/b/c=d', '"a/b/c=d" is no label'],
    ['from=shop/a=b,a=c', 'the label "a" is there twice'],
    ['from=shop/a=b,', '"" is no label'],
    ['from=10.0.0.0/40', '"10.0.0.0/40" is no CIDR'],
    ['from=[10.0.0.1]:80', 'is nobody'],
    ['from=[ns:shop]', 'is nobody'],
    ['to=10.0.0.7:70000', '"70000" is no port'],
    ['to=10.0.0.7:80/icmp', '"80/icmp" is no port'],
    ['to=api:', '"" is no port'],
    ['to=api:six', '"six" is no port'],
    ['workload=*,to=dns', '"*" is not the name of a workload'],
    ['workload=a/b/c,to=dns', '"a/b/c" is not the name of a workload'],
    ['workload=,to=dns', '"" is not the name of a workload'],
    ['to=', 'to= names nobody'],
    ['to=dns,from=dns', 'is nobody'],
    ['web', 'neither from= nor to='],
  ])('%s: the error names the flag, the part and what is allowed', (typed, why) => {
    const shape = {
      code: 'usage',
      message: expect.stringContaining(why) as string,
      hint: expect.stringContaining('NAMESPACE/LABEL=VALUE') as string,
    }
    expect(() => parseAllow(typed)).toThrow(expect.objectContaining(shape))
    expect(() => parseAllow(typed)).toThrow(`--allow ${typed}: `)
  })

  test('whatever is typed is refused as usage, or reads the same when it is printed', () => {
    const parts =
      'workload= Deployment/ web , from= to= ns: shop / app=b a.b/c= 10.0.0.7 /8 fd00::1 [ ] :: :80 :443/tcp :UDP dns api * \\u{41} = /64 sctp'
    const word = fc.constantFrom(...parts.split(' '), ' ', '\n')
    const texts = fc.oneof(
      fc.array(word, { maxLength: 8 }).map((words) => words.join('')),
      fc.array(word, { maxLength: 5 }).map((words) => `to=${words.join('')}`),
      fc.string({ unit: 'binary', maxLength: 20 }).map((text) => `from=${text}`),
      fc.string({ unit: 'binary', maxLength: 20 }),
    )
    // What is an IPv4 address in disguise has no CIDR.
    const v6 = fc.ipV6().filter((ip) => parseAddress(ip)?.family === 6)
    const peer = fc.oneof(
      fc.constantFrom('dns', 'api', 'ns:shop', 'shop/app=b', 'shop/a.b/c=d,e=f'),
      fc.ipV4(),
      fc.ipV4().map((ip) => `${ip}/9`),
      v6.map((ip) => `[${ip}]`),
      v6.map((ip) => `[${ip}/44]`),
    )
    const valid = fc
      .record({
        who: fc.constantFrom('', 'workload=web,', 'workload=StatefulSet/db-0.x,'),
        way: fc.constantFrom('from=', 'to='),
        peer,
        traffic: fc.constantFrom('', ':80', ':65535/sctp', ':udp'),
      })
      .map(({ who, way, peer: other, traffic }) => `${who}${way}${other}${traffic}`)
    const read = (typed: string) => {
      try {
        const { typed: _typed, ...rest } = parseAllow(typed)
        return rest
      } catch (error) {
        if (error instanceof SecureError && error.code === 'usage') return undefined
        throw error
      }
    }
    fc.assert(
      fc.property(fc.oneof(texts, valid), (typed) => {
        const meant = read(typed)
        if (meant) expect(read(allowText(meant))).toEqual(meant)
      }),
      { numRuns: 3000 },
    )
    fc.assert(
      fc.property(valid, (typed) => {
        expect(read(typed)).toBeDefined()
      }),
    )
  })

  const shop = { workloads: [workload('shop/web'), workload('shop/cart')], declaring: [service('shop/cart')] }

  test('for one workload, or for all, at every level', () => {
    const allow = ['workload=web,to=192.0.2.7:443', 'from=ns:monitoring:9090']
    expect(rulesOf(plan(shop, { level: 'quarantine', allow }))).toEqual([
      'Deployment/web ingress ns monitoring TCP 9090',
      'Deployment/web egress 192.0.2.7/32 TCP 443',
      '* ingress ns monitoring TCP 9090',
    ])
  })

  test('both sides of what is inside', () => {
    const found = rulesOf(plan(shop, { level: 'quarantine', allow: ['workload=web,to=shop/app=cart:8080'] }))
    expect(found).toEqual([
      'Deployment/cart ingress Deployment web TCP 8080',
      'Deployment/web egress app=cart TCP 8080',
    ])
  })

  test('the API server and DNS are looked up', () => {
    const found = rulesOf(plan(shop, { level: 'quarantine', allow: ['workload=web,to=api', 'to=dns'] }))
    expect(found).toContain('Deployment/web egress 192.168.0.1/32 TCP 6443')
    expect(found).toContain('* egress the DNS of the cluster TCP 5353, UDP 5353')
  })

  test('from the API server and from DNS: at ports of the own pods, not at those where they listen', () => {
    const found = rulesOf(
      plan(shop, { level: 'quarantine', allow: ['workload=web,from=api:8443', 'workload=cart,from=dns'] }),
    )
    expect(found).toEqual([
      'Deployment/web ingress 192.168.0.1/32 TCP 8443',
      'Deployment/cart ingress the DNS of the cluster',
    ])
  })

  test('who is not there is a gap', () => {
    const { gaps } = plan(shop, { allow: ['workload=nobody,to=dns'] })
    expect(gaps.map(({ what }) => what)).toEqual(['--allow workload=nobody,to=dns'])
  })
})
