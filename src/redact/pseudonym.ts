import { createHmac, type KeyObject } from 'node:crypto'
import { canonical, typeOf } from './canonical.ts'
import { markerText } from './marker.ts'

/** Gives values their pseudonyms: the same value the same one wherever it stands, and whatever form it is in. */
export type Pseudonyms = {
  /** Of a credential; its type is told by the value. */
  secret(value: string): string
  /** Of a name of some type: `ip`, `user`, `host`. */
  name(type: string, value: string): string
}

const maxKnown = 20_000

/** `key` is a secret of whoever redacts: with it, values that are easy to guess can be guessed. */
export function pseudonyms(key: KeyObject, isPersonal: (subject: string) => boolean): Pseudonyms {
  const known = new Map<string, string>()
  const hash = (type: string, value: string) =>
    createHmac('sha256', key).update(`${type}\0`).update(value, 'latin1').digest('hex').slice(0, 16).toUpperCase()
  const remembered = (asked: string, make: () => string) => {
    const found = known.get(asked)
    if (found !== undefined) return found
    const made = make()
    if (known.size >= maxKnown) known.clear()
    if (asked.length < 4096) known.set(asked, made)
    return made
  }
  const name = (type: string, value: string) =>
    remembered(`${type}\0${value}`, () => markerText(type, hash(type, value)))
  return {
    name,
    secret: (value) =>
      remembered(value, () => {
        const plain = canonical(value)
        const type = typeOf(plain)
        const claims = type === 'jwt' ? claimsOf(plain) : {}
        const { sub } = claims
        if (sub !== undefined && isPersonal(sub)) claims['sub'] = `user:${hash('user', sub)}`
        return markerText(type, hash(type, plain), claims)
      }),
  }
}

/** The claims that say whose a token is, and which: `jti` is the credential-id of an audit log. No secret is in them. */
function claimsOf(token: string): Record<string, string> {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('latin1'))
    if (typeof claims !== 'object' || claims === null) return {}
    const kept = ['sub', 'iss', 'exp', 'jti'].flatMap((name) => {
      const value = (claims as Record<string, unknown>)[name]
      return typeof value === 'string' || typeof value === 'number' ? [[name, String(value)] as const] : []
    })
    return Object.fromEntries(kept)
  } catch {
    return {}
  }
}
