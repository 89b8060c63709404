import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWithCluster } from '../../cluster/suite.ts'
import { drawFrom } from '../../fuzz/draw.ts'
import { type Ground, openGround } from '../../fuzz/paths-field.ts'
import { emptyTally, tryEscalations } from '../../fuzz/paths-trial.ts'
import { drawEscalations } from '../../fuzz/paths-world.ts'
import { quietCluster } from '../../fuzz/quiet-cluster.ts'

// A sample of `npm run fuzz:paths`.
describeWithCluster(
  'control-plane',
  'paths, walked',
  (cluster) => {
    let ground: Ground
    beforeAll(async () => {
      ground = await openGround(cluster())
    })
    afterAll(() => ground.close())

    test.each([2, 3])('of the random world %i', { timeout: 180_000 }, async (seed) => {
      const draw = drawFrom(seed)
      const tally = emptyTally()
      expect(await tryEscalations(ground, drawEscalations(draw), tally, draw)).toEqual([])
      expect(tally.got).toBeGreaterThan(0)
      expect(tally.walked).toBeGreaterThan(0)
    })
  },
  quietCluster,
)
