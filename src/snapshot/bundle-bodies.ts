import type { Kept } from '../bundle/entry.ts'
import type { Bundle } from '../bundle/read.ts'

/** The bytes of some artefacts, in one reading of the bundle. Throws Damage where they are not those that were recorded. */
export async function bodiesOf(bundle: Bundle, wanted: Iterable<Kept>): Promise<Map<string, Buffer>> {
  const files = new Set([...wanted].map(({ file }) => file))
  const bodies = new Map<string, Buffer>()
  for await (const { file, content } of bundle.artefacts((kept) => files.has(kept.file))) {
    const parts: Buffer[] = []
    for await (const part of content()) parts.push(part)
    bodies.set(file, Buffer.concat(parts))
  }
  return bodies
}
