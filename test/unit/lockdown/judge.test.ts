import { describe, expect, test } from 'vitest'
import type { RunStatus } from '../../../src/change/reports.ts'
import type { ProbeReport } from '../../../src/isolation/report.ts'
import type { LockdownProof } from '../../../src/lockdown/report.ts'
import { lockdownStatus } from '../../../src/lockdown/status.ts'
import { verdictOf, worstOf } from '../../../src/lockdown/verdict.ts'
import { deniedBy, podsStand } from '../../../src/lockdown/watch-judge.ts'

const probe = (result: ProbeReport['result']): ProbeReport => ({ result, why: result, node: 'n1', tries: [] })
const proof = (...results: ProbeReport['result'][]): LockdownProof => ({
  probes: results.map(probe),
  allowed: [],
  unseen: [],
})
const facts = (own: LockdownProof, more: object = {}) => ({
  hasNetwork: true,
  proof: own,
  notMade: [],
  atMostPartial: [],
  ...more,
})

describe('the verdict', () => {
  test.each([
    ['ENFORCED', facts(proof('enforced'))],
    ['NOT ENFORCED', facts(proof('enforced', 'not-enforced'))],
    ['UNKNOWN', facts(proof('inconclusive'))],
    ['UNKNOWN', facts(proof())],
    ['PARTIAL', facts(proof('enforced', 'inconclusive'))],
    ['PARTIAL', facts(proof('enforced'), { notMade: ['x'] })],
    ['PARTIAL', facts(proof('enforced'), { atMostPartial: ['x'] })],
    ['PARTIAL', facts({ ...proof('enforced'), unseen: ['n2'] })],
    [
      'PARTIAL',
      facts({
        ...proof('enforced'),
        allowed: [{ from: 'a', to: 'b', protocol: 'TCP' as const, port: 1, seen: 'blocked' as const, detail: '' }],
      }),
    ],
    ['ENFORCED', { ...facts(proof()), hasNetwork: false }],
    ['PARTIAL', { ...facts(proof()), hasNetwork: false, notMade: ['x'] }],
  ])('%s, %#', (verdict, given) => {
    const found = verdictOf(given)
    expect(found.verdict).toBe(verdict)
    expect(found.reasons.length === 0).toBe(verdict === 'ENFORCED')
  })

  test('of several is the worst', () => {
    expect(worstOf(['ENFORCED', 'UNKNOWN', 'PARTIAL'])).toBe('UNKNOWN')
    expect(worstOf(['NOT ENFORCED', 'UNKNOWN'])).toBe('NOT ENFORCED')
    expect(worstOf(['ENFORCED'])).toBe('ENFORCED')
  })
})

describe('what broke since', () => {
  const since = new Date('2026-11-21T10:00:00Z')
  const pod = (uid: string, ready: boolean, restartCount = 0, labels = {}) => ({
    metadata: { uid, name: uid, namespace: 'shop', labels },
    status: {
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
      containerStatuses: [{ restartCount }],
    },
  })
  const event = (reason: string, message: string, lastTimestamp: string) => ({
    involvedObject: { kind: 'ReplicaSet', namespace: 'shop', name: 'web' },
    reason,
    message,
    lastTimestamp,
  })
  const before = podsStand([pod('a', true), pod('b', false), pod('c', true, 2)])

  test('pods that were ready and are not, and restarts; not what was so before, nor our own', () => {
    const mark = { 'kubectl-secure.github.io/plan': 'x' }
    const now = podsStand([
      pod('a', false),
      pod('b', false),
      pod('c', true, 3),
      pod('d', false),
      pod('e', false, 0, mark),
    ])
    expect(deniedBy(before, now, [], since).map(({ what, of }) => [what, of.name])).toEqual([
      ['not ready', 'a'],
      ['restarted', 'c'],
    ])
  })

  test('refusals and failed probes by events, of this time alone', () => {
    const events = [
      event('FailedCreate', 'pods "x" is forbidden: violates PodSecurity', '2026-11-21T10:00:03Z'),
      event('FailedCreate', 'exceeded quota: x', '2026-11-21T09:00:00Z'),
      event('FailedCreate', 'no such volume', '2026-11-21T10:00:03Z'),
      event('Unhealthy', 'Liveness probe failed', '2026-11-21T10:00:04Z'),
    ]
    expect(deniedBy(before, before, events, since).map(({ what }) => what)).toEqual(['refused', 'probe failed'])
  })
})

describe('the status', () => {
  const step = (change: string, kind: string, namespace?: string, name = 'x') => ({
    change,
    do: 'create' as const,
    ref: { apiVersion: 'v1', kind, resource: 'x', name, ...(namespace ? { namespace } : {}) },
    state: 'applied' as const,
  })
  const run = (more: Partial<RunStatus> = {}): RunStatus => ({
    plan: 'p',
    who: 'ana',
    when: '2026-11-21T10:00:00Z',
    command: ['lockdown', 'shop', '--level=restricted'],
    records: ['journal'],
    state: 'applied',
    steps: [
      step('n1-network-1', 'NetworkPolicy', 'shop'),
      step('n2-pods-labels', 'Namespace', undefined, 'bank'),
      step('control-a-1-1', 'Pod', 'kubectl-secure'),
    ],
    drift: [],
    notes: [],
    ...more,
  })
  const of = (runs: RunStatus[], wanted: string[] = []) =>
    lockdownStatus(
      {
        apiVersion: 'kubectl-secure.github.io/v1',
        kind: 'StatusReport',
        cluster: { id: 'c', server: 's' },
        runs,
        gaps: [],
      },
      wanted,
      { promised: () => undefined, opened: () => [], gaps: [] },
    ).namespaces.map(({ namespace, runs: own }) => [namespace, ...own.map(({ level }) => level)])

  test('names the namespaces that are closed, not where canaries were', () => {
    expect(of([run()])).toEqual([
      ['bank', 'restricted'],
      ['shop', 'restricted'],
    ])
  })

  test('leaves out what is undone and what is no lockdown, and names what was asked for', () => {
    expect(of([run({ state: 'undone' }), run({ command: ['isolate', 'pod/x'] })], ['shop'])).toEqual([['shop']])
    expect(of([run({ command: ['lockdown', 'shop', '--level', 'quarantine'] })], ['shop'])).toEqual([
      ['shop', 'quarantine'],
    ])
    expect(of([run({ command: ['lockdown', 'shop', '--level'] })], ['shop'])).toEqual([['shop', 'baseline']])
  })
})
