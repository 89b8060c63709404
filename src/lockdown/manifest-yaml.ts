import { DEFAULT_SCALAR_STYLE_RULES, dump, SCALAR_STYLE, type ScalarStyleRule } from 'js-yaml'
import { escapeHostile } from '../text/json.ts'

// Readers differ in what they take for a number or a yes: only what is a word to all of them goes without quotes.
const isWord = /^(?!(?:y|n|yes|no|on|off|true|false|null)$)[a-z][\w./-]*$/i
const stringTag = 'tag:yaml.org,2002:str'
const quoteAllElse: ScalarStyleRule = (layout) => {
  if (layout.node.tag === stringTag && !isWord.test(layout.node.value)) layout.style = SCALAR_STYLE.DOUBLE_QUOTED
}

/** YAML that every reader reads alike, for files that people keep: `null`, `1e3` and `true` stay strings. */
export function manifestYaml(value: object): string {
  const rules = [...Object.values(DEFAULT_SCALAR_STYLE_RULES), quoteAllElse]
  return escapeHostile(dump(value, { lineWidth: -1, noRefs: true, scalarStyleRules: rules }))
}
