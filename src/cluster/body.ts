import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { SecureError } from '../errors.ts'
import type { Incoming } from './send.ts'

// V8 cannot hold a longer string, so nothing larger could be parsed; it also stops a server that never stops sending.
const maxBytes = 512 * 1024 * 1024

/** The whole body, unpacked. Rejects with SecureError `bad-answer` when it is cut short, too large or not what it says. */
export async function collect({ message, stillAlive }: Incoming): Promise<Buffer> {
  const packed = await new Promise<Buffer>((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    message.on('data', (chunk: Buffer) => {
      stillAlive()
      size += chunk.length
      chunks.push(chunk)
      if (size > maxBytes) message.destroy(tooLarge())
    })
    message.on('end', () => (message.complete ? resolve(join(chunks, size)) : reject(cutShort(size))))
    message.on('error', (cause) => reject(cause instanceof SecureError ? cause : cutShort(size, cause)))
    message.on('close', () => reject(cutShort(size)))
  })
  if (!isGzip(message) || packed.length === 0) return packed
  const { gunzip } = await import('node:zlib')
  return new Promise((resolve, reject) => {
    gunzip(packed, { maxOutputLength: maxBytes }, (error, unpacked) => {
      if (!error) resolve(unpacked)
      else reject(error instanceof RangeError ? tooLarge() : notGzip(error))
    })
  })
}

/** The body as it comes, unpacked. It ends in an error made by `explain` when it is cut short or not what it says. */
export async function streamed(
  { message, stillAlive }: Incoming,
  explain: (error: SecureError) => SecureError,
): Promise<Readable> {
  const { PassThrough } = await import('node:stream')
  const out = new PassThrough()
  let size = 0
  message.on('data', (chunk: Buffer) => {
    stillAlive()
    size += chunk.length
  })
  message.on('error', (cause) => out.destroy(explain(cause instanceof SecureError ? cause : cutShort(size, cause))))
  message.on('close', () => message.complete || out.destroy(explain(cutShort(size))))
  out.on('close', () => message.complete || message.destroy())
  if (!isGzip(message)) return message.pipe(out)
  const { createGunzip } = await import('node:zlib')
  const unpack = createGunzip().on('error', (error) => out.destroy(explain(notGzip(error))))
  return message.pipe(unpack).pipe(out)
}

function isGzip(message: IncomingMessage): boolean {
  const coding = message.headers['content-encoding'] ?? 'identity'
  if (coding === 'identity' || coding === 'gzip') return coding === 'gzip'
  message.destroy()
  throw new SecureError('bad-answer', 'the answer is packed in a way that was not asked for')
}

function join(chunks: Buffer[], size: number): Buffer {
  const [only] = chunks
  return chunks.length === 1 && only ? only : Buffer.concat(chunks, size)
}

function cutShort(size: number, cause?: unknown): SecureError {
  return new SecureError('bad-answer', `the answer was cut short after ${size} bytes`, { cause })
}

function notGzip(cause: Error): SecureError {
  return new SecureError('bad-answer', `the answer says it is gzip and is not: ${cause.message}`, { cause })
}

function tooLarge(): SecureError {
  return new SecureError('bad-answer', `the answer is larger than ${maxBytes / 1024 / 1024} MiB`)
}
