import { basename } from 'node:path'
import { SecureError } from '../errors.ts'

/** Where in an object storage something goes. */
export type Destination = { bucket: string; key: string }

const maxKey = 1024

/**
 * Reads `s3://BUCKET/KEY`; where KEY is missing or ends in a slash, the file's own name comes after it, as `aws s3 cp` has it. Throws
 * SecureError `usage`. Names of buckets: docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html, as loosely as servers have them.
 */
export function parseDestination(text: string, file: string): Destination {
  const [, bucket = '', path = ''] = /^s3:\/\/([^/]*)\/?(.*)$/s.exec(text) ?? []
  if (!/^[a-zA-Z0-9][a-zA-Z0-9._-]{2,254}$/.test(bucket))
    throw new SecureError('usage', `${JSON.stringify(text)} is not a place in an object storage`, {
      hint: 'Such as s3://BUCKET/incidents/INC-42/.',
    })
  const key = path === '' || path.endsWith('/') ? `${path}${basename(file)}` : path
  // The server's own limit, in bytes; beside it lies KEY.sha256.
  if (Buffer.byteLength(`${key}.dsse.json`) > maxKey)
    throw new SecureError('usage', `the key of ${text} is longer than ${maxKey} bytes with what lies beside it`)
  return { bucket, key }
}

/** The name of a sealed archive's signature, as a path or as a key. */
export const envelopeName = (archive: string): string => `${archive.replace(/\.tar\.gz(?:\.age)?$/, '')}.dsse.json`

export const digestName = (archive: string): string => `${archive}.sha256`

export const placeText = ({ bucket, key }: Destination): string => `s3://${bucket}/${key}`
