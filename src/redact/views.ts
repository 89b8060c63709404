import { toBytes } from './chars.ts'

/** A text as it is beneath a form, and where each part of it stands in the form. */
export type View = {
  text: string
  /** The places of a range of `text` in the text around it. */
  outer(start: number, end: number): { start: number; end: number }[]
  /** How text is written in the form. */
  escaped?(text: string): string
}

/** What a JSON string says; `start` to `end` is what stands between its quotes. Broken escapes stay as they are. */
export function unescapedJson(text: string, start: number, end: number): View {
  const view = mapped(
    start,
    end,
    (at) => {
      if (text[at] !== '\\' || at + 1 >= end) return undefined
      const letter = text[at + 1] ?? ''
      // No JSON, but what some programs write.
      const byte = letter === 'x' ? text.slice(at + 2, Math.min(at + 4, end)) : ''
      if (/^[0-9a-fA-F]{2}$/.test(byte)) return { text: String.fromCharCode(Number.parseInt(byte, 16)), length: 4 }
      // The escape of a terminal's codes, as shells write it.
      if (text.startsWith('033[', at + 1)) return { text: '\x1b', length: 4 }
      if (letter !== 'u') return { text: simple[letter] ?? letter, length: 2 }
      const hex = text.slice(at + 2, Math.min(at + 6, end))
      if (!/^[0-9a-fA-F]{4}$/.test(hex)) return { text: 'u', length: 2 }
      const unit = Number.parseInt(hex, 16)
      const low =
        unit >= 0xd800 && unit < 0xdc00
          ? /^\\u(d[c-f][0-9a-f]{2})/i.exec(text.slice(at + 6, Math.min(at + 12, end)))?.[1]
          : undefined
      if (low !== undefined) return { text: toBytes(String.fromCharCode(unit, Number.parseInt(low, 16))), length: 12 }
      return { text: toBytes(String.fromCharCode(unit)), length: 6 }
    },
    text,
  )
  return { ...view, escaped: (inner) => JSON.stringify(inner).slice(1, -1) }
}

const simple: Record<string, string> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' }

/** What percent-encoding stands for; a plus is the space that it is in queries. */
export function unescapedPercent(text: string, start: number, end: number): View {
  const view = mapped(
    start,
    end,
    (at) => {
      if (text[at] === '+') return { text: ' ', length: 1 }
      const hex = text[at] === '%' ? text.slice(at + 1, Math.min(at + 3, end)) : ''
      return /^[0-9a-fA-F]{2}$/.test(hex)
        ? { text: String.fromCharCode(Number.parseInt(hex, 16)), length: 3 }
        : undefined
    },
    text,
  )
  return { ...view, escaped: encodeURIComponent }
}

/** A text without a form, whose codes `escape` reads where they stand: what each says, and how long it is written. */
export function mapped(
  start: number,
  end: number,
  escape: (at: number) => { text: string; length: number } | undefined,
  text: string,
): View {
  const parts: string[] = []
  const places = new Int32Array(end - start + 1)
  const ends = new Int32Array(end - start + 1)
  let length = 0
  let plain = start
  for (let at = start; at < end; ) {
    const found = escape(at)
    if (!found) {
      places[length] = at
      ends[length++] = ++at
      continue
    }
    parts.push(text.slice(plain, at), found.text)
    for (let unit = 0; unit < found.text.length; unit++) {
      places[length] = at
      ends[length++] = at + found.length
    }
    at += found.length
    plain = at
  }
  parts.push(text.slice(plain, end))
  places[length] = end
  ends[length] = end
  return {
    text: parts.join(''),
    outer: (from, to) => (to > from ? [{ start: places[from] ?? start, end: ends[to - 1] ?? end }] : []),
  }
}
