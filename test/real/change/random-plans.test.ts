import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWithCluster } from '../../cluster/suite.ts'
import { benchOn, trialFlags } from './matrix/bench.ts'
import type { Bench } from './matrix/trial.ts'
import { cases, tryCase } from './random-plans.ts'

describeWithCluster(
  'control-plane',
  'any plan',
  (running) => {
    let bench: Bench & { close(): void }
    beforeAll(async () => {
      bench = await benchOn(running())
    })
    afterAll(() => bench?.close())

    test('killed anywhere, with edits of others in between: ours is gone, theirs stay and are told, and twice is once', async () => {
      const property = fc.asyncProperty(cases, async (one) => {
        expect(await tryCase(bench, one)).toEqual([])
      })
      await fc.assert(property, { numRuns: 8, seed: 4, endOnFailure: true })
    })
  },
  { apiserverFlags: trialFlags },
)
