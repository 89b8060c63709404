import { charClass, hexDigits, runEnd, runStart } from '../chars.ts'
import { findWithin } from '../find.ts'
import type { Rule } from '../scene.ts'
import { unescapedJson, unescapedPercent } from '../views.ts'

const urlChars = charClass('\x21\x23-;=\x3f-[]^_a-~\x80-\xff')

/**
 * A line with escapes that is not JSON, such as `msg="{\\"password\\":…}"` and `\\u0070…`: all of it is read once more without one layer of them.
 */
export const escapedLine: Rule = (scene, at) => {
  const { text, lo, hi, reading } = scene
  if (at < scene.takenEscapes) return
  const from = Math.max(lo, scene.takenEscapes)
  const start = from + text.slice(from, at).lastIndexOf('\n') + 1
  const feed = text.indexOf('\n', at)
  const end = feed < 0 ? hi : Math.min(feed, hi)
  reading.work.spend(end - from)
  scene.takenEscapes = end
  findWithin(scene, unescapedJson(text, start, end), start, end)
}

/** What is percent-encoded, as in the requestURI of an audit event. */
export const percentRun: Rule = (scene, at) => {
  const { text, lo, hi, reading } = scene
  if (hexDigits[text.charCodeAt(at + 1)] !== 1 || hexDigits[text.charCodeAt(at + 2)] !== 1) return
  if (at < scene.takenPercent) return
  const start = runStart(text, at, Math.max(lo, scene.takenPercent), urlChars)
  const end = runEnd(text, at, hi, urlChars)
  reading.work.spend(end - start)
  scene.takenPercent = end
  findWithin(scene, unescapedPercent(text, start, end), start, end)
}
