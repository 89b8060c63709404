import { toBytes } from './chars.ts'

/*
 * What stands where a secret stood: `‹secret:7F3A…›`, sixteen hex digits, and of a JWT its public claims. Here as bytes.
 */

const open = toBytes('‹')
const close = toBytes('›')
/** What a marker says beside its pseudonym: nothing that could end it, or be another one. */
const exact = `${open}([a-z][a-z0-9-]{0,15}):([0-9A-F]{16})((?: [a-z]{2,4}=[A-Za-z0-9:/._@%+,-]{0,400}){0,4})${close}`
const shape = new RegExp(exact, 'g')
const whole = new RegExp(`^${exact}$`)
const loose = new RegExp(`${open}[A-Za-z][A-Za-z0-9-]{0,31}:[0-9A-Fa-f]{4}[^${close[0]}\n"]{0,800}${close}`, 'g')

export function markerText(type: string, pseudonym: string, claims: Record<string, string> = {}): string {
  const said = Object.entries(claims).map(([name, value]) => ` ${name}=${safe(value)}`)
  return `${open}${type}:${pseudonym}${said.join('')}${close}`
}

/** Where markers stand: those of the exact shape; with `isLoose` also what a reader could take for one. */
export function markersIn(text: string, isLoose: boolean): { start: number; end: number }[] {
  // Most text has none.
  if (!text.includes(open)) return []
  return Array.from(text.matchAll(isLoose ? loose : shape), ({ index, 0: found }) => {
    return { start: index, end: index + found.length }
  })
}

/** The type and the claims of a marker of the exact shape. */
export function readMarker(
  text: string,
): { type: string; pseudonym: string; claims: Record<string, string> } | undefined {
  const found = whole.exec(text)
  if (!found) return undefined
  const claims = (found[3] ?? '')
    .split(' ')
    .filter((one) => one !== '')
    .map((one): [string, string] => [one.slice(0, one.indexOf('=')), one.slice(one.indexOf('=') + 1)])
  return { type: found[1] ?? '', pseudonym: found[2] ?? '', claims: Object.fromEntries(claims) }
}

function safe(value: string): string {
  return value
    .slice(0, 130)
    .replace(/[^A-Za-z0-9:/._@,-]/g, (byte) => `%${byte.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
