import type { Span } from './span.ts'

/** A string, by where it stands between its quotes. */
export type Leaf = { start: number; end: number; isEscaped: boolean }

/** An object or a list that is being read, as far as what is in it decides what else is. */
export type Frame = {
  isArray: boolean
  /** The member that it is, or that the list around it is. */
  key: string
  member: string
  /** Strings that are secrets where this turns out to be a Secret. */
  data: Leaf[]
  /** What decides that, and pairs of a name and a value. */
  said: Map<string, string>
  value: Leaf | undefined
  name: Leaf | undefined
  ofSecrets: boolean
  /** The string before, in a list of arguments. */
  before: string
}

/** Members whose strings decide. */
export const deciding = new Set(['kind', 'type', '@type', 'op', 'resource', 'name', 'header'])
const dataKeys = new Set(['data', 'stringData', 'binaryData'])

/** Whether what is read in a frame now may be the data of a Secret. */
export function holdsData(frame: Frame | undefined): boolean {
  if (!frame || frame.isArray) return false
  return dataKeys.has(frame.member) || (frame.member === 'value' && frame.said.has('op'))
}

export function newFrame(isArray: boolean, key: string): Frame {
  const none = { member: '', value: undefined, name: undefined, before: '' }
  return { isArray, key, ofSecrets: false, data: [], said: new Map(), ...none }
}

// In lists and in the audit logs of some clouds a Secret has no kind.
export function isSecret({ said, ofSecrets }: Frame): boolean {
  const kind = said.get('kind')
  if (kind === 'Secret' || kind === 'SecretList' || ofSecrets) return true
  const type = said.get('type') ?? ''
  const isOne = type === 'Opaque' || /^(?:(?:bootstrap\.)?kubernetes\.io|helm\.sh)\//.test(type)
  return (isOne && !said.has('kind')) || /\.Secret(?:List)?$/.test(said.get('@type') ?? '')
}

/** What a frame could not tell, the one around it may. */
export function pass(from: Frame, to: Frame): void {
  for (const leaf of from.data) to.data.push(leaf)
}

/** What is masked by its looks alone must not cross the strings of JSON, which are in order, nor cut an escape: as it may stand, or nothing. */
export function confined(span: Span, leaves: Leaf[]): Span[] {
  let [low, high] = [0, leaves.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((leaves[middle]?.end ?? 0) <= span.start) low = middle + 1
    else high = middle
  }
  const touched: Leaf[] = []
  for (let at = low; at < leaves.length; at++) {
    const leaf = leaves[at]
    if (!leaf || leaf.start >= span.end) break
    touched.push(leaf)
  }
  const [only] = touched
  if (!only) return [span]
  const isWithin = touched.length === 1 && only.start <= span.start && span.end <= only.end
  if (isWithin && !only.isEscaped) return [span]
  // What is in a string with escapes was looked for beneath them, but for a key that began in another.
  if (isWithin && span.rule !== 'private-key') return []
  return touched.map(({ start, end }) => ({ ...span, start, end }))
}
