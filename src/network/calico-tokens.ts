// The words of Calico's selector language. Source: libcalico-go/lib/selector/tokenizer (3.30).

export type Token =
  | { kind: '(' | ')' | '{' | '}' | ',' | '==' | '!=' | '!' | '&&' | '||' | 'end' | 'all' | 'global' }
  | { kind: 'in' | 'not in' | 'contains' | 'starts with' | 'ends with' }
  | { kind: 'label' | 'string' | 'has'; value: string }

/** What is not of the language; the message is ours, the text is not quoted in it. */
export class SelectorError extends Error {}

const longestLabel = 512
// Longer first: `==` before `=`, `!=` before `!`.
const symbols = ['==', '!=', '&&', '||', '(', ')', '{', '}', ',', '!'] as const
const operators = [['contains'], ['starts', 'with'], ['ends', 'with'], ['not', 'in'], ['in']] as const

export function tokenize(text: string): Token[] {
  const tokens: Token[] = []
  let at = skipBlanks(text, 0)
  while (at < text.length) {
    const last = tokens.at(-1)
    const { token, end } =
      text[at] === '"' || text[at] === "'" ? stringAt(text, at) : wordAt(text, at, last?.kind === 'label')
    tokens.push(token)
    at = skipBlanks(text, end)
  }
  tokens.push({ kind: 'end' })
  return tokens
}

type Read = { token: Token; end: number }

function wordAt(text: string, at: number, afterLabel: boolean): Read {
  const symbol = symbols.find((entry) => text.startsWith(entry, at))
  if (symbol) return { token: { kind: symbol }, end: at + symbol.length }
  return afterLabel ? operatorAt(text, at) : (callAt(text, at) ?? labelAt(text, at))
}

// There is no escape character: a string ends at the next quote of its kind.
function stringAt(text: string, at: number): Read {
  const end = text.indexOf(text[at] ?? '', at + 1)
  if (end < 0) throw new SelectorError('a string does not end')
  return { token: { kind: 'string', value: text.slice(at + 1, end) }, end: end + 1 }
}

// `not in` may be written `notin`; only after the last word a letter may not follow.
function operatorAt(text: string, at: number): Read {
  for (const words of operators) {
    let end = at
    let found = true
    for (const word of words) {
      if (!text.startsWith(word, end)) {
        found = false
        break
      }
      end = words.length > 1 ? skipBlanks(text, end + word.length) : end + word.length
    }
    if (found && !isLabelCharacter(text[end])) return { token: { kind: words.join(' ') as 'in' }, end }
  }
  throw new SelectorError('an operator must follow a label')
}

function callAt(text: string, at: number): Read | undefined {
  for (const name of ['has', 'all', 'global'] as const) {
    if (!text.startsWith(`${name}(`, at)) continue
    const start = skipBlanks(text, at + name.length + 1)
    const label = name === 'has' ? labelAt(text, start) : undefined
    const close = label ? skipBlanks(text, label.end) : start
    if (text[close] !== ')') throw new SelectorError(`no ) after ${name}(`)
    const value = label && 'value' in label.token ? label.token.value : ''
    return { token: name === 'has' ? { kind: name, value } : { kind: name }, end: close + 1 }
  }
  return undefined
}

function labelAt(text: string, at: number): Read {
  let end = at
  while (isLabelCharacter(text[end])) end += 1
  if (end === at) throw new SelectorError('a label was expected')
  if (end - at > longestLabel) throw new SelectorError('a label is too long')
  return { token: { kind: 'label', value: text.slice(at, end) }, end }
}

function skipBlanks(text: string, at: number): number {
  let end = at
  while (text[end] === ' ' || text[end] === '\t') end += 1
  return end
}

function isLabelCharacter(character: string | undefined): boolean {
  if (character === undefined) return false
  return (
    (character >= 'a' && character <= 'z') ||
    (character >= 'A' && character <= 'Z') ||
    (character >= '0' && character <= '9') ||
    character === '_' ||
    character === '.' ||
    character === '/' ||
    character === '-'
  )
}
