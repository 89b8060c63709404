import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { judgeRounds, type Round, seenOf } from '../../../src/isolation/probe-judge.ts'
import type { ProbeTry } from '../../../src/isolation/report.ts'

const one = (
  from: ProbeTry['from'],
  to: ProbeTry['to'],
  seen: ProbeTry['seen'],
  more: Partial<ProbeTry> = {},
): ProbeTry => ({
  from,
  to,
  seen,
  protocol: 'TCP',
  address: '10.0.0.1',
  port: 1,
  expected: from === to ? 'connects' : 'blocked',
  detail: '',
  ...more,
})
const round = (
  egress: ProbeTry['seen'],
  ingress: ProbeTry['seen'],
  control: ProbeTry['seen'] = 'connects',
  own: ProbeTry['seen'] = 'connects',
): Round => [
  one('control', 'control', control),
  one('twin', 'twin', own),
  one('twin', 'control', egress),
  one('control', 'twin', ingress),
]
const good = round('blocked', 'blocked')

describe('what rounds prove', () => {
  test.each<[string, Round[], string[], string]>([
    ['blocked three times', [good, good, good], [], 'enforced'],
    ['blocked after a while', [round('connects', 'connects'), good, good, good], [], 'enforced'],
    ['rejected instead of dropped', Array(3).fill(round('refused', 'blocked')), [], 'enforced'],
    ['open to the end', [round('connects', 'connects')], [], 'not-enforced'],
    ['open one way', Array(3).fill(round('blocked', 'connects')), [], 'not-enforced'],
    ['blocked, then open', [good, good, round('connects', 'connects')], [], 'not-enforced'],
    ['blocked for too short', [good, good], [], 'inconclusive'],
    ['the control fails', Array(3).fill(round('blocked', 'blocked', 'blocked')), [], 'inconclusive'],
    [
      "the twin's server is dead",
      Array(3).fill(round('blocked', 'blocked', 'connects', 'refused')),
      [],
      'inconclusive',
    ],
    ['a try that could not be made', Array(3).fill(round('error', 'blocked')), [], 'inconclusive'],
    ['other policies would block too', [good, good, good], ['deny-all'], 'inconclusive'],
    ['nothing tried', [], [], 'inconclusive'],
  ])('%s', (_, rounds, confounders, result) => {
    expect(judgeRounds(rounds, confounders).result).toBe(result)
  })

  test('what policies leave open is no failure of enforcement', () => {
    const open = good.map((each) =>
      each.from === 'twin' && each.to === 'control'
        ? ({ ...each, seen: 'connects', expected: 'connects' } as const)
        : each,
    )
    expect(judgeRounds([open, open, open], []).result).toBe('enforced')
    const all = good.map((each) => ({ ...each, expected: 'connects' }) as const)
    expect(judgeRounds([all, all, all], [])).toMatchObject({
      result: 'inconclusive',
      why: expect.stringContaining('nothing to compare'),
    })
  })

  test('enforced is never said where the last round has an open way, a dead control or an error', () => {
    const seen = fc.constantFrom<ProbeTry['seen']>('connects', 'blocked', 'refused', 'error')
    const any = fc.tuple(seen, seen, seen, seen).map((each) => round(...each))
    fc.assert(
      fc.property(fc.array(any, { maxLength: 5 }), (rounds) => {
        if (judgeRounds(rounds, []).result !== 'enforced') return
        for (const [control, own, egress, ingress] of rounds.slice(-3)) {
          expect([control?.seen, own?.seen]).toEqual(['connects', 'connects'])
          for (const way of [egress, ingress]) expect(['blocked', 'refused']).toContain(way?.seen)
        }
        expect(rounds.length).toBeGreaterThanOrEqual(3)
      }),
    )
  })
})

test.each<[number, string, ProbeTry['seen']]>([
  [0, '', 'connects'],
  [1, 'TIMEOUT\n', 'blocked'],
  [1, 'TIMEOUT: read udp 10.0.0.1:1->10.0.0.2:2: i/o timeout\n', 'blocked'],
  [1, 'REFUSED\n', 'refused'],
  [1, 'OTHER: dial tcp 10.0.0.2:1: connect: no route to host\n', 'refused'],
  [1, 'UNKNOWN: write udp: operation not permitted\n', 'refused'],
  [1, 'DNS: lookup x\n', 'error'],
  [1, 'no such file: TIMEOUT\n', 'error'],
  [126, '', 'error'],
])('agnhost ends with %i and says %j: %s', (exitCode, stderr, seen) => {
  expect(seenOf(exitCode, stderr).seen).toBe(seen)
})
