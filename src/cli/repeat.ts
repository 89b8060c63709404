import { setTimeout as sleep } from 'node:timers/promises'
import { SecureError } from '../errors.ts'

/** Does the work once, or, with an interval, again and again. Throws SecureError `interrupted` on Ctrl-C in between. */
export async function repeat(everyMs: number | undefined, work: () => Promise<void>): Promise<void> {
  const stop = new AbortController()
  const onInterrupt = () => stop.abort()
  process.once('SIGINT', onInterrupt)
  try {
    for (;;) {
      await work()
      if (everyMs === undefined) return
      await sleep(everyMs, undefined, { signal: stop.signal }).catch(() => {
        throw new SecureError('interrupted', 'interrupted')
      })
    }
  } finally {
    process.off('SIGINT', onInterrupt)
  }
}
