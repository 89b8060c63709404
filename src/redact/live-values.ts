import { AhoCorasick } from './aho-corasick.ts'
import { base64Any, charClass, runEnd, runStart } from './chars.ts'
import type { Span } from './span.ts'

/** A value of a Secret of the cluster; in memory alone. Values are bytes. */
export type LiveValue = { namespace: string; name: string; key: string; value: string }

export type LiveValues = {
  find(text: string, spans: Span[]): void
  /** Which values were found since it was asked last. */
  seen(): LiveValue[]
}

// Of a longer form its beginning leads to the rest.
const maxPattern = 32
const padding = charClass('=')
export const minValue = 8

/** Looks for values in all the forms that programs write them in. */
export function liveValues(values: readonly LiveValue[]): LiveValues {
  const forms = values.flatMap((of) => formsOf(of.value).map((form) => ({ ...form, of })))
  const byStart = new Map<string, typeof forms>()
  for (const form of forms) {
    const start = form.text.slice(0, maxPattern)
    byStart.set(start, [...(byStart.get(start) ?? []), form])
  }
  const starts = [...byStart.entries()]
  const automaton = new AhoCorasick(
    starts.map(([start]) => start),
    { fold: false },
  )
  const found = new Set<LiveValue>()
  return {
    find(text, spans) {
      automaton.scan(text, (index, end) => {
        const [start = '', some = []] = starts[index] ?? []
        const from = end - start.length
        for (const { text: form, of, isBase64 } of some) {
          let to = end
          while (to - from < form.length && text[to] === form[to - from] && to < text.length) to++
          // A shorter one than the beginning that it shares with others is whole in any case.
          if (to - from < form.length && form.length <= maxPattern) continue
          found.add(of)
          const run = isBase64
            ? { start: runStart(text, from, 0, base64Any), end: runEnd(text, to, text.length, base64Any) }
            : { start: from, end: to }
          if (isBase64) run.end = runEnd(text, run.end, text.length, padding)
          const goesOn = run.end === text.length && { goesOn: 'run' as const }
          spans.push({ ...run, rule: 'live-secret', ...(isBase64 ? {} : { value: of.value }), ...goesOn })
        }
      })
    },
    seen() {
      const list = [...found]
      found.clear()
      return list
    },
  }
}

type Form = { text: string; isBase64: boolean }

function formsOf(value: string): Form[] {
  const bytes = Buffer.from(value, 'latin1')
  const utf8 = bytes.toString('utf8')
  const json = Buffer.from(JSON.stringify(utf8).slice(1, -1)).toString('latin1')
  const forGo = json.replace(/[<>&]/g, (unit) => `\\u00${unit.charCodeAt(0).toString(16)}`)
  const twice = JSON.stringify(json).slice(1, -1)
  const url = encodeURIComponent(utf8.isWellFormed() ? utf8 : '')
  const plain = [
    value,
    value.trimEnd(),
    json,
    forGo,
    twice,
    url,
    url.replaceAll('%20', '+'),
    url.toLowerCase(),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
  ]
  const cores = [0, 1, 2].map((offset) => core(bytes, offset))
  const encoded = [...cores, ...cores.map((one) => one.replaceAll('+', '-').replaceAll('/', '_'))]
  const long = (text: string) => text.length >= minValue
  return [
    ...[...new Set(plain)].filter(long).map((text) => ({ text, isBase64: false })),
    ...[...new Set(encoded)].filter(long).map((text) => ({ text, isBase64: true })),
  ]
}

/** The letters of base64 that follow from these bytes alone, wherever they stand in what is encoded. */
function core(bytes: Buffer, offset: number): string {
  const whole = Buffer.concat([Buffer.alloc(offset), bytes])
    .toString('base64')
    .replace(/=+$/, '')
  const first = Math.ceil((offset * 8) / 6)
  const last = Math.floor(((offset + bytes.length) * 8) / 6)
  return whole.slice(first, last)
}
