import { base64Any, charClass, lineStart, runEnd, runStart } from './chars.ts'
import { type Finding, LeftOut, look, masked, type Redactor } from './redactor.ts'
import type { Region } from './scene.ts'
import { merged, type Span } from './span.ts'

export type Window = { size: number; overlap: number; most: number }

/**
 * A text is read in windows. What a rule finds is shorter than the overlap, or of one kind to its end. What is read as one makes a window grow:
 * JSON, whose structure counts, up to `most`; base64, a private key or a line with escapes to eight times its size.
 */
export const usualWindow: Window = { size: 1024 * 1024, overlap: 64 * 1024, most: 32 * 1024 * 1024 }

const swallowed = {
  run: charClass('A-Za-z0-9+/=._~%-'),
  key: charClass('A-Za-z0-9+/=\r\n\t \\-'),
  line: charClass('\0-\x09\x0b-\xff'),
}

/** Redacts a text as it goes by, in bounded memory. Throws LeftOut. */
export async function* redactStream(
  source: AsyncIterable<Buffer>,
  redactor: Redactor,
  onFinding: (finding: Finding) => void,
  window = usualWindow,
): AsyncGenerator<Buffer> {
  let held = ''
  let offset = 0
  let wanted = window.size
  let swallowing: Uint8Array | undefined
  for await (const chunk of source) {
    let text = chunk.toString('latin1')
    if (swallowing) {
      const rest = afterRun(text, swallowing)
      offset += text.length - rest.length
      if (rest === '') continue
      text = rest
      swallowing = undefined
    }
    held += text
    while (held.length >= wanted) {
      const { cut, spans, rest, grow } = split(held, redactor, window)
      if (grow) {
        wanted = held.length * 2
        break
      }
      yield Buffer.from(masked(held.slice(0, cut), spans, redactor, offset, onFinding), 'latin1')
      const after = rest ? afterRun(held.slice(cut), rest) : held.slice(cut)
      offset += held.length - after.length
      swallowing = rest && after === '' ? rest : undefined
      held = after
      wanted = window.size
    }
  }
  if (held !== '')
    yield Buffer.from(masked(held, look(held, redactor.reading).spans, redactor, offset, onFinding), 'latin1')
}

type Split = { cut: number; spans: Span[]; rest?: Uint8Array; grow?: true }

/** How much of a window can be let go, now that more is to come. */
function split(text: string, { reading }: Redactor, { size, overlap, most }: Window): Split {
  const { spans: found, regions } = look(text, reading)
  const spans = merged(found)
  let cut = text.length - overlap
  const newline = text.slice(cut - overlap, cut).lastIndexOf('\n')
  if (newline >= 0) cut += newline + 1 - overlap
  for (;;) {
    const region = regions.find(({ start, end }) => start < cut && end > cut) ?? runAround(text, cut)
    if (region && region.start > 0) {
      cut = region.start
      continue
    }
    if (region && region.end < text.length) return upTo(text, region.end, spans)
    if (region && text.length < (region.isJson ? most : size * 8)) return { cut: 0, spans: [], grow: true }
    if (region?.isJson) throw new LeftOut(`JSON in it is longer than ${most} bytes`)
    const span = spans.find((one) => one.end > cut && one.start < cut + near && contextOf(text, one, regions) < cut)
    if (!span) return upTo(text, cut, spans)
    const start = contextOf(text, span, regions)
    // Where there are many of them, or a long one, it is cut behind one: what follows has something else to go by.
    if (start <= text.length - overlap * 2) return upTo(text, span.end, spans)
    cut = start
  }
}

const near = 600

// Where what a rule went by begins: on the line of what it found, and in what is read as one.
function contextOf(text: string, { start }: Span, regions: Region[]): number {
  const region = regions.find((one) => one.start <= start && one.end > start)
  return Math.max(lineStart(text, start, 0), region?.start ?? 0)
}

function upTo(text: string, wanted: number, spans: Span[]): Split {
  const span = spans.find(({ start, end }) => start < wanted && end >= wanted)
  const cut = span?.end ?? wanted
  const rest = span?.end === text.length ? swallowed[span.goesOn ?? 'run'] : undefined
  return { cut, spans: spans.filter(({ end }) => end <= cut), ...(rest && { rest }) }
}

// Base64 is read from where it begins.
function runAround(text: string, cut: number): Region | undefined {
  const start = runStart(text, cut, 0, base64Any)
  const end = runEnd(text, cut, text.length, base64Any)
  return start < cut && end > cut ? { start, end, isJson: false } : undefined
}

function afterRun(text: string, table: Uint8Array): string {
  let at = 0
  while (at < text.length && table[text.charCodeAt(at)] === 1) at++
  return text.slice(at)
}
