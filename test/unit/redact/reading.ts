import { createSecretKey } from 'node:crypto'
import { keywords } from '../../../src/redact/keywords.ts'
import { isPersonal } from '../../../src/redact/names.ts'
import { pseudonyms } from '../../../src/redact/pseudonym.ts'
import { type Finding, redactText, type Redactor } from '../../../src/redact/redactor.ts'
import type { RedactProfile } from '../../../src/redact/scene.ts'
import { redactStream, type Window } from '../../../src/redact/stream.ts'
import { Work } from '../../../src/redact/work.ts'

const words = keywords()

/** What reads texts, with a key of its own. */
export function redactorOf(profile: RedactProfile = 'secrets', more: Partial<Redactor['reading']> = {}): Redactor {
  const key = createSecretKey(Buffer.alloc(32, 7))
  return {
    reading: { profile, keywords: words, work: new Work(), isDerivative: false, ...more },
    pseudonyms: pseudonyms(key, (subject) => profile === 'sharing' && isPersonal(subject)),
  }
}

/** A text, redacted; UTF-8 goes in and comes out. */
export function redacted(text: string, redactor = redactorOf(), findings: Finding[] = []): string {
  const bytes = Buffer.from(text, 'utf8').toString('latin1')
  return Buffer.from(
    redactText(bytes, redactor, (finding) => findings.push(finding)),
    'latin1',
  ).toString('utf8')
}

/** The same of bytes that come in pieces. */
export async function redactedPieces(pieces: Iterable<Buffer>, redactor: Redactor, window?: Window): Promise<Buffer> {
  async function* source() {
    yield* pieces
  }
  const parts: Buffer[] = []
  for await (const part of redactStream(source(), redactor, () => {}, window)) parts.push(part)
  return Buffer.concat(parts)
}
