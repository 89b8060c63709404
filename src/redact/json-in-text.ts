import type { Hits } from './find.ts'
import { findWithin } from './find.ts'
import { confined, type Leaf } from './json-frame.ts'
import { lexJson, Places } from './json-lexer.ts'
import { keyBefore, startsOfJson } from './json-starts.ts'
import { type Finds, JsonWalk } from './json-walk.ts'
import type { Reading, Region, Scene } from './scene.ts'
import { isPersonal } from './names.ts'
import type { Span } from './span.ts'
import { unescapedJson } from './views.ts'

export type JsonRead = {
  spans: Span[]
  regions: Region[]
  openKeys: number[]
  /** As in json-frame.ts. */
  confined(span: Span): Span[]
}

/** Reads a text by what its keywords call for: JSON in it by its structure, all else by its words. */
export function jsonIn(text: string, hits: Hits, reading: Reading, depth: number): JsonRead {
  const spans: Span[] = []
  const none = { lo: 0, hi: text.length, taken: 0, takenPercent: 0, takenEscapes: 0 }
  const scene: Scene = { text, reading, depth, spans, openKeys: [], regions: [], ...none }
  const words = wordReader(scene, hits)
  const leaves: Leaf[] = []
  const finds = findsOf(scene, leaves, words)
  const places = new Places(text)
  let at = 0
  let plain = 0
  for (const start of startsOfJson(text, hits, () => at)) {
    const found = leaves.length
    const walk = new JsonWalk(text, finds, {
      isSharing: reading.profile === 'sharing',
      key: keyBefore(text, plain, start),
    })
    const read = lexJson(text, start, walk, places)
    reading.work.spend(read.end - start + 1)
    at = Math.max(read.end, start + 1)
    if (read.state === 'broken' && leaves.length === found) continue
    if (depth === 0) scene.regions.push({ start, end: read.state === 'cut' ? Infinity : read.end, isJson: true })
    if (read.state !== 'whole') walk.cut()
    if (start > plain) words(plain, start)
    // The name of what is broken is read again, with what follows it.
    plain = read.resume
  }
  words(plain, text.length)
  leaves.sort((one, other) => one.start - other.start)
  return { spans, regions: scene.regions, openKeys: scene.openKeys, confined: (span) => confined(span, leaves) }
}

/** Applies the rules of the keywords in a range, which is all that they see. */
function wordReader(scene: Scene, { ends, words }: Hits): (lo: number, hi: number) => void {
  const { keywords } = scene.reading
  let next = 0
  return (lo, hi) => {
    scene.lo = lo
    scene.hi = hi
    scene.taken = lo
    scene.takenPercent = lo
    scene.takenEscapes = lo
    while (next > 0 && (ends[next - 1] ?? 0) > lo) next--
    for (; next < ends.length; next++) {
      const [end = 0, word = 0] = [ends[next], words[next]]
      if (end > hi) return
      const start = end - keywords.length(word)
      if (start >= lo) keywords.rules[word]?.(scene, start, end)
    }
  }
}

function findsOf(scene: Scene, leaves: Leaf[], words: (lo: number, hi: number) => void): Finds {
  const { text, spans, reading } = scene
  return {
    leaf: (leaf) => void leaves.push(leaf),
    text(leaf) {
      if (!leaf.isEscaped) {
        if (leaf.end > leaf.start) words(leaf.start, leaf.end)
        return
      }
      const view = unescapedJson(text, leaf.start, leaf.end)
      reading.work.spend(view.text.length)
      findWithin(scene, view, leaf.start, leaf.end)
    },
    whole(leaf, rule, type) {
      const { start, end, isEscaped } = leaf
      const value = isEscaped ? unescapedJson(text, start, end).text : text.slice(start, end)
      if (type !== 'user' || isPersonal(value))
        spans.push({ start, end, rule, value, ...(type !== undefined && { type }) })
    },
    number: (start, end) => void spans.push({ start, end, rule: 'secret-key', quote: '"' }),
  }
}
