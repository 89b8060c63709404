import type { Json } from '../bundle/entry.ts'
import { SecureError } from '../errors.ts'
import { fromBytes, toBytes } from './chars.ts'
import type { LiveValue } from './live-values.ts'
import { LeftOut, redactText, type Redactor } from './redactor.ts'
import type { Tally } from './report.ts'
import type { SecondEngine } from './second-engine.ts'

export type JsonRedactor = {
  value(value: Json, file: string): Json
  /** A part of a path. */
  text(text: string): string
}

/** Redacts what is not an artefact: the head, documents, lines of the journal. Throws SecureError where the other engine still finds something. */
export function jsonRedactor(
  redactor: Redactor,
  engine: SecondEngine,
  tally: Tally,
  seen: () => LiveValue[],
): JsonRedactor {
  const checked = (text: string, file: string): string => {
    const counts = tally.of(file)
    const output = wholly(file, () => redactText(toBytes(text), redactor, counts.add))
    counts.done(seen())
    const scanner = engine.scanner()
    scanner.add(Buffer.from(output, 'latin1'))
    const [leak] = scanner.leaks()
    if (leak) throw refused(file, `the other engine still takes something in it for a secret (${leak.rule})`)
    return fromBytes(output)
  }
  return {
    value: (value, file) => JSON.parse(checked(JSON.stringify(value), file)) as Json,
    text: (text) => checked(text, 'paths'),
  }
}

// A row or a document cannot be left out as an artefact can.
function wholly(file: string, redact: () => string): string {
  try {
    return redact()
  } catch (error) {
    if (error instanceof LeftOut) throw refused(file, error.message)
    throw error
  }
}

function refused(file: string, why: string): SecureError {
  return new SecureError('journal', `${file} cannot be redacted, so nothing was written: ${why}`, {
    hint: 'Please report it: it is a fault of our own rules. The bundle itself is as it was.',
  })
}
