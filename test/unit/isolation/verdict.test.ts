import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { FlowLine, IsolationVerdict } from '../../../src/isolation/report.ts'
import { ownNodeDoubt } from '../../../src/network/own-node.ts'
import { type Facts, verdictOf, verdictOfAll } from '../../../src/isolation/verdict.ts'

const proven: Facts = {
  computed: { open: [], cut: 9, complete: true, gaps: [] },
  probe: { result: 'enforced', why: '', node: 'n', tries: [] },
  live: { result: 'severed', why: '', alive: [], canUndo: [] },
  atMostPartial: [],
}
const line = (verdict: 'allowed' | 'unknown'): FlowLine => ({
  direction: 'egress',
  peer: 'world',
  traffic: [],
  verdict,
  by: [],
  reason: 'r',
})

const facts: fc.Arbitrary<Facts> = fc.record({
  computed: fc.record({
    open: fc.array(fc.constantFrom(line('allowed'), line('unknown')), { maxLength: 2 }),
    cut: fc.nat(3),
    complete: fc.boolean(),
    gaps: fc.constant([{ what: 'list', why: '403', hides: 'x' }]),
  }),
  probe: fc.record({
    result: fc.constantFrom('enforced', 'not-enforced', 'inconclusive'),
    why: fc.constant('probe'),
    node: fc.constant('n'),
    tries: fc.constant([]),
  }),
  live: fc.record({
    result: fc.constantFrom('severed', 'survived', 'not-tried', 'unknown'),
    why: fc.constant('live'),
    alive: fc.constant([]),
    canUndo: fc.constantFrom([], ['app']),
  }),
  atMostPartial: fc.constantFrom([], ['a node is never isolated']),
})

describe('the verdict on a pod', () => {
  it('is ISOLATED when all three are proved', () => {
    expect(verdictOf(proven)).toEqual({ verdict: 'ISOLATED', reasons: [] })
  })

  it('is ISOLATED in no other case, and says why', () => {
    fc.assert(
      fc.property(facts, (some) => {
        const { computed, probe, live, atMostPartial } = some
        const all =
          computed.open.length === 0 &&
          computed.complete &&
          probe.result === 'enforced' &&
          live.result === 'severed' &&
          live.canUndo.length === 0 &&
          atMostPartial.length === 0
        const { verdict, reasons } = verdictOf(some)
        expect(verdict === 'ISOLATED').toBe(all)
        expect(reasons.length > 0).toBe(!all)
      }),
    )
  })

  it('is never better than PARTIAL without proof that live connections died', () => {
    expect(verdictOf({ ...proven, live: { result: 'not-tried', why: 'use --sever', alive: [], canUndo: [] } })).toEqual(
      {
        verdict: 'PARTIAL',
        reasons: ['use --sever'],
      },
    )
  })

  it('takes what was seen of the own node where policies do not tell', () => {
    const doubt: FlowLine = { ...line('unknown'), peer: 'nodes n', reason: `egress: ${ownNodeDoubt}` }
    const computed = { ...proven.computed, open: [doubt] }
    expect(verdictOf({ ...proven, computed }).verdict).toBe('UNKNOWN')
    expect(verdictOf({ ...proven, computed, probe: { ...proven.probe, ownNode: 'blocked' } }).verdict).toBe('ISOLATED')
    expect(verdictOf({ ...proven, computed, probe: { ...proven.probe, ownNode: 'open' } }).verdict).toBe('PARTIAL')
    expect(verdictOf({ ...proven, probe: { ...proven.probe, ownNode: 'open' } }).verdict).toBe('PARTIAL')
  })

  it('is NOT ENFORCED where no policy can reach it, whatever a probe says', () => {
    expect(verdictOf({ ...proven, unenforceable: 'host network' }).verdict).toBe('NOT ENFORCED')
    expect(verdictOf({ ...proven, notMade: 'the label was refused' }).verdict).toBe('NOT ENFORCED')
  })

  it('is UNKNOWN where nobody saw a policy at work', () => {
    expect(verdictOf({ ...proven, probe: { ...proven.probe, result: 'inconclusive', why: 'no image' } })).toEqual({
      verdict: 'UNKNOWN',
      reasons: ['no image'],
    })
  })
})

describe('the verdict on several pods', () => {
  const pod = (verdict: IsolationVerdict, name = 'a') => ({
    namespace: 'n',
    name,
    verdict,
    reasons: verdict === 'ISOLATED' ? [] : ['why'],
  })

  it('is ISOLATED only where all are', () => {
    const verdict = fc.constantFrom<IsolationVerdict>('ISOLATED', 'PARTIAL', 'NOT ENFORCED', 'UNKNOWN')
    fc.assert(
      fc.property(fc.array(verdict, { maxLength: 4 }), (verdicts) => {
        const all = verdicts.length > 0 && verdicts.every((entry) => entry === 'ISOLATED')
        expect(verdictOfAll(verdicts.map((entry) => pod(entry))).verdict === 'ISOLATED').toBe(all)
      }),
    )
  })

  it('is PARTIAL where some are cut off and some cannot be', () => {
    expect(verdictOfAll([pod('ISOLATED'), pod('NOT ENFORCED', 'b')])).toEqual({
      verdict: 'PARTIAL',
      reasons: ['pod n/b is NOT ENFORCED: why'],
    })
    expect(verdictOfAll([pod('NOT ENFORCED'), pod('NOT ENFORCED', 'b')]).verdict).toBe('NOT ENFORCED')
    expect(verdictOfAll([pod('ISOLATED'), pod('UNKNOWN', 'b')]).verdict).toBe('UNKNOWN')
  })
})
