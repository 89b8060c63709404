import type { S3Client } from '@aws-sdk/client-s3'
import { SecureError } from '../errors.ts'
import { objectChecksum, partDigests, partsOf } from './checksum.ts'
import { type Destination, placeText } from './destination.ts'
import { uploadFailure } from './failure.ts'
import { type Found, look } from './look.ts'
import { put } from './put.ts'

/** What is sent: the same bytes however often they are asked for. */
export type Load = { bytes: number; sha256: string; content(): AsyncIterable<Buffer> }

/** An object as the server has it. */
export type Stored = {
  bucket: string
  key: string
  bytes: number
  /** SHA-256 of the bytes, as we have read them. */
  sha256: string
  etag?: string
  versionId?: string
  /** The SHA-256 that the server reports, as S3 counts it, equal to the one that we have counted; absent where it reports none. */
  checksum?: string
  /** These bytes were there already, and were not sent again. */
  wasThere: boolean
}

export type Sending = { client: S3Client; signal: AbortSignal; onProgress(sent: number): void }

/**
 * Sends one object, in parts that the server checks, and never over another one: where the same bytes are there already that is what was wanted.
 * What fails or is interrupted leaves nothing: the parts are taken back. Throws SecureError.
 */
export async function send(place: Destination, load: Load, sending: Sending): Promise<Stored> {
  try {
    const before = await look(place, sending.client)
    if (before.state === 'there') return { ...(await sameOrTaken(place, load, before)), wasThere: true }
    return await sendTo(place, load, sending, before)
  } catch (error) {
    throw uploadFailure(error, place)
  }
}

async function sendTo(place: Destination, load: Load, sending: Sending, before: Found): Promise<Stored> {
  try {
    return await confirmed(place, load, sending, true)
  } catch (error) {
    const { name } = error as Error
    // Not every server knows conditions: then it has to do that nothing was there when it was looked.
    if (name === 'NotImplemented' && before.state === 'free') return await confirmed(place, load, sending, false)
    if (name !== 'PreconditionFailed' && name !== 'NoSuchUpload') throw error
    // Where the answer was lost, what was sent again has met itself.
    const after = await look(place, sending.client)
    if (after.state === 'there') return { ...(await sameOrTaken(place, load, after)), wasThere: false }
    throw name === 'PreconditionFailed' ? taken(place) : error
  }
}

async function confirmed(place: Destination, load: Load, sending: Sending, isConditional: boolean): Promise<Stored> {
  const { said, sent, ...facts } = await put(place, load, sending, isConditional)
  const found = said === undefined ? await look(place, sending.client) : undefined
  const checksum = said ?? (found?.state === 'there' ? found.checksum : undefined)
  if (checksum !== undefined && checksum !== sent)
    throw new SecureError(
      'bad-answer',
      `upload ${placeText(place)}: the server says it has ${checksum}, and ${sent} was sent`,
      {
        hint: 'Do not rely on what is there, and do not remove the file here.',
      },
    )
  const { bytes, sha256 } = load
  return { ...place, bytes, sha256, ...facts, ...(checksum !== undefined && { checksum }), wasThere: false }
}

async function sameOrTaken(
  place: Destination,
  load: Load,
  found: Found & { state: 'there' },
): Promise<Omit<Stored, 'wasThere'>> {
  const { state: _, ...facts } = found
  const digests = found.bytes === load.bytes ? await partDigests(load.content(), partsOf(load.bytes).partSize) : []
  if (found.checksum === undefined || found.checksum !== objectChecksum(digests)) throw taken(place)
  return { ...place, ...facts, sha256: load.sha256 }
}

function taken(place: Destination): SecureError {
  return new SecureError(
    'already-exists',
    `upload ${placeText(place)}: something else is there, and is never overwritten`,
    {
      hint: 'Name another key.',
    },
  )
}
