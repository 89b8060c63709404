/** Does work for many at a time. */
export type Batch<T> = {
  /** Resolves once the round that this one is in is done; rejects with what that threw. */
  add(one: T): Promise<void>
  /** Resolves once nobody waits. */
  idle(): Promise<void>
}

type Waiting<T> = { one: T; resolve(): void; reject(error: unknown): void }

/** One round of work at a time: who comes meanwhile is in the next, together with all others that have come. */
export function batched<T>(work: (round: T[]) => Promise<void>): Batch<T> {
  let waiting: Waiting<T>[] = []
  let running: Promise<void> | undefined

  const run = async (): Promise<void> => {
    while (waiting.length > 0) {
      const round = waiting
      waiting = []
      try {
        await work(round.map(({ one }) => one))
        for (const { resolve } of round) resolve()
      } catch (error) {
        for (const { reject } of round) reject(error)
      }
    }
    running = undefined
  }

  return {
    add: (one) =>
      new Promise((resolve, reject) => {
        waiting.push({ one, resolve, reject })
        running ??= Promise.resolve().then(run)
      }),
    idle: async () => await running,
  }
}
