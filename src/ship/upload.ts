import { createHash } from 'node:crypto'
import { fileContent } from '../bundle/source.ts'
import { apiVersion } from '../snapshot/snapshot.ts'
import type { Cargo } from './cargo.ts'
import type { Destination } from './destination.ts'
import { send, type Sending, type Stored } from './send.ts'

export type UploadReport = {
  apiVersion: typeof apiVersion
  kind: 'UploadReport'
  file: string
  /** The bundle, then what lies beside it. */
  objects: Stored[]
  /** Whether the server reports of every object the SHA-256 of what was sent. */
  isConfirmed: boolean
}

/**
 * Sends a bundle and what lies beside it. The bundle goes first: where that is refused, nothing of it is there. Throws SecureError; the same
 * again goes on with what is missing.
 */
export async function upload(cargo: Cargo, to: Destination, sending: Sending): Promise<UploadReport> {
  const { file, bytes, sha256, beside } = cargo
  const objects = [await send(to, { bytes, sha256, content: () => fileContent(file) }, sending)]
  const quietly = { ...sending, onProgress: () => {} }
  for (const { nameOf, body } of beside) {
    const digest = createHash('sha256').update(body).digest('hex')
    async function* content() {
      yield body
    }
    objects.push(await send({ ...to, key: nameOf(to.key) }, { bytes: body.length, sha256: digest, content }, quietly))
  }
  const isConfirmed = objects.every(({ checksum }) => checksum !== undefined)
  return { apiVersion, kind: 'UploadReport', file, objects, isConfirmed }
}
