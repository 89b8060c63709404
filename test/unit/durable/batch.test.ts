import fc from 'fast-check'
import { expect, test } from 'vitest'
import { batched } from '../../../src/durable/batch.ts'

test('everyone is in one round, rounds never overlap, and each is told what became of its own', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(3), { maxLength: 30 }), fc.nat(9), async (pauses, bad) => {
      const rounds: number[][] = []
      let running = 0
      const { add, idle } = batched<number>(async (round) => {
        expect(++running).toBe(1)
        rounds.push(round)
        await new Promise((resolve) => setImmediate(resolve))
        running--
        if (round.includes(bad)) throw new Error(`not with ${bad}`)
      })
      const told: Promise<string>[] = []
      for (const [number, pause] of pauses.entries()) {
        for (let turn = 0; turn < pause; turn++) await new Promise((resolve) => setImmediate(resolve))
        told.push(
          add(number).then(
            () => 'done',
            (error: Error) => error.message,
          ),
        )
      }
      const outcomes = await Promise.all(told)
      await idle()
      expect(running).toBe(0)
      expect(rounds.flat()).toEqual(pauses.map((_, number) => number))
      const unlucky = rounds.find((round) => round.includes(bad)) ?? []
      expect(outcomes).toEqual(pauses.map((_, number) => (unlucky.includes(number) ? `not with ${bad}` : 'done')))
    }),
  )
})
