/** What the page of paths gets. Texts that repeat stand once, and are referred to by their place in `texts`. */
export type PathsData = {
  texts: string[]
  /** Rule ids and titles, as places in `texts`. */
  rules: { id: number; title: number }[]
  /** What is held: its name in words, what flags take, and what kind of thing it is. */
  nodes: { name: number; copy: number; kind: number }[]
  steps: PathsStep[]
  hops: PathsHop[]
  targets: number[]
  paths: PathsPath[]
}

/**
 * What is drawn as one: a rule that leads from what it needs to what it gives. The first of `from` is who does it.
 * Without a rule it is from all of a kind to the one that is used.
 */
export type PathsStep = { rule?: number; from: number[]; to: number }

/** A step with what makes it possible on some path. */
export type PathsHop = {
  step: number
  waits: boolean
  unsure: boolean
  /** The proposed cut takes a grant of it away. */
  isCut: boolean
  parts: [heading: number, texts: number[]][]
}

export type PathsPath = {
  from: number
  target: number
  /** Each with the earlier ones that it needs, by their numbers on this path. */
  hops: { hop: number; needs: number[] }[]
  /** The steps without a rule. */
  links: number[]
}
