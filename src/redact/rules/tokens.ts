import { alphanumeric, base64Url, charClass, runEnd } from '../chars.ts'
import type { Rule } from '../scene.ts'
import type { TokenShape } from '../token-shapes.ts'
import { isProse } from '../secret-key.ts'

const maxToken = 32 * 1024
const bearerChars = charClass('A-Za-z0-9._~+/=-')
const hashChars = charClass('A-Za-z0-9./$+=,_-')
const awsSecret = charClass('A-Za-z0-9+/')

/** A token that is known by how it begins. */
export function tokenRule({ prefix, chars, min, max }: TokenShape): Rule {
  const isAws = /^A[A-Z3]{2,3}$/.test(prefix)
  return (scene, at, end) => {
    const { text, hi, reading, spans } = scene
    if (text.slice(at, end) !== prefix) return
    const to = runEnd(text, end, Math.min(hi, end + max), chars)
    reading.work.spend(to - end + 1)
    if (to - end < min) return
    if (isAws && (alphanumeric[text.charCodeAt(at - 1)] === 1 || alphanumeric[text.charCodeAt(to)] === 1)) return
    spans.push({ start: at, end: to, rule: 'token', ...(to === text.length && { goesOn: 'run' }) })
    if (isAws) besideAws(scene, to)
  }
}

// The secret that stands near its id: forty characters of base64, of all kinds.
const besideAws = ({ text, hi, reading, spans, regions }: Parameters<Rule>[0], from: number) => {
  const limit = Math.min(hi, from + 256)
  regions.push({ start: from, end: limit === text.length ? Infinity : limit, isJson: false })
  reading.work.spend(limit - from)
  for (let at = from; at < limit; at++) {
    if (awsSecret[text.charCodeAt(at)] !== 1) continue
    const to = runEnd(text, at, hi, awsSecret)
    const run = text.slice(at, to)
    if (run.length === 40 && /[A-Z]/.test(run) && /[a-z]/.test(run) && /\d/.test(run))
      spans.push({ start: at, end: to, rule: 'token' })
    at = to
  }
}

/** `eyJ….eyJ….…`: a JSON Web Token, signed or encrypted. */
export const jsonWebToken: Rule = ({ text, hi, reading, spans }, at) => {
  const limit = Math.min(hi, at + maxToken)
  let to = runEnd(text, at, limit, base64Url)
  if (to - at < 10 || text[to] !== '.') return
  let parts = 1
  while (parts < 5 && text[to] === '.' && to < limit) {
    to = runEnd(text, to + 1, limit, base64Url)
    parts++
  }
  reading.work.spend(to - at + 1)
  // Its first part is an object.
  if (
    !Buffer.from(text.slice(at, at + 16), 'base64url')
      .toString('latin1')
      .startsWith('{"')
  )
    return
  if (text[to - 1] === '.' && parts === 2) return
  spans.push({ start: at, end: to, rule: 'jwt', ...(to === text.length && { goesOn: 'run' }) })
}

/** `Bearer …`, `Basic …` wherever they stand. */
export const authScheme: Rule = ({ text, hi, reading, spans }, _at, end) => {
  const to = runEnd(text, end, Math.min(hi, end + maxToken), bearerChars)
  reading.work.spend(to - end + 1)
  const value = text.slice(end, to)
  // A word is not one: `Bearer authentication`, `Basic usage`.
  if (value.length < 8 || isProse(value) || /^[a-z]+[.,]?$/.test(value)) return
  spans.push({ start: end, end: to, rule: 'authorization', ...(to === text.length && { goesOn: 'run' }) })
}

/** Hashes of passwords, as in htpasswd and shadow: `$2y$…`, `$apr1$…`, `$6$…`, `$argon2id$…`, `{SSHA}…` */
export const passwordHash: Rule = ({ text, hi, reading, spans }, at, end) => {
  const to = runEnd(text, end, Math.min(hi, end + 256), hashChars)
  reading.work.spend(to - end + 1)
  if (to - end >= 20) spans.push({ start: at, end: to, rule: 'password-hash' })
}
