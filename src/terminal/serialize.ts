import type { ScalarStyleRule } from 'js-yaml'
import { escapeHostile, hasHostile } from '../text/json.ts'

/** JSON as kubectl prints it (four spaces), with hostile characters as \u escapes: same value, safe to look at. */
export function toJson(value: unknown): string {
  return `${escapeHostile(JSON.stringify(value, null, 4))}\n`
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
