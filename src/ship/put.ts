import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import type { S3Client } from '@aws-sdk/client-s3'
import { SecureError } from '../errors.ts'
import { objectChecksum, partsOf } from './checksum.ts'
import { type Destination, placeText } from './destination.ts'
import { uploadFailure } from './failure.ts'
import type { Load, Sending } from './send.ts'

/** What the server says of what it has stored, and the SHA-256 of what was sent, as S3 counts it. */
export type Put = { etag?: string; versionId?: string; said: string | undefined; sent: string }

/**
 * Puts an object there, in parts where it is large, and takes the parts back where that fails. With `isConditional` only where there is none.
 * Throws SecureError where the file changes meanwhile, else what the SDK throws.
 */
export async function put(place: Destination, load: Load, sending: Sending, isConditional: boolean): Promise<Put> {
  const { Upload } = await import('@aws-sdk/lib-storage')
  const { partSize, atOnce } = partsOf(load.bytes)
  async function* checked() {
    const hash = createHash('sha256')
    for await (const chunk of load.content()) {
      hash.update(chunk)
      yield chunk
    }
    // Before the last part is sent: so it never becomes an object.
    if (hash.digest('hex') !== load.sha256) throw changed(place)
  }
  const digests = digestsOf(sending.client)
  const { client, parts } = await interruptible(sending.client, sending.signal)
  const upload = new Upload({
    client,
    params: {
      Bucket: place.bucket,
      Key: place.key,
      Body: Readable.from(checked(), { objectMode: false, highWaterMark: 1024 * 1024 }),
      ChecksumAlgorithm: 'SHA256',
      ...(isConditional && { IfNoneMatch: '*' }),
    },
    partSize,
    queueSize: atOnce,
  })
  upload.on('httpUploadProgress', ({ loaded }) => sending.onProgress(loaded ?? 0))
  try {
    const done = await upload.done()
    return {
      ...(done.ETag !== undefined && { etag: done.ETag }),
      ...(done.VersionId !== undefined && { versionId: done.VersionId }),
      said: done.ChecksumSHA256,
      sent: objectChecksum([...digests].toSorted(([one], [other]) => one - other).map(([, digest]) => digest)),
    }
  } catch (error) {
    if (parts.left === undefined) throw error
    const { message, hint } = uploadFailure(error, place)
    throw uploadFailure(error, place).with({
      message: `${message}; and the parts of the upload ${parts.left} could not be taken back`,
      hint: `${hint ?? ''}\nThey are no object, and are paid for: a rule of the bucket (AbortIncompleteMultipartUpload) removes them, or "aws s3api abort-multipart-upload".`,
    })
  }
}

/** The SHA-256 of each part, by its number, as the SDK sends it. Its signature takes the same: else each part would be hashed twice. */
function digestsOf(client: S3Client): Map<number, Buffer> {
  const digests = new Map<number, Buffer>()
  client.middlewareStack.add(
    (next) => async (args) => {
      const { headers, query } = args.request as { headers: Record<string, string>; query?: Record<string, string> }
      const checksum = headers['x-amz-checksum-sha256']
      if (checksum !== undefined) {
        const digest = Buffer.from(checksum, 'base64')
        digests.set(Number(query?.['partNumber'] ?? 1), digest)
        headers['x-amz-content-sha256'] = digest.toString('hex')
      }
      return await next(args)
    },
    // After the checksum, before the signature.
    { step: 'build', priority: 'low', name: 'secureDigests', override: true },
  )
  return digests
}

// lib-storage's own abort() does not wait for what is on its way, nor for the parts being taken back; and hides why it failed where that fails.
async function interruptible(client: S3Client, signal: AbortSignal) {
  const { AbortMultipartUploadCommand, PutObjectCommand, UploadPartCommand } = await import('@aws-sdk/client-s3')
  const parts: { left?: string | undefined } = {}
  const send = async (command: Parameters<S3Client['send']>[0]) => {
    if (command instanceof AbortMultipartUploadCommand)
      return await client.send(command).catch((error: unknown) => {
        const isGone = (error as { name?: string }).name === 'NoSuchUpload'
        if (!isGone) parts.left = command.input.UploadId
      })
    const isBody = command instanceof PutObjectCommand || command instanceof UploadPartCommand
    return await client.send(command, isBody ? { abortSignal: signal } : {})
  }
  return { client: Object.assign(Object.create(client) as S3Client, { send: send as S3Client['send'] }), parts }
}

function changed(place: Destination): SecureError {
  return new SecureError(
    'journal',
    `upload ${placeText(place)}: the file changed while it was sent, and nothing is there`,
    { hint: 'See who writes to it, then repeat the command.' },
  )
}
