import { ReadableStream } from 'node:stream/web'
import { SecureError } from '../errors.ts'
import { Damage } from './damage.ts'

/** Encrypts a stream to age recipients (`age1…`). Throws SecureError `usage` for one that is none. */
export async function* encrypt(
  source: AsyncIterable<Uint8Array>,
  recipients: readonly string[],
): AsyncGenerator<Uint8Array> {
  const { Encrypter } = await import('age-encryption')
  const encrypter = new Encrypter()
  for (const recipient of recipients) {
    try {
      encrypter.addRecipient(recipient)
    } catch (cause) {
      throw new SecureError('usage', `${JSON.stringify(recipient)} is not a recipient of age`, {
        cause,
        hint: 'It begins with age1.',
      })
    }
  }
  yield* (await encrypter.encrypt(ReadableStream.from(source) as never)) as unknown as AsyncIterable<Uint8Array>
}

/**
 * Decrypts a stream with an age identity (`AGE-SECRET-KEY-1…`). Throws SecureError `usage` where it is none, or not for this file, and
 * {@link Damage} where what follows was changed or cut.
 */
export async function* decrypt(source: AsyncIterable<Uint8Array>, identity: string): AsyncGenerator<Buffer> {
  const { Decrypter } = await import('age-encryption')
  let plain: AsyncIterable<Uint8Array>
  try {
    const decrypter = new Decrypter()
    decrypter.addIdentity(identity)
    plain = (await decrypter.decrypt(ReadableStream.from(source) as never)) as unknown as AsyncIterable<Uint8Array>
  } catch (cause) {
    // What the library says never names the key.
    throw new SecureError(
      'usage',
      `it cannot be decrypted: ${cause instanceof Error ? cause.message : String(cause)}`,
      {
        cause,
        hint: 'Give the identity of one of its recipients. If that is right, its header was changed.',
      },
    )
  }
  try {
    for await (const part of plain) yield Buffer.from(part.buffer, part.byteOffset, part.byteLength)
  } catch (cause) {
    throw new Damage(
      'archive',
      `what age has encrypted was changed or cut: ${cause instanceof Error ? cause.message : String(cause)}`,
    )
  }
}
