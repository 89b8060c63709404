/** What is to be masked in a text, and as what. */
export type Span = {
  start: number
  end: number
  rule: string
  /** Whose pseudonym it gets: the value beneath the form in the text. */
  value?: string
  /** Another type than that of a credential: `ip`, `user`. */
  type?: string
  /** What stands there instead; a pseudonym of the value where it is not given. */
  instead?: string
  /** Its pseudonym stands without the marks around it, as it is in one already. */
  isBare?: boolean
  /** In JSON a number becomes a string: the quote, as it is written there. */
  quote?: string
  /** It ended where the text did, and may go on: what the rest of it is made of. */
  goesOn?: 'run' | 'key' | 'line'
}

/** In order and apart: of those that touch the same bytes, one over all of them. */
export function merged(spans: Span[]): Span[] {
  const sorted = spans.toSorted((one, other) => one.start - other.start || other.end - one.end)
  const result: Span[] = []
  for (const span of sorted) {
    const before = result.at(-1)
    if (!before || span.start >= before.end) {
      if (span.end > span.start) result.push(span)
    } else if (span.end > before.end) {
      const { start, rule } = before
      result[result.length - 1] = { start, end: span.end, rule, ...(span.goesOn && { goesOn: span.goesOn }) }
    } else if (
      span.start === before.start &&
      span.end === before.end &&
      before.value === undefined &&
      span.value !== undefined
    ) {
      // Both found the same: one of them knows what it is.
      result[result.length - 1] = { ...before, value: span.value }
    }
  }
  return result
}

/** What is left of spans outside of some ranges, which are in order and apart. */
export function without(spans: Span[], ranges: { start: number; end: number }[]): Span[] {
  if (ranges.length === 0) return spans
  return spans.flatMap((span) => {
    const inside = ranges.filter(({ start, end }) => start < span.end && end > span.start)
    if (inside.length === 0) return [span]
    const pieces: Span[] = []
    let at = span.start
    for (const { start, end } of [...inside, { start: span.end, end: span.end }]) {
      if (start > at)
        pieces.push({ start: at, end: start, rule: span.rule, ...(span.type !== undefined && { type: span.type }) })
      at = Math.max(at, end)
    }
    return pieces
  })
}
