import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openClock } from '../../../src/evidence/clock.ts'
import { limiter } from '../../../src/evidence/limiter.ts'

test('never more than the limits, and everything comes about', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom('a', 'b', undefined), { maxLength: 40 }), async (keys) => {
      const limit = limiter(5, 2)
      const running: (string | undefined)[] = []
      const done = await Promise.all(
        keys.map(async (key, index) => {
          const release = await limit(key)
          running.push(key)
          expect(running.length).toBeLessThanOrEqual(5)
          if (key !== undefined) expect(running.filter((one) => one === key).length).toBeLessThanOrEqual(2)
          await new Promise((resolve) => setImmediate(resolve))
          running.splice(running.indexOf(key), 1)
          release()
          release()
          return index
        }),
      )
      expect(done).toEqual(keys.map((_, index) => index))
    }),
  )
})

test('the clock of a server is never outside of what is said of it', () => {
  const answer = fc.record({ at: fc.nat(1e6), there: fc.nat(300), back: fc.nat(300) })
  fc.assert(
    fc.property(fc.integer({ min: -1e6, max: 1e6 }), fc.array(answer, { minLength: 1 }), (ahead, answers) => {
      const clock = openClock()
      for (const { at, there, back } of answers)
        clock.sample(at, at + there + back, Math.floor((at + there + ahead) / 1000) * 1000)
      const { agree, serverAheadMs } = clock.facts() as {
        agree: boolean
        serverAheadMs: { atLeast: number; atMost: number }
      }
      expect(agree).toBe(true)
      expect(serverAheadMs.atLeast).toBeLessThanOrEqual(ahead)
      expect(serverAheadMs.atMost).toBeGreaterThanOrEqual(ahead)
    }),
  )
})

test('servers that are seconds apart are said to be', () => {
  const clock = openClock()
  clock.sample(10_000, 10_010, 10_000)
  clock.sample(11_000, 11_010, 14_000)
  expect(clock.facts()).toEqual({ samples: 2, agree: false, serverAheadMs: { atLeast: -10, atMost: 4000 } })
})
