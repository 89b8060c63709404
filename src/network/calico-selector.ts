import { SelectorError, type Token, tokenize } from './calico-tokens.ts'

/** A selector expression of Calico. Source: libcalico-go/lib/selector/parser (3.30). */
export type Expression =
  | { kind: 'all' | 'global' }
  | { kind: 'has'; label: string }
  | { kind: Comparison; label: string; value: string }
  | { kind: 'in' | 'not in'; label: string; values: ReadonlySet<string> }
  | { kind: 'not'; of: Expression }
  | { kind: 'and' | 'or'; of: Expression[] }

/** The value of a label; undefined where it is absent. */
export type LabelLookup = (label: string) => string | undefined

// Nobody nests deeper by hand; a stack that overflows would be an answer of the attacker's choice.
const deepest = 100

/** Throws SelectorError. Nothing selects everything. */
export function parseSelector(text: string): Expression {
  const parser = new Parser(tokenize(text))
  return parser.whole()
}

export function evaluateSelector(expression: Expression, label: LabelLookup): boolean {
  switch (expression.kind) {
    case 'all':
    case 'global':
      return true
    case 'has':
      return label(expression.label) !== undefined
    case '==':
      return label(expression.label) === expression.value
    case '!=':
      return label(expression.label) !== expression.value
    case 'contains':
      return label(expression.label)?.includes(expression.value) ?? false
    case 'starts with':
      return label(expression.label)?.startsWith(expression.value) ?? false
    case 'ends with':
      return label(expression.label)?.endsWith(expression.value) ?? false
    case 'in':
    case 'not in': {
      const value = label(expression.label)
      const listed = value !== undefined && expression.values.has(value)
      return expression.kind === 'in' ? listed : !listed
    }
    case 'not':
      return !evaluateSelector(expression.of, label)
    case 'and':
      return expression.of.every((part) => evaluateSelector(part, label))
    case 'or':
      return expression.of.some((part) => evaluateSelector(part, label))
  }
}

/** Every expression in it, replaced from the leaves up. */
export function mapSelector(expression: Expression, map: (leaf: Expression) => Expression): Expression {
  if (expression.kind === 'not') return { kind: 'not', of: mapSelector(expression.of, map) }
  if (expression.kind === 'and' || expression.kind === 'or') {
    return { kind: expression.kind, of: expression.of.map((part) => mapSelector(part, map)) }
  }
  return map(expression)
}

class Parser {
  readonly #tokens: Token[]
  #at = 0

  constructor(tokens: Token[]) {
    this.#tokens = tokens
  }

  whole(): Expression {
    if (this.#next().kind === 'end') return { kind: 'all' }
    const found = this.#list('||', 0)
    if (this.#next().kind !== 'end') throw new SelectorError('something follows the end of the expression')
    return found
  }

  // `||` binds less than `&&`.
  #list(operator: '||' | '&&', depth: number): Expression {
    const part = () => (operator === '||' ? this.#list('&&', depth) : this.#operation(depth))
    const parts = [part()]
    while (this.#next().kind === operator) {
      this.#at += 1
      parts.push(part())
    }
    const [only] = parts
    return parts.length === 1 && only ? only : { kind: operator === '||' ? 'or' : 'and', of: parts }
  }

  #operation(depth: number): Expression {
    let negated = false
    while (this.#next().kind === '!') {
      negated = !negated
      this.#at += 1
    }
    const found = this.#plain(this.#take(), depth)
    return negated ? { kind: 'not', of: found } : found
  }

  #plain(token: Token, depth: number): Expression {
    if (token.kind === 'has') return { kind: 'has', label: token.value }
    if (token.kind === 'all' || token.kind === 'global') return { kind: token.kind }
    if (token.kind === 'label') return this.#comparison(token.value)
    if (token.kind !== '(') throw new SelectorError('an operation was expected')
    if (depth >= deepest) throw new SelectorError('it is nested too deeply')
    const found = this.#list('||', depth + 1)
    if (this.#take().kind !== ')') throw new SelectorError('a ) is missing')
    return found
  }

  #comparison(label: string): Expression {
    const { kind } = this.#take()
    if (kind === 'in' || kind === 'not in') return { kind, label, values: this.#set() }
    if (!isComparison(kind)) throw new SelectorError('a comparison was expected')
    const value = this.#take()
    if (value.kind !== 'string') throw new SelectorError('a string was expected')
    return { kind, label, value: value.value }
  }

  // Empty sets and a comma at the end are accepted.
  #set(): ReadonlySet<string> {
    if (this.#take().kind !== '{') throw new SelectorError('a set was expected')
    const values = new Set<string>()
    for (let token = this.#take(); token.kind !== '}'; token = this.#take()) {
      if (token.kind !== 'string') throw new SelectorError('a set holds strings')
      values.add(token.value)
      if (this.#next().kind === ',') this.#at += 1
      else if (this.#next().kind !== '}') throw new SelectorError('a } is missing')
    }
    return values
  }

  #next(): Token {
    return this.#tokens[this.#at] ?? { kind: 'end' }
  }

  #take(): Token {
    const token = this.#next()
    this.#at += 1
    return token
  }
}

type Comparison = '==' | '!=' | 'contains' | 'starts with' | 'ends with'

function isComparison(kind: Token['kind']): kind is Comparison {
  return kind === '==' || kind === '!=' || kind === 'contains' || kind === 'starts with' || kind === 'ends with'
}
