import type { Json } from '../../bundle/entry.ts'

// A number beyond 2^53, or what looks like one in a string.
const large = /[:[,]\s*-?\d{16,}/

/** JSON in which no two numbers become one: integers that a double cannot hold are their digits, as text. Throws SyntaxError. */
export function parseExactly(text: string): Json {
  if (!large.test(text)) return JSON.parse(text) as Json
  return JSON.parse(text, (_, value: unknown, { source }: { source?: string } = {}) => {
    const isInexact = typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(source ?? '')
    return isInexact ? source : value
  }) as Json
}
