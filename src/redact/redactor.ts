import { findSpans, type Found } from './find.ts'
import type { Pseudonyms } from './pseudonym.ts'
import type { Reading } from './scene.ts'
import { merged, type Span } from './span.ts'
import { TooMuchWork } from './work.ts'

/** What was masked: which rule found it, where it was in what was read, how long, and what stands there now; never what it was. */
export type Finding = { rule: string; offset: number; length: number; token: string }

/** What cannot be redacted wholly is left out. */
export class LeftOut extends Error {}

export type Redactor = {
  reading: Reading
  pseudonyms: Pseudonyms
}

/** What to mask in a text. One that is made to take for ever is masked whole. */
export function look(text: string, reading: Reading): Found {
  reading.work.allow(text.length)
  try {
    return findSpans(text, reading)
  } catch (error) {
    if (!(error instanceof TooMuchWork)) throw error
    throw new LeftOut(`a part of it cannot be read in a number of steps that its length allows for`)
  }
}

/** A text with its spans masked; `from` is where it stands in the whole. */
export function masked(
  text: string,
  spans: Span[],
  { pseudonyms }: Redactor,
  from: number,
  onFinding: (finding: Finding) => void,
): string {
  const parts: string[] = []
  let at = 0
  for (const span of merged(spans)) {
    const value = span.value ?? text.slice(span.start, span.end)
    const token = tokenOf(span, value, pseudonyms)
    const quote = span.quote ?? ''
    parts.push(text.slice(at, span.start), quote, token, quote)
    onFinding({
      rule: span.rule,
      offset: from + span.start,
      length: span.end - span.start,
      token: Buffer.from(token, 'latin1').toString(),
    })
    at = span.end
  }
  parts.push(text.slice(at))
  return parts.join('')
}

function tokenOf({ type, isBare }: Span, value: string, pseudonyms: Pseudonyms): string {
  const token = type === undefined ? pseudonyms.secret(value) : pseudonyms.name(type, value)
  // Without the quotes of three bytes.
  return isBare === true ? token.slice(3, -3) : token
}

/** A small text, redacted. */
export function redactText(text: string, redactor: Redactor, onFinding: (finding: Finding) => void): string {
  return masked(text, look(text, redactor.reading).spans, redactor, 0, onFinding)
}
