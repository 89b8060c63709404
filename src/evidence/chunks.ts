import type { Readable } from 'node:stream'

const maxWaiting = 1024 * 1024
const maxPiece = 256 * 1024

/**
 * The pieces of a stream; unlike its own iterator this one gives all that came before a failure, and then fails. It listens from now on, so
 * that a failure is not lost while nobody has begun to read. A piece is there until the next is asked for: who keeps it copies it.
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
  // One piece of memory for all of them: to make one for each keeps the garbage collector busy.
  let memory: Buffer | undefined
  const next = (): Buffer => {
    const [first] = queue
    if (first && (queue.length === 1 || first.length > maxPiece)) {
      queue.shift()
      size -= first.length
      return first
    }
    memory ??= Buffer.allocUnsafeSlow(maxPiece)
    let [filled, count] = [0, 0]
    for (const chunk of queue) {
      if (filled + chunk.length > maxPiece) break
      memory.set(chunk, filled)
      filled += chunk.length
      count++
    }
    queue.splice(0, count)
    size -= filled
    return memory.subarray(0, filled)
  }
  return (async function* () {
    try {
      for (;;) {
        while (queue.length > 0) yield next()
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
