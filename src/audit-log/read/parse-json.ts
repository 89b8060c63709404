/**
 * JSON text as a value. Integers that a double cannot hold come as their digits, as text. Control characters that stand
 * raw in strings (a NUL from a disk that lost power) are taken as they are. Throws SyntaxError.
 */
export function parseJson(text: string): unknown {
  // Numbers that long are in bodies alone, and few have any.
  return text.includes('Object"') ? parseExact(text) : parseRepaired(text)
}

/** The same of a body by itself. */
export function parseExact(text: string): unknown {
  if (!/\d{16}/.test(text)) return parseRepaired(text)
  return parseRepaired(text, (_key, value, context) => {
    return typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)
      ? (context?.source ?? String(value))
      : value
  })
}

type Reviver = (key: string, value: unknown, context?: { source?: string }) => unknown

function parseRepaired(text: string, reviver?: Reviver): unknown {
  try {
    return JSON.parse(text, reviver) as unknown
  } catch (error) {
    // oxlint-disable-next-line no-control-regex -- these are what JSON forbids
    const repaired = text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, (character) => {
      return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
    })
    if (repaired === text) throw error
    return JSON.parse(repaired, reviver) as unknown
  }
}
