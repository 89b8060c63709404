import { escapeForTerminal } from './terminal.ts'

/*
 * Text of others in Markdown. Renderers differ in what they make of it (links of bare addresses, mentions, issues, formulas, HTML), and what a backslash
 * escapes to one means something to the next. So it stands in code spans, which are text to all of them; only plain words stand as they are.
 */

// Words of prose: letters, with what ends a part of a sentence. A number with a dot could begin a list.
const plainWord = /^\(?(?:\p{L}+(?:['’/-]\p{L}+)*[).,;:!?]{0,2}|\d{1,6}[,;:]?)$/u

/** A sentence: what is no plain word is in code spans. One line; `inTable`: it stands in a cell. */
export function markdownProse(text: string, { inTable = false } = {}): string {
  const parts: string[] = []
  let odd: string[] = []
  const flush = () => {
    if (odd.length > 0) parts.push(codeWithin(odd.join(' '), inTable))
    odd = []
  }
  for (const word of escapeForTerminal(text).split(/ +/)) {
    if (word === '') continue
    if (plainWord.test(word)) {
      flush()
      parts.push(word)
    } else odd.push(word)
  }
  flush()
  return parts.join(' ')
}

// What ends a part of a sentence is no part of a name.
function codeWithin(text: string, inTable: boolean): string {
  const [, open = '', inner = '', close = ''] = /^(\(?)(.*?)([).,;:!?]{0,2})$/.exec(text) ?? []
  const isWhole = inner === '' || (open === '(') !== close.includes(')')
  return isWhole ? span(text, inTable) : `${open}${span(inner, inTable)}${close}`
}

/** A name, a digest, a command: one code span. */
export function markdownCode(text: string, { inTable = false } = {}): string {
  return span(escapeForTerminal(text), inTable)
}

function span(shown: string, inTable: boolean): string {
  // A code span cannot be empty, nor of spaces alone.
  if (shown.trim() === '') return '(empty)'
  const fence = fenceFor(shown, 1)
  const pad = /^[` ]|[` ]$/.test(shown) ? ' ' : ''
  return `${fence}${pad}${inTable ? withoutPipes(shown) : shown}${pad}${fence}`
}

/** Lines as a block of code of a language. */
export function markdownBlock(text: string, language: string): string {
  const lines = text.split('\n').map(escapeForTerminal).join('\n')
  const fence = fenceFor(lines, 3)
  return `${fence}${language}\n${lines.replace(/\n$/, '')}\n${fence}`
}

// A pipe ends a cell, in a code span too; behind a backslash renderers differ.
function withoutPipes(text: string): string {
  return text.replace(/\\?\|/g, (found) => (found === '|' ? '\\|' : '\\\\u{7c}'))
}

function fenceFor(text: string, least: number): string {
  const longest = Math.max(0, ...(text.match(/`+/g) ?? []).map(({ length }) => length))
  return '`'.repeat(Math.max(least, longest + 1))
}
