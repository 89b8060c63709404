import fc from 'fast-check'
import { expect, test } from 'vitest'
import { describeWithCluster } from '../../cluster/suite.ts'
import { loggingCluster, openBench } from './bench.ts'
import { trials, emptyTally, tryTrial } from './random-trial.ts'

describeWithCluster(
  'control-plane',
  'random worlds, narrowed to a real audit log',
  (cluster) => {
    // More of it: npm run fuzz:unused.
    test('what was done is done again, and nobody may more', async () => {
      const bench = await openBench(cluster())
      const tally = emptyTally()
      const property = fc.asyncProperty(trials, async (one) => {
        expect(await tryTrial(bench, one, tally)).toEqual([])
      })
      await fc.assert(property, { numRuns: 12, seed: 5 })
      bench.close()
      // It would prove little where all was refused.
      expect(Object.keys(tally.passed).toSorted()).toEqual(['approve', 'ask', 'bind', 'impersonate', 'make', 'role'])
      expect(tally.emitted).toBeGreaterThan(10)
    }, 120_000)
  },
  loggingCluster,
)
