import { deciding, type Frame, holdsData, isSecret, type Leaf, newFrame, pass } from './json-frame.ts'
import type { JsonHandler } from './json-lexer.ts'
import { isDirectory, isPlaceholder, isSecretKey } from './secret-key.ts'
import { unescapedJson } from './views.ts'

/** What the structure of JSON says of its strings. */
export type Finds = {
  /** Any string, and any name of a member, as it comes. */
  leaf(leaf: Leaf): void
  /** All of a string is a secret, or a name of some type. */
  whole(leaf: Leaf, rule: string, type?: string): void
  number(start: number, end: number): void
  /** What a string says has to be looked at. */
  text(leaf: Leaf): void
}

/**
 * What only the structure tells: data of Secrets wherever they are embedded (audit events, annotations, lists without kinds, patches), pairs of
 * a name and a value, arguments that follow their flag, and with `isSharing` who somebody is.
 */
export class JsonWalk implements JsonHandler {
  readonly #stack: Frame[] = []
  readonly #text: string
  readonly #finds: Finds
  readonly #isSharing: boolean
  readonly #key: string
  #inData = 0

  /** `key` is what stands before it, as in `tokens: ["…"]`. */
  constructor(text: string, finds: Finds, options: { isSharing: boolean; key: string }) {
    this.#key = options.key
    this.#text = text
    this.#finds = finds
    this.#isSharing = options.isSharing
  }

  open(isArray: boolean): void {
    const parent = this.#stack.at(-1)
    const key = parent ? (parent.isArray ? parent.key : parent.member) : this.#key
    this.#stack.push(newFrame(isArray, key))
    if (holdsData(parent)) this.#inData++
  }

  close(): void {
    const frame = this.#stack.pop()
    const parent = this.#stack.at(-1)
    if (holdsData(parent)) this.#inData--
    if (!frame) return
    if (!frame.isArray) this.#endOf(frame, parent)
    else if (parent) pass(frame, parent)
  }

  /** The text ended before its JSON did: what was seen of it counts. */
  cut(): void {
    while (this.#stack.length > 0) {
      const frame = this.#stack.at(-1)
      // Nobody will say any more what it was.
      if (frame && !frame.isArray && !frame.said.has('kind') && this.#stack.length === 1) frame.ofSecrets = true
      this.close()
    }
  }

  key(start: number, end: number, isEscaped: boolean): void {
    const frame = this.#stack.at(-1)
    if (frame) frame.member = this.#read({ start, end, isEscaped })
    this.#finds.leaf({ start, end, isEscaped })
    this.#finds.text({ start, end, isEscaped })
  }

  string(start: number, end: number, isEscaped: boolean): void {
    const leaf = { start, end, isEscaped }
    const frame = this.#stack.at(-1)
    if (!frame || start === end) return
    this.#finds.leaf(leaf)
    if (this.#inData > 0) this.#owner()?.data.push(leaf)
    const key = frame.isArray ? frame.key : frame.member
    const small = key.toLowerCase()
    if (!frame.isArray) {
      if (deciding.has(small) || small === 'key') frame.said.set(small, this.#read(leaf).slice(0, 300))
      if (small === 'value') frame.value = leaf
      if (small === 'name') frame.name = leaf
    }
    const flag = frame.before
    frame.before = frame.isArray ? this.#text.slice(start, Math.min(end, start + 100)) : ''
    if (frame.isArray && /^--?[A-Za-z]/.test(flag) && !flag.includes('=') && isSecretKey(flag.replace(/^-+/, '')))
      this.#finds.whole(leaf, 'argument')
    else if (flag === '-p' && frame.said.has('login')) this.#finds.whole(leaf, 'argument')
    else if (frame.isArray && this.#isToolPassword(frame, leaf))
      this.#finds.whole({ ...leaf, start: start + 2 }, 'argument')
    else if (this.#isSecret(key, leaf)) this.#keyed(leaf, small)
    else if (this.#isSharing && /^user(?:name)?$/.test(small)) this.#finds.whole(leaf, 'user', 'user')
    else this.#finds.text(leaf)
  }

  literal(start: number, end: number): void {
    const frame = this.#stack.at(-1)
    if (!frame || end - start < 4 || !/\d/.test(this.#text[end - 1] ?? '')) return
    const key = frame.isArray ? frame.key : frame.member
    if (isSecretKey(key) && !/tokens$/i.test(key)) this.#finds.number(start, end)
  }

  #isSecret(key: string, { start, end }: Leaf): boolean {
    const value = this.#text.slice(start, Math.min(end, start + 64))
    return isSecretKey(key) && !isPlaceholder(value) && !isDirectory(key, value)
  }

  // `Authorization: ["Bearer …"]` keeps its scheme.
  #keyed(leaf: Leaf, key: string): void {
    const scheme = /auth/.test(key)
      ? /^(?:bearer|basic|token|digest|negotiate)\s+/i.exec(
          this.#text.slice(leaf.start, Math.min(leaf.end, leaf.start + 40)),
        )
      : null
    this.#finds.whole({ ...leaf, start: leaf.start + (scheme?.[0].length ?? 0) }, 'secret-key')
  }

  #endOf(frame: Frame, parent: Frame | undefined): void {
    const { said, value, name, key } = frame
    const kind = said.get('kind')
    const label = said.get('name') ?? said.get('key') ?? said.get('header')
    if (value && label !== undefined && (this.#isSecret(label, value) || (this.#isSharing && key === 'env')))
      this.#finds.whole(value, 'env-value')
    // A JSON patch of a Secret has its data so.
    if (value && said.has('op')) frame.data.push(value)
    if (this.#isSharing && name && kind === 'User') this.#finds.whole(name, 'user', 'user')
    if (key === 'objectRef' && said.get('resource') === 'secrets' && parent) parent.ofSecrets = true
    if (isSecret(frame)) for (const leaf of frame.data) this.#finds.whole(leaf, 'secret-data')
    // Whose kind is told is what it says, but for lists of what has none.
    else if (parent && (kind === undefined || said.has('op'))) pass(frame, parent)
  }

  // `["mysql", "-phunter2"]`
  #isToolPassword(frame: Frame, { start, end }: Leaf): boolean {
    const text = this.#text.slice(start, Math.min(end, start + 100))
    if (/(?:mysql|mariadb)/.test(text)) frame.said.set('tool', text)
    if (text === 'login') frame.said.set('login', text)
    return frame.said.has('tool') && /^-p[^\\]/.test(text)
  }

  #owner(): Frame | undefined {
    return this.#stack.findLast((frame) => holdsData(frame))
  }

  #read({ start, end, isEscaped }: Leaf): string {
    return isEscaped ? unescapedJson(this.#text, start, end).text : this.#text.slice(start, end)
  }
}
