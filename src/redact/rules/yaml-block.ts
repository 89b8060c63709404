import { blank, lineEnd, lineStart, runEnd } from '../chars.ts'
import type { Rule, Scene } from '../scene.ts'
import { decodedBase64 } from '../canonical.ts'

const near = 4096
const maxLines = 2000

/** Masks the lines of a block scalar (`key: |`): those that are indented more than the line of its key, which `from` is in. */
export function yamlBlock(scene: Scene, from: number, end: number): void {
  const { text, lo, hi, spans } = scene
  const start = lineStart(text, from, lo)
  const indent = indentAt(text, start)
  for (const line of linesAfter(scene, end)) {
    scene.regions.push({ start, end: line.end, isJson: false })
    if (line.start < line.end && line.indent <= indent) return
    if (line.start < line.end) spans.push({ start: line.start, end: line.end, rule: 'assignment' })
    scene.taken = Math.max(scene.taken, line.end)
    if (line.end === hi) return
  }
}

/** `data:` and `stringData:` of a Secret in YAML: the values of all lines below it. */
export const yamlData: Rule = (scene, at, end) => {
  const { text, lo, hi, reading, spans } = scene
  const start = lineStart(text, at, lo)
  const after = runEnd(text, end, Math.min(hi, end + 16), blank)
  if (text.slice(start, at).trim() !== '' || !/[\r\n]/.test(text[after] ?? '')) return
  const around = text.slice(Math.max(lo, at - near), Math.min(hi, end + near))
  reading.work.spend(around.length)
  const isSecret = /^\s*kind:[ \t]*["']?Secret\b/m.test(around)
  const isOther = !isSecret && /^\s*kind:[ \t]*["']?[A-Z]/m.test(around)
  if (isOther) return
  const indent = indentAt(text, start)
  for (const line of linesAfter(scene, end)) {
    const content = text.slice(line.start, line.end)
    scene.regions.push({ start, end: line.end, isJson: false })
    if (content === '') continue
    if (line.indent <= indent) return
    const from =
      line.start + (/^["']?[-._A-Za-z0-9]{1,253}["']?:[ \t]+(?:[|>][-+\d]{0,2}[ \t]*$)?/.exec(content)?.[0].length ?? 0)
    const value = text.slice(from, line.end).replace(/^(["'])(.*)\1$/, '$2')
    if (value !== '' && (isSecret || decodedBase64(value) !== undefined))
      spans.push({ start: from, end: line.end, rule: 'secret-data', value })
  }
}

function* linesAfter({ text, hi, reading }: Scene, end: number) {
  let at = lineEnd(text, end, hi) + 1
  for (let count = 0; at < hi && count < maxLines; count++) {
    const to = lineEnd(text, at, hi)
    reading.work.spend(to - at + 1)
    const indent = indentAt(text, at)
    const content = text.slice(at + indent, to).trimEnd()
    yield { indent, start: at + indent, end: at + indent + content.length }
    at = to + 1
  }
}

function indentAt(text: string, at: number): number {
  let to = at
  while (text[to] === ' ') to++
  return to - at
}
