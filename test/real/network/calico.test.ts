import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { describeWithCluster } from '../../cluster/suite.ts'
import { drawFrom } from '../../fuzz/draw.ts'
import { quietCluster } from '../../fuzz/quiet-cluster.ts'
import { openStage, type Stage } from './stage.ts'
import { runTrial, type Trial } from './trial.ts'

// Seeds whose policies leave some flows open and close others; test/fuzz/network.ts tries thousands of flows more.
const seeds = [3, 7, 11, 19, 23]
const flowsPerSeed = 90

describeWithCluster(
  'node',
  'what policies say is what Calico does',
  (cluster) => {
    let stage: Stage | undefined
    const trials: Trial[] = []
    beforeAll(async () => {
      stage = await openStage(cluster())
    }, 180_000)
    afterAll(() => stage?.close())

    describe('random policies of every kind', () => {
      test.each(seeds)('seed %i', async (seed) => {
        if (!stage) throw new Error('no stage')
        const trial = await runTrial(stage, drawFrom(seed), flowsPerSeed)
        trials.push(trial)
        expect(trial.mismatches).toEqual([])
        expect(trial.flows).toBeGreaterThan(0)
      })

      test('some flows got through and some did not', () => {
        expect(trials.reduce((sum, { allowed }) => sum + allowed, 0)).toBeGreaterThan(50)
        expect(trials.reduce((sum, { denied }) => sum + denied, 0)).toBeGreaterThan(50)
      })
    })
  },
  quietCluster,
)
