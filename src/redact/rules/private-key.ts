import { charClass, lineEnd, lineStart } from '../chars.ts'
import type { Rule, Scene } from '../scene.ts'
import { headLength } from '../lines.ts'

const maxKey = 64 * 1024
const begin = /-----BEGIN[ A-Z0-9]{0,40}PRIVATE KEY(?: BLOCK)?(?:-----)?/y
const finish = /-----END[ A-Z0-9]{0,60}(?:-----)?/y
const bodyChars = charClass('A-Za-z0-9+/=\r\n\t \\-')
const body = /^[A-Za-z0-9+/=\s\\"',-]*$|^(?:Proc-Type|DEK-Info|Comment|Version|Hash):/

/** A private key in PEM: all of it where it stands as one, else what of each line is of it, to its end or to where no key goes on. */
export const privateKey: Rule = (scene, at) => {
  const { text, hi, reading, spans } = scene
  if (at < scene.taken) return
  begin.lastIndex = at
  if (!begin.test(text) || begin.lastIndex > hi) return
  const from = begin.lastIndex
  // Another one begins where this one has ended, whether it said so or not.
  const next = text.slice(from, Math.min(hi, from + maxKey)).indexOf('-----BEGIN')
  const limit = next < 0 ? Math.min(hi, from + maxKey) : from + next
  const some = text.slice(from, limit)
  const end = some.indexOf('-----END')
  reading.work.spend(end < 0 ? some.length : end)
  if (end >= 0) {
    finish.lastIndex = from + end
    const to = finish.test(text) ? Math.min(finish.lastIndex, hi) : from + end
    const value = text.slice(at, to)
    scene.regions.push({ start: at, end: to, isJson: false })
    if (isOneBody(some.slice(0, end))) spans.push({ start: at, end: to, rule: 'private-key', value })
    else eachLine(scene, at, to, value)
    scene.taken = to
    return
  }
  let to = from
  while (to < limit && bodyChars[text.charCodeAt(to)] === 1) to++
  // A line that has more than the key on it begins with what is no key.
  if (to < hi && to < limit && !/[\r\n]/.test(text[to] ?? ''))
    to = Math.max(from, text.slice(from, to).lastIndexOf('\n') + from)
  spans.push({ start: at, end: to, rule: 'private-key', ...(to === text.length && { goesOn: 'key' }) })
  eachLine(scene, to, limit, text.slice(at, to))
  scene.openKeys.push(at)
  scene.taken = Math.max(scene.taken, to)
}

const isOneBody = (text: string) =>
  /^(?:[A-Za-z0-9+/=\s-]|\\[nrt]|(?:Proc-Type|DEK-Info|Comment|Version|Hash):[^\n]{0,100})*$/.test(text)

// What stands before the key on a line, and lines of others between its own, stay.
function eachLine(scene: Scene, start: number, end: number, value: string): void {
  const { text, spans, reading } = scene
  let others = 0
  for (let at = start; at < end; ) {
    const to = lineEnd(text, at, end)
    reading.work.spend(to - at + 1)
    const first = at === start ? lineStart(text, at, scene.lo) : at
    const line = text.slice(first, to)
    const from = Math.max(at, first + headLength(line))
    const rest = text.slice(from, to).trimEnd()
    const isOfKey = body.test(rest) || rest.includes('-----BEGIN') || rest.includes('-----END')
    if (isOfKey && rest !== '') {
      spans.push({ start: from, end: from + rest.length, rule: 'private-key', value })
      others = 0
    } else if (rest !== '' && ++others > 20) return
    at = to + 1
  }
}
