import type { Readable } from 'node:stream'

const maxWaiting = 1024 * 1024

/**
 * The pieces of a stream; unlike its own iterator this one gives all that came before a failure, and then fails. It listens from now on, so
 * that a failure is not lost while nobody has begun to read.
 */
export function chunksOf(stream: Readable): AsyncGenerator<Buffer> {
  const queue: Buffer[] = []
  let size = 0
  let end: { error?: unknown } | undefined
  let wake = () => {}
  const finish = (error?: unknown) => {
    end ??= error === undefined ? {} : { error }
    wake()
  }
  let isWaking = false
  stream.on('data', (chunk: Buffer) => {
    queue.push(chunk)
    size += chunk.length
    if (size > maxWaiting) stream.pause()
    if (isWaking) return
    isWaking = true
    // TLS gives 16 KiB at a time: what comes in one go is passed on in one go.
    setImmediate(() => {
      isWaking = false
      wake()
    })
  })
  stream.once('end', () => finish())
  stream.on('error', finish)
  stream.once('close', () => finish(stream.errored ?? new Error('the stream was closed before its end')))
  return (async function* () {
    try {
      for (;;) {
        while (queue.length > 0) {
          const [only] = queue
          const all = queue.length === 1 && only ? only : Buffer.concat(queue, size)
          queue.length = 0
          size = 0
          yield all
        }
        if (end?.error !== undefined) throw end.error
        if (end) return
        if (stream.isPaused()) stream.resume()
        await new Promise<void>((resolve) => (wake = resolve))
      }
    } finally {
      stream.destroy()
    }
  })()
}
