import { hexDigits } from './chars.ts'
import { shown } from './hidden.ts'
import { headLength } from './lines.ts'

const privateKey = /-----BEGIN[A-Z0-9 ]{0,40}PRIVATE KEY/
const maxLayers = 4

/**
 * What a value is beneath the forms that it is written in, so that a password, its base64 and its percent-encoding have one pseudonym. It follows
 * from the value alone, never from where it was found. A private key is its base64 alone, however its lines are broken.
 */
export function canonical(value: string): string {
  let now = (shown(value)?.text ?? value).replace(/[\r\n]+$/, '')
  for (let layer = 0; layer < maxLayers; layer++) {
    const next = decodedBase64(now) ?? decodedPercent(now)
    if (next === undefined || next === '' || next === now) break
    now = next.replace(/[\r\n]+$/, '')
  }
  return privateKey.test(now) ? keyBody(now) : now
}

/** What kind of thing a canonical value is, by its own looks. */
export function typeOf(value: string): string {
  if (/^eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}(?:\.|$)/.test(value)) return 'jwt'
  return value.startsWith('private key:') ? 'private-key' : 'secret'
}

/** Text that was base64: padded, of printable bytes, and the same when it is encoded again. */
export function decodedBase64(value: string): string | undefined {
  if (value.length < 8 || value.length % 4 !== 0 || !/^[A-Za-z0-9+/_-]+={0,2}$/.test(value)) return undefined
  const bytes = Buffer.from(value, 'base64')
  const text = bytes.toString('latin1')
  if (bytes.toString('base64') !== value.replaceAll('-', '+').replaceAll('_', '/') || !isPrintable(text))
    return undefined
  return text
}

export function isPrintable(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 0x7f || (code < 0x20 && code !== 9 && code !== 10 && code !== 13)) return false
  }
  // UTF-8 or nothing: random bytes are not.
  return !Buffer.from(text, 'latin1').toString('utf8').includes('\ufffd')
}

function decodedPercent(value: string): string | undefined {
  if (!value.includes('%')) return undefined
  let text = ''
  for (let at = 0; at < value.length; at++) {
    const isCode =
      value[at] === '%' && hexDigits[value.charCodeAt(at + 1)] === 1 && hexDigits[value.charCodeAt(at + 2)] === 1
    text += isCode ? String.fromCharCode(Number.parseInt(value.slice(at + 1, at + 3), 16)) : (value[at] ?? '')
    if (isCode) at += 2
  }
  return text
}

function keyBody(text: string): string {
  const from = text.search(privateKey)
  const end = text.indexOf('-----END', from)
  const lines = text.slice(from, end < 0 ? undefined : end).split(/\n|\\r|\\n/)
  const body = lines.slice(1).map((line) => /[A-Za-z0-9+/=]*\s*$/.exec(line.slice(headLength(line)))?.[0].trim() ?? '')
  const rest = body.join('')
  return `private key:${rest === '' ? text.slice(from) : rest}`
}
