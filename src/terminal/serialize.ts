import type { ScalarStyleRule } from 'js-yaml'
import { escapeHostile, hasHostile } from '../text/json.ts'

/**
 * A report as JSON, as kubectl prints it (four spaces), in pieces of about a megabyte: a large answer is never in memory
 * twice, and a list that is worked out as it is read is never in it as a whole. Hostile characters are \u escapes: same
 * value, safe to look at.
 */
export function* toJson(report: object): Generator<string> {
  let piece = '{'
  for (const [index, [key, value]] of Object.entries(report).filter(isPresent).entries()) {
    piece += `${index === 0 ? '' : ','}\n    ${JSON.stringify(key)}: `
    if (!isList(value)) {
      piece += indented(value, 4)
      continue
    }
    let isEmpty = true
    for (const entry of value) {
      piece += `${isEmpty ? '[' : ','}\n        ${indented(entry, 8)}`
      isEmpty = false
      if (piece.length > 1_000_000) {
        yield escapeHostile(piece)
        piece = ''
      }
    }
    piece += isEmpty ? '[]' : '\n    ]'
  }
  yield escapeHostile(`${piece}\n}\n`)
}

function isList(value: unknown): value is Iterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value
}

function isPresent([, value]: [string, unknown]): boolean {
  return value !== undefined
}

// No string of JSON has a line feed in it: those there are part lines.
function indented(value: unknown, by: number): string {
  return JSON.stringify(value, null, 4).replaceAll('\n', `\n${' '.repeat(by)}`)
}

/** YAML of the same value. Strings with hostile characters are written in double quotes, where they can be escaped. */
export async function toYaml(value: unknown): Promise<string> {
  const { DEFAULT_SCALAR_STYLE_RULES, dump, SCALAR_STYLE } = await import('js-yaml')
  const quoteHostile: ScalarStyleRule = (layout) => {
    if (hasHostile(layout.node.value)) layout.style = SCALAR_STYLE.DOUBLE_QUOTED
  }
  const plain: unknown = JSON.parse(JSON.stringify(value))
  const rules = [...Object.values(DEFAULT_SCALAR_STYLE_RULES), quoteHostile]
  return escapeHostile(dump(plain, { lineWidth: -1, noRefs: true, scalarStyleRules: rules }))
}
