import type { View } from './views.ts'

// RFC 3339 as kubelets and runtimes write it, and the rest of the line's head in files of CRI.
const head = /\d{4}-\d\d-\d\dT[\d:.]{8,18}(?:Z|[+-]\d\d:\d\d) (?:std(?:out|err) [FP] )?/y

/** How long what stands before a line is. */
export function headLength(line: string): number {
  head.lastIndex = 0
  return head.test(line) ? head.lastIndex : 0
}

const maxHead = 64

// Rule: runtimes cut a line at 16 KiB; all of its parts but the last are tagged P (CRI's format of log files).
const partial = / std(?:out|err) P $/

/** What `withoutHeads` makes; `joined` are the parts of lines that a runtime cut, each from the first to the last. */
export type Lines = View & { joined: { start: number; end: number }[] }

/** Lines of a log without the time in front of each, whole again where a runtime cut them; undefined where they have none. What spans lines comes in pieces. */
export function withoutHeads(text: string): Lines | undefined {
  const starts: number[] = []
  const outers: number[] = []
  const parts: string[] = []
  let length = 0
  let found = false
  const joined: { start: number; end: number }[] = []
  // The stream whose line goes on.
  let open = ''
  for (let at = 0; at < text.length; ) {
    const next = text.indexOf('\n', at) + 1 || text.length
    head.lastIndex = at
    const from = head.test(text) && head.lastIndex <= next ? head.lastIndex : at
    const cut = partial.exec(text.slice(Math.max(at, from - 10), from))?.[0] ?? ''
    const group = joined.at(-1)
    if (open !== '' && group) group.end = next
    if (cut !== '' && open === '') joined.push({ start: at, end: next })
    // Where another stream comes in between, it is not joined.
    const end = cut !== '' && text[next - 1] === '\n' && isOf(text, next, cut) ? feedBefore(text, next) : next
    open = end < next ? cut : ''
    // What follows is still to come.
    if (cut !== '' && open === '' && text.length - next < maxHead)
      joined[joined.length - 1] = { start: joined.at(-1)?.start ?? at, end: Infinity }
    found ||= from > at
    starts.push(length)
    outers.push(from)
    parts.push(text.slice(from, end))
    length += end - from
    at = next
  }
  if (!found) return undefined
  const lineOf = (at: number) => {
    let [low, high] = [0, starts.length - 1]
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((starts[middle] ?? 0) <= at) low = middle
      else high = middle - 1
    }
    return low
  }
  return {
    text: parts.join(''),
    joined,
    outer(from, to) {
      const pieces: { start: number; end: number }[] = []
      for (let line = lineOf(from); line < starts.length && (starts[line] ?? 0) < to; line++) {
        const [start, outer, size] = [starts[line] ?? 0, outers[line] ?? 0, parts[line]?.length ?? 0]
        const piece = { start: outer + Math.max(from - start, 0), end: outer + Math.min(to - start, size) }
        // The line feed stays where a piece is not the last.
        if (to > start + size && parts[line]?.endsWith('\n')) piece.end--
        if (piece.end > piece.start) pieces.push(piece)
      }
      return pieces
    },
  }
}

// Whether the line that begins at `at` is one of that stream.
function isOf(text: string, at: number, cut: string): boolean {
  head.lastIndex = at
  return head.test(text) && text.startsWith(cut.slice(0, 7), head.lastIndex - cut.length)
}

const feedBefore = (text: string, next: number) => (text[next - 2] === '\r' ? next - 2 : next - 1)
