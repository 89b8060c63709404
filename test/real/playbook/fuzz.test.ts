import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeWithCluster } from '../../cluster/suite.ts'
import { drawnPlaybooks } from '../../unit/playbook/fuzz-draw.ts'
import type { Mood } from '../../unit/playbook/fuzz-trial.ts'
import { benchOn, trialFlags } from '../change/matrix/bench.ts'
import { leftOut, tryOnServer } from './fuzz-real.ts'

// More of them: npm run fuzz:playbook.
describeWithCluster(
  'control-plane',
  'drawn playbooks',
  (running) => {
    let bench: Awaited<ReturnType<typeof benchOn>> | undefined
    beforeAll(async () => {
      bench = await benchOn(running())
    })
    afterAll(() => bench?.close())

    it.each<Mood>(['confirms', 'declines', 'unsigned'])(
      'never write what was not shown and confirmed: somebody who %s',
      async (mood) => {
        let writes = 0
        await fc.assert(
          fc.asyncProperty(drawnPlaybooks(leftOut), async (drawn) => {
            if (!bench) throw new TypeError('no cluster')
            const tried = await tryOnServer(bench, drawn, mood)
            writes += tried.writes
            expect(tried.wrong).toEqual([])
          }),
          // With this seed three of twelve change something, where somebody confirms.
          { numRuns: 12, seed: 7, endOnFailure: true },
        )
        expect(writes > 0).toBe(mood === 'confirms')
      },
      120_000,
    )
  },
  { apiserverFlags: trialFlags },
)
