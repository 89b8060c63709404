import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { drawnPlaybooks } from './fuzz-draw.ts'
import type { Mood } from './fuzz-responder.ts'
import { tryDrawn, withState } from './fuzz-trial.ts'
import { exampleWorld } from './fuzz-world.ts'

// On a snapshot; on a real server in test/real/playbook/fuzz.test.ts, and more of both by npm run fuzz:playbook.
describe('a playbook as the schema and the registry would have it', () => {
  it.each<Mood>(['confirms', 'declines', 'unsigned'])(
    'never ends in anything but a SecureError, and writes nothing unplanned: somebody who %s',
    async (mood) => {
      await fc.assert(
        fc.asyncProperty(drawnPlaybooks(['token.dead']), async (drawn) => {
          const { wrong } = await withState(async (stateDir) => await tryDrawn(drawn, exampleWorld(stateDir), mood))
          expect(wrong).toEqual([])
        }),
        { numRuns: 25, endOnFailure: true },
      )
    },
    120_000,
  )
})
