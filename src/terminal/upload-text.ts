import type { UploadReport } from '../ship/upload.ts'
import { escapeLines } from '../text/terminal.ts'

/** What is where now, and what stands for it: to be written down elsewhere. */
export function uploadText({ objects, isConfirmed }: UploadReport): string {
  const lines = objects.flatMap(({ bucket, key, bytes, sha256, etag, versionId, wasThere }) => [
    `s3://${bucket}/${key}: ${bytes} bytes${wasThere ? ', was there already' : ''}`,
    `  SHA-256: ${sha256}`,
    ...(versionId === undefined ? [] : [`  version: ${versionId}`]),
    ...(etag === undefined ? [] : [`  ETag: ${etag}`]),
  ])
  return escapeLines([isConfirmed ? 'UPLOADED' : 'UPLOADED, NOT CONFIRMED', ...lines])
}
