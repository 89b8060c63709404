import { describe, expect, test } from 'vitest'
import { parseAllow } from '../../../../src/lockdown/network/allow.ts'
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
    expect(() => parseAllow(typed)).toThrow()
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

  test('who is not there is a gap', () => {
    const { gaps } = plan(shop, { allow: ['workload=nobody,to=dns'] })
    expect(gaps.map(({ what }) => what)).toEqual(['--allow workload=nobody,to=dns'])
  })
})
