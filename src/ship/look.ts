import type { S3Client } from '@aws-sdk/client-s3'
import type { Destination } from './destination.ts'

/** What there is under a key: something, nothing, or what these credentials may not see. */
export type Found =
  | { state: 'there'; bytes: number; etag?: string; versionId?: string; checksum?: string }
  | { state: 'free' | 'unknown' }

/** Looks what is under a key. An answer to HEAD has no words: what it refuses, the next request is told in full. */
export async function look({ bucket, key }: Destination, client: S3Client): Promise<Found> {
  const { HeadObjectCommand } = await import('@aws-sdk/client-s3')
  try {
    const head = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key, ChecksumMode: 'ENABLED' }))
    return {
      state: 'there',
      bytes: head.ContentLength ?? -1,
      ...(head.ETag !== undefined && { etag: head.ETag }),
      ...(head.VersionId !== undefined && { versionId: head.VersionId }),
      ...(head.ChecksumSHA256 !== undefined && { checksum: head.ChecksumSHA256 }),
    }
  } catch (error) {
    const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode
    if (status === 404) return { state: 'free' }
    if (status === 400 || status === 401 || status === 403) return { state: 'unknown' }
    throw error
  }
}
