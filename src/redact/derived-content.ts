import { rm } from 'node:fs/promises'
import type { Case } from '../bundle/case.ts'
import type { Facts } from '../bundle/entry.ts'
import { encodePath } from '../bundle/path-name.ts'
import { readChunks } from '../bundle/hash-file.ts'
import { writeTemporary } from '../bundle/publish.ts'
import type { Artefact } from '../bundle/read.ts'
import { redactContent } from './artefact.ts'
import { toBytes } from './chars.ts'
import type { LiveValue } from './live-values.ts'
import { LeftOut, redactText, type Redactor } from './redactor.ts'
import type { Tally } from './report.ts'
import type { SecondEngine } from './second-engine.ts'

export type Outcome = { unpackedAs?: string } | { why: string }

type Rest = {
  /** A file that is not yet known to be clean. */
  scratch: string
  seen(): LiveValue[]
  meta(meta: Facts, file: string): Facts
}

// Above that it goes by way of the disk.
const maxHeld = 4 * 1024 * 1024

/** What puts an artefact into the derivative: only once all of it was redacted, and the other engine has found nothing in it. */
export function contentWriter(derived: Case, redactor: Redactor, engine: SecondEngine, tally: Tally, rest: Rest) {
  return async (artefact: Artefact, redactedPath: string[]): Promise<Outcome> => {
    const file = encodePath(redactedPath)
    const counts = tally.of(file)
    const scanner = engine.scanner()
    let isUnpacked = false
    const content = redactContent(artefact.content(), artefact.path ?? [], redactor, {
      onFinding: counts.add,
      onForm: (form) => (isUnpacked = form === 'gzip'),
    })
    async function* scanned() {
      for await (const chunk of content) {
        scanner.add(chunk)
        yield chunk
      }
    }
    try {
      const held = artefact.bytes > maxHeld ? undefined : await gathered(scanned())
      if (held === undefined || !held.isWhole) await writeTemporary(rest.scratch, held ? rejoined(held) : scanned())
      const [leak] = scanner.leaks()
      if (leak)
        throw new LeftOut(
          `the other engine still finds a secret in it (${leak.rule}, at ${leak.offset} of what would be written)`,
        )
      const path = isUnpacked ? [...redactedPath.slice(0, -1), `${redactedPath.at(-1)}.unpacked`] : redactedPath
      const meta = rest.meta(artefact.meta, file)
      const source = held?.isWhole ? held.parts : readChunks(rest.scratch)
      await put(derived, path, meta, source, artefact.cut === undefined ? undefined : cutOf(artefact.cut, redactor))
      counts.done(rest.seen())
      return isUnpacked ? { unpackedAs: encodePath(path) } : {}
    } catch (error) {
      rest.seen()
      if (error instanceof LeftOut) return { why: error.message }
      throw error
    } finally {
      await rm(rest.scratch, { force: true })
    }
  }
}

type Held = { parts: Buffer[]; isWhole: boolean; more: AsyncGenerator<Buffer> }

async function gathered(source: AsyncGenerator<Buffer>): Promise<Held> {
  const parts: Buffer[] = []
  let length = 0
  for (;;) {
    const next = await source.next()
    if (next.done === true) return { parts, isWhole: true, more: source }
    parts.push(next.value)
    length += next.value.length
    // What was packed may be more than it was.
    if (length > maxHeld * 2) return { parts, isWhole: false, more: source }
  }
}

async function* rejoined({ parts, more }: Held): AsyncGenerator<Buffer> {
  yield* parts
  yield* more
}

const cutOf = (why: string, redactor: Redactor) =>
  new Error(
    Buffer.from(
      redactText(toBytes(why), redactor, () => {}),
      'latin1',
    ).toString(),
  )

// What was cut stays cut, and for the same reason.
async function put(
  derived: Case,
  path: string[],
  meta: Facts,
  source: Iterable<Buffer> | AsyncIterable<Buffer>,
  cut: Error | undefined,
): Promise<void> {
  async function* all() {
    yield* source
    if (cut) throw cut
  }
  await derived.artefact(path, meta, all()).catch((error: unknown) => {
    if (error !== cut) throw error
  })
}
