import type { Readable } from 'node:stream'

const maxQueued = 4 * 1024 * 1024

/**
 * What a stream reads, from now on. Its own iterator forgets what was read and not passed on when the stream fails, and a failure that
 * nobody listens for yet ends the process; here all that came before a failure is passed on first.
 */
export function received(source: Readable): AsyncIterable<Uint8Array> {
  let queue: Uint8Array[] = []
  let queued = 0
  let end: { failure?: unknown } | undefined
  let wake = () => {}
  const ended = (how: { failure?: unknown }) => {
    end ??= how
    wake()
  }
  const closed = () => ended({ failure: source.errored ?? new Error('the stream was closed before its end') })
  source.on('error', (failure) => ended({ failure }))
  source.once('end', () => ended({}))
  source.once('close', closed)
  source.on('data', (chunk: Uint8Array) => {
    queue.push(chunk)
    queued += chunk.length
    if (queued >= maxQueued) source.pause()
    wake()
  })
  if (source.destroyed) closed()

  return {
    async *[Symbol.asyncIterator]() {
      try {
        for (;;) {
          const some = queue
          queue = []
          queued = 0
          source.resume()
          yield* some
          if (queue.length > 0) continue
          if (end && 'failure' in end) throw end.failure
          if (end) return
          await new Promise<void>((resolve) => (wake = resolve))
        }
      } finally {
        if (!end) source.destroy()
      }
    },
  }
}
