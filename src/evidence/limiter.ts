/** Waits for a place under limits, so many in all and so many of one key (a node), and returns what gives it back; twice is once. */
export type Limiter = (key: string | undefined) => Promise<() => void>

/** Of those that may go on, the first come first. */
export function limiter(all: number, perKey: number): Limiter {
  const waiting: { key: string | undefined; start: () => void }[] = []
  const busy = new Map<string, number>()
  let running = 0
  const isFree = (key: string | undefined) => key === undefined || (busy.get(key) ?? 0) < perKey
  const count = (key: string | undefined, by: 1 | -1) => {
    running += by
    if (key !== undefined) busy.set(key, (busy.get(key) ?? 0) + by)
  }
  const next = () => {
    for (;;) {
      if (running >= all) return
      const at = waiting.findIndex(({ key }) => isFree(key))
      const [entry] = at < 0 ? [] : waiting.splice(at, 1)
      if (!entry) return
      count(entry.key, 1)
      entry.start()
    }
  }
  return async (key) => {
    await new Promise<void>((start) => {
      waiting.push({ key, start })
      next()
    })
    let isHeld = true
    return () => {
      if (!isHeld) return
      isHeld = false
      count(key, -1)
      next()
    }
  }
}
