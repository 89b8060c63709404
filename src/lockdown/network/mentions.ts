import { isIPv4, isIPv6 } from 'node:net'
import { isAlnum, isDigit, isHostCode, isReference, isSpace, lineEnd, portAt, serviceVariable } from './characters.ts'

/** A host that a text names; how sure one is of it decides what it may stand for. */
export type Mention = {
  /** In small letters; an address, a DNS name, or `variable` the first part of NAME_SERVICE_HOST. */
  host: string
  port?: number
  scheme?: string
  how: 'url' | 'port' | 'field' | 'word' | 'variable'
}

/** More is no configuration: a ConfigMap has 1 MiB at most. */
const longestText = 1 << 20
const longestHost = 253
const longestAuthority = 2048
const mostMentions = 1000

// A value stands alone between such characters, as in `host: "redis"` or `--addr=redis`.
const opens = new Set(['', '\n', '\r', '=', ':', '"', "'", '`', ',', '[', '(', '{', ';', '|', '>'])
const closes = new Set(['', '\n', '\r', '"', "'", '`', ',', ']', ')', '}', ';', '|', '/', '?', '#', '<'])
const authorityEnds = new Set([
  '/',
  '?',
  '#',
  '\\',
  '"',
  "'",
  '`',
  '<',
  '>',
  ',',
  ';',
  '|',
  ' ',
  '\t',
  '\n',
  '\r',
  ')',
  '}',
])

/**
 * The hosts that a text names: URLs, host:port, values that stand alone, and references to the variables that Kubernetes makes for Services.
 * One pass, and no pattern: the text is whatever somebody wrote. `cut`: there was more of it than is looked at.
 */
export function mentionsIn(text: string): { mentions: Mention[]; cut: boolean } {
  const scanner = new Scanner(text.length > longestText ? text.slice(0, longestText) : text)
  scanner.run()
  return { mentions: scanner.found, cut: text.length > longestText || scanner.found.length >= mostMentions }
}

class Scanner {
  readonly found: Mention[] = []
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  run(): void {
    const text = this.#text
    const whole = text.trim()
    if (isIPv6(whole)) return void this.found.push({ host: whole.toLowerCase(), how: 'field' })
    while (this.#at < text.length && this.found.length < mostMentions) {
      if (this.#isComment()) this.#at = lineEnd(text, this.#at)
      else if (isAlnum(text.charCodeAt(this.#at))) this.#word()
      else if (text[this.#at] === '[') this.#bracket()
      else this.#at += 1
    }
  }

  // Of files that have lines: what is commented out is not used.
  #isComment(): boolean {
    const [first, second] = [this.#text[this.#at], this.#text[this.#at + 1]]
    if (first !== '#' && !(first === '/' && second === '/')) return false
    return ['', '\n', '\r'].includes(this.#before(this.#at))
  }

  #word(): void {
    const text = this.#text
    const start = this.#at
    let end = start
    while (end < text.length && isHostCode(text.charCodeAt(end))) end += 1
    this.#at = end
    if (end - start > longestHost) return
    const word = text.slice(start, end)
    if (text.startsWith('://', end)) return this.#url(word.toLowerCase(), end + 3)
    const variable = isReference(text, start) ? serviceVariable(word) : undefined
    if (variable !== undefined) return void this.found.push({ host: variable, how: 'variable' })
    const port = portAt(text, end)
    if (port) this.#at = port.end
    // A range of addresses is nobody to call.
    else if (isIPv4(word) && text[end] === '/' && isDigit(text.charCodeAt(end + 1))) return
    const alone = opens.has(this.#before(start)) && closes.has(this.#after(this.#at))
    const addressed = text[start - 1] === '@'
    this.#add(word, port?.number, undefined, port || addressed ? 'port' : alone ? 'field' : 'word')
  }

  /** The authority of a URL: its user and password are left where they are. */
  #url(scheme: string, start: number): void {
    const text = this.#text
    let end = start
    while (end < text.length && end - start < longestAuthority && !authorityEnds.has(text[end] ?? '')) end += 1
    this.#at = end
    const authority = text.slice(start, end)
    const place = authority.slice(authority.lastIndexOf('@') + 1)
    const bracket = place.startsWith('[') ? place.indexOf(']') : -1
    const referred = place.startsWith('$') ? place.search(/[A-Za-z]/) : 0
    let hostEnd = Math.max(bracket + 1, referred)
    if (bracket < 0) while (hostEnd < place.length && isHostCode(place.charCodeAt(hostEnd))) hostEnd += 1
    const host = bracket >= 0 ? place.slice(1, bracket) : place.slice(Math.max(referred, 0), hostEnd)
    const variable = referred > 0 ? serviceVariable(host) : undefined
    if (variable !== undefined) return void this.found.push({ host: variable, how: 'variable' })
    if (referred === 0) this.#add(host, portAt(place, hostEnd)?.number, scheme, 'url')
  }

  #bracket(): void {
    const text = this.#text
    const length = text.slice(this.#at, this.#at + 64).indexOf(']')
    const close = this.#at + length
    const inner = length < 0 ? '' : text.slice(this.#at + 1, close)
    if (!isIPv6(inner)) return void (this.#at += 1)
    const port = portAt(text, close + 1)
    this.#at = port?.end ?? close + 1
    this.#add(inner, port?.number, undefined, port ? 'port' : 'field')
  }

  #add(word: string, port: number | undefined, scheme: string | undefined, how: Mention['how']): void {
    const host = word.toLowerCase().replace(/[.]$/, '')
    // No name is a number.
    if (host === '' || Number.isInteger(Number(host))) return
    this.found.push({ host, ...(port === undefined ? {} : { port }), ...(scheme ? { scheme } : {}), how })
  }

  /** The characters next to a place, spaces left out; empty at the ends of the text. */
  #before(at: number): string {
    let index = at - 1
    while (isSpace(this.#text[index]) && at - index < 64) index -= 1
    return this.#text[index] ?? ''
  }

  #after(at: number): string {
    let index = at
    while (isSpace(this.#text[index]) && index - at < 64) index += 1
    return this.#text[index] ?? ''
  }
}
