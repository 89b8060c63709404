import { createHash } from 'node:crypto'

const mib = 1024 * 1024
const smallestPart = 8 * mib
const mostParts = 10_000
// What is on its way at once, as long as the parts are small enough for two.
const inFlight = 32 * mib

/** How a file of a size is cut into parts; of one part it is sent as it is. Of files up to 78 GiB four parts of 8 MiB are in memory. */
export function partsOf(bytes: number): { partSize: number; atOnce: number } {
  const partSize = Math.max(smallestPart, Math.ceil(bytes / mostParts / mib) * mib)
  return { partSize, atOnce: Math.max(1, Math.floor(inFlight / partSize)) }
}

/**
 * The SHA-256 of an object as S3 reports it: in base64, and of one in parts that of the parts' digests, `…-N`.
 * Source: docs.aws.amazon.com, "Checking object integrity", composite checksums.
 */
export function objectChecksum(digests: readonly Buffer[]): string {
  const [only = Buffer.alloc(0)] = digests
  if (digests.length === 1) return only.toString('base64')
  return `${createHash('sha256').update(Buffer.concat(digests)).digest('base64')}-${digests.length}`
}

/** The SHA-256 of each part of a file. */
export async function partDigests(content: AsyncIterable<Buffer>, partSize: number): Promise<Buffer[]> {
  const digests: Buffer[] = []
  let part = createHash('sha256')
  let filled = 0
  for await (const chunk of content) {
    for (let at = 0; at < chunk.length; ) {
      if (filled === partSize) {
        digests.push(part.digest())
        part = createHash('sha256')
        filled = 0
      }
      const piece = chunk.subarray(at, at + partSize - filled)
      part.update(piece)
      filled += piece.length
      at += piece.length
    }
  }
  return [...digests, part.digest()]
}
