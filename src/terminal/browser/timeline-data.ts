/** What the page of a timeline gets. Texts that repeat stand once, and are referred to by their place in `texts`. */
export type TimelineData = {
  texts: string[]
  /** From the least to the gravest; `inner` is drawn into a mark, so that no two differ by colour alone. */
  weights: { name: string; inner: string; look: 'bad' | 'odd' | 'blue' | 'soft' | 'good' }[]
  kinds: { name: string; shape: Shape }[]
  /** In the order in which they are drawn. */
  groups: { name: string; isOpen: boolean }[]
  /** Name, group. */
  actors: [name: number, group: number][]
  facts: TimelineFact[]
  /** The rows, a column each: those with a time first, in its order. */
  rows: {
    /** Corrected, in microseconds since 1970, each from the one before; null: not known. */
    time: (number | null)[]
    /** 0; texts where microseconds do not spell them. */
    corrected: (number | string)[]
    /** As its source wrote it: microseconds after the corrected time, or a text. */
    written: (number | string)[]
    /** Microseconds after what is written, or a text. */
    until: (null | number | string)[]
    uncertaintyMs: number[]
    count: number[]
    fact: number[]
    target: number[]
    /** Files and lines by turns. */
    at: number[][]
    /** Lines that there was no room for. */
    atMore: Record<number, number>
  }
  /** From, to: where the log has no line, in microseconds since 1970. */
  silences: [number, number][]
}

export type Shape = 'circle' | 'triangle' | 'square' | 'hexagon' | 'diamond'

/** What many rows have in common; all but the first three and the marks are places in `texts`. */
export type TimelineFact = [
  kind: number,
  weight: number,
  actor: number,
  what: number,
  from: number,
  outcome: number,
  why: number,
  source: number,
  questions: number,
  attack: number,
  routine: number,
  marks: number,
]

/** Bits of `marks`. */
export type TimelineMark = 'own' | 'claimed' | 'clockUnknown' | 'orderUnsure'

/** A stretch of time, in microseconds since the first row. */
export type Span = { from: number; to: number }
