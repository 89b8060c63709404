import { expect, test } from 'vitest'
import { describeWithCluster } from '../../cluster/suite.ts'
import { quietCluster } from '../../fuzz/quiet-cluster.ts'
import { breakdown, runFuzz, summary } from '../../fuzz/run.ts'
import { openStage } from '../../fuzz/stage.ts'

// The same worlds every time; `npm run fuzz:rbac` tries others.
const count = Number(process.env['KUBECTL_SECURE_FUZZ_COUNT'] ?? 12_000)
const seed = Number(process.env['KUBECTL_SECURE_FUZZ_SEED'] ?? 20_251)

describeWithCluster(
  'control-plane',
  'random worlds',
  (cluster) => {
    test('our answers are the API server’s', async () => {
      const stage = await openStage(cluster())
      const result = await runFuzz(stage, { count, seed })
      stage.close()
      console.log(`${summary(result)} (${breakdown(result)})`)
      expect(result.mismatches.join('\n\n')).toBe('')
      expect(result.comparisons).toBeGreaterThanOrEqual(count)
      // A run in which hardly anything was allowed, or hardly anything accepted, would prove nothing.
      expect(result.allowed).toBeGreaterThan(result.comparisons / 5)
      expect(result.refused).toBeLessThan(result.objects / 20)
    }, 1_800_000)
  },
  quietCluster,
)
