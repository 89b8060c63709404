/** What the page of reach gets. Texts and lists that repeat stand once, and are referred to by their place. */
export type ReachData = {
  /** What a line is about: a verdict, or a change. */
  heading: string
  /** The most important first. */
  kinds: { name: string; mark: string; look: 'good' | 'bad' | 'odd' }[]
  groups: { label: string; short: string; names: string[] }[]
  ports: string[]
  by: string[]
  reasons: string[]
  /** Kind, ports, what decided, reason. */
  connections: [number, number, number[], number][]
  /** From, to, where, connections. */
  rows: [number, number[], number, number[]][]
  wheres: string[]
}

/** One line of the table. */
export type ReachLine = { row: number; connection: number }
/** What the search field, the verdicts and the drawing let through. */
export type ReachFilter = { words: string[]; kinds: boolean[]; from?: number; to?: number }
