import { describe, expect, test } from 'vitest'
import { checkConformance, readConformance } from './conformance.ts'

describe("network-policy-api's conformance tests", () => {
  test('every connection they try ends as they want it', () => {
    const { flows, disagreements } = checkConformance(readConformance())
    expect(disagreements).toEqual([])
    expect(flows).toBe(110)
  })

  test('each wrong expectation is found', () => {
    const truth = readConformance()
    for (const poke of truth.cases.flatMap(({ pokes }) => pokes)) poke.allow = !poke.allow
    expect(checkConformance(truth).disagreements).toHaveLength(110)
  })
})
