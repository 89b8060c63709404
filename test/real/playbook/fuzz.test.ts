import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeWithCluster } from '../../cluster/suite.ts'
import type { Want } from '../../unit/playbook/fuzz-journals.ts'
import { benchOn, trialFlags } from '../change/matrix/bench.ts'
import { kinds } from './fuzz-kinds.ts'
import { tryOnServer } from './fuzz-real.ts'

// What has to come up for the property to say anything.
const wanted: Record<string, Want> = {
  'apt, nobody says yes': 'a yes',
  'apt, nobody signed': 'a signature',
  'without the evidence': 'evidence',
}

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

    it.each(kinds)(
      'never write what was not shown and confirmed, and are taken back whole: $what',
      async ({ what, playbooks, mood }) => {
        let [runs, changed, undone] = [0, 0, 0]
        const refused = new Set<Want>()
        await fc.assert(
          fc.asyncProperty(playbooks, async (drawn) => {
            if (!bench) throw new TypeError('no cluster')
            const tried = await tryOnServer(bench, drawn, mood)
            expect(tried.wrong).toEqual([])
            runs += 1
            if (tried.writes > 0) changed += 1
            undone += tried.undone
            for (const want of tried.refused) refused.add(want)
          }),
          { numRuns: what === 'apt' ? 12 : 5, seed: 7, endOnFailure: true },
        )
        if (what === 'apt') expect(changed).toBeGreaterThan(runs / 2)
        expect(undone > 0).toBe(changed > 0)
        if (mood !== 'confirms') expect(changed).toBe(0)
        const want = wanted[what]
        if (want) expect(refused).toContain(want)
      },
      120_000,
    )
  },
  { apiserverFlags: trialFlags },
)
