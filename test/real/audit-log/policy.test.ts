import { expect, test } from 'vitest'
import { needed } from '../../cluster/needed.ts'
import { describeNeeding } from '../../cluster/suite.ts'
import { tryPolicy } from './policy-trial.ts'

// A seeded sample of test/fuzz/audit-policy.ts: an API server reads its policy once, so that each policy needs its own.
describeNeeding(needed('control-plane'), 'audit policies, beside a real kube-apiserver', () => {
  test.each([11, 1009])('policy %i decides as the server does', async (seed) => {
    const { comparisons, logged, mismatches } = await tryPolicy(seed, 250)
    expect(mismatches).toEqual([])
    // A policy that logs nothing, or all, would prove little.
    expect(logged).toBeGreaterThan(comparisons * 0.1)
    expect(logged).toBeLessThan(comparisons * 0.95)
  })
})
