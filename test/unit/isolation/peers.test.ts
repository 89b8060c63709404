import { describe, expect, test } from 'vitest'
import { parsePeer, peerText } from '../../../src/isolation/peers.ts'

describe('who an exception is for', () => {
  test.each([
    ['dns', { kind: 'dns' }],
    ['ns:monitoring', { kind: 'pods', namespace: 'monitoring', labels: {} }],
    ['ns:80', { kind: 'pods', namespace: '80', labels: {} }],
    ['ns:monitoring:9090', { kind: 'pods', namespace: 'monitoring', labels: {}, port: 9090 }],
    [
      'monitoring/app=prometheus:9090/tcp',
      { kind: 'pods', namespace: 'monitoring', labels: { app: 'prometheus' }, port: 9090, protocol: 'TCP' },
    ],
    [
      'a/app.kubernetes.io/name=x,tier=y',
      { kind: 'pods', namespace: 'a', labels: { 'app.kubernetes.io/name': 'x', tier: 'y' } },
    ],
    ['10.1.2.3', { kind: 'cidr', cidr: '10.1.2.3/32' }],
    ['10.1.2.3/8:53/udp', { kind: 'cidr', cidr: '10.0.0.0/8', port: 53, protocol: 'UDP' }],
    ['fd00::1', { kind: 'cidr', cidr: 'fd00::1/128' }],
    ['[fd00::/64]:443', { kind: 'cidr', cidr: 'fd00::/64', port: 443 }],
  ])('%s', (typed, peer) => {
    expect(parsePeer(typed)).toEqual(peer)
    expect(parsePeer(peerText(parsePeer(typed)))).toEqual(peer)
  })

  test.each([
    '',
    'world',
    'monitoring',
    'a/',
    'a/app',
    "a/app=x' || all()",
    'a/app==x==y',
    'A/app=x',
    'a/app=x:0',
    'a/app=x:70000',
    'a/app=x:80/icmp',
    '10.0.0.0/40',
  ])('"%s" is nobody', (typed) => {
    expect(() => parsePeer(typed)).toThrow(expect.objectContaining({ code: 'usage' }))
  })
})
