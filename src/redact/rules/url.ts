import { alphanumeric, charClass, runEnd, runStart } from '../chars.ts'
import type { Rule, Scene } from '../scene.ts'
import { isPlaceholder } from '../secret-key.ts'

const maxAuthority = 1024
export const authority = charClass('\x21\x23-\x26\x28-;=\x3f-[]^_a-~\x80-\xff')

/** `postgres://user:password@host`: the password, also with what ought to be escaped in it; and a token that stands where the user would. */
export const urlPassword: Rule = (scene, at, end) => {
  const { text, hi, reading } = scene
  if (at === 0 || alphanumeric[text.charCodeAt(at - 1)] !== 1) return
  const stop = runEnd(text, end, Math.min(hi, end + maxAuthority), authority)
  reading.work.spend(stop - end + 1)
  const whole = text.slice(end, stop)
  const slash = whole.search(/[/?#]/)
  const colon = whole.indexOf(':')
  const sign = signOf(whole, slash, colon, /https?$/i.test(text.slice(Math.max(scene.lo, at - 5), at)))
  if (sign < 0) return
  if (colon >= 0 && colon < sign) put(scene, end + colon + 1, end + sign)
  else if (sign >= 16) put(scene, end, end + sign)
}

// Where the user ends. Passwords of databases have slashes and signs in them, though they should not; the path of a page may have a sign.
function signOf(whole: string, slash: number, colon: number, isWeb: boolean): number {
  const query = whole.indexOf('?')
  const last = whole.lastIndexOf('@', query < 0 ? undefined : query)
  if (!isWeb && colon >= 0 && colon < last) return last
  const before = slash === 0 ? -1 : whole.lastIndexOf('@', slash < 0 ? undefined : slash)
  if (before >= 0) return before
  const isPort = slash < 0 || colon < 0 || /^\d*$/.test(whole.slice(colon + 1, slash))
  return !isPort && colon < slash ? whole.indexOf('@', slash) : -1
}

/** `user:password@tcp(host:3306)/db`, as Go's driver of MySQL has it. */
export const driverPassword: Rule = (scene, at) => {
  const { text, lo, reading } = scene
  const from = runStart(text, at, Math.max(lo, at - 1024), authority)
  reading.work.spend(at - from + 1)
  const colon = text.slice(from, at).indexOf(':')
  if (colon > 0) put(scene, from + colon + 1, at)
}

/** Masks what stands there, where it is something. */
export function put({ text, spans }: Scene, start: number, end: number): void {
  if (end > start && !isPlaceholder(text.slice(start, end))) spans.push({ start, end, rule: 'url-password' })
}
