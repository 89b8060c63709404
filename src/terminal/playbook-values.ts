import type { Json } from '../change/plan.ts'
import { objectText } from './change-text.ts'

const longest = 160
const mostItems = 3
const mostFields = 24
const mostSentences = 8

/** What a step found, a line a field: enough to decide on, the rest is in the journal. Raw text. */
export function outputTexts(outputs: Json): { name: string; text: string }[] {
  return fieldsOf(outputs, valueText)
}

/** The same with sentences and records whole, one below the other: they are why somebody decides so. */
export function outputLines(outputs: Json): { name: string; text: string[] }[] {
  return fieldsOf(outputs, textsOf).map(({ name, text }) => ({ name, text: [text].flat() }))
}

function fieldsOf<T>(outputs: Json, inWords: (value: Json) => T): { name: string; text: T | string }[] {
  if (typeof outputs !== 'object' || outputs === null || Array.isArray(outputs)) return []
  const told = Object.entries(outputs).filter(([, value]) => !isNothing(value))
  const shown = told.slice(0, mostFields).map(([name, value]) => ({ name, text: inWords(value) }))
  return told.length > mostFields ? [...shown, { name: '…', text: `${told.length - mostFields} more` }] : shown
}

function textsOf(value: Json): string[] {
  const isSentence = (one: Json) => (typeof one === 'string' ? one.includes(' ') : isRecord(one))
  if (!Array.isArray(value) || !value.some(isSentence)) return [valueText(value)]
  const shown = value.slice(0, mostSentences).map((one) => (typeof one === 'string' ? one : valueText(one)))
  return value.length > mostSentences ? [...shown, `and ${value.length - mostSentences} more`] : shown
}

/** A value in words, on one line: `Pod shop/web-0`, `3: a, b, c`. */
export function valueText(value: Json): string {
  if (Array.isArray(value)) {
    const items = value.slice(0, mostItems).map(valueText).join(', ')
    return cut(`${value.length}${value.length > 0 ? `: ${items}` : ''}${value.length > mostItems ? ', …' : ''}`, 200)
  }
  if (typeof value === 'object' && value !== null) {
    const { kind, namespace, name } = value
    if (typeof kind === 'string' && typeof name === 'string')
      return objectText({ kind, name, ...(typeof namespace === 'string' && { namespace }) })
    return cut(
      Object.entries(value)
        .filter(([, one]) => !isNothing(one))
        .map(([key, one]) => `${key} ${valueText(one)}`)
        .join(', '),
    )
  }
  return cut(String(value))
}

// Of an object its name is enough.
function isRecord(value: Json): boolean {
  return typeof value === 'object' && value !== null && !('kind' in value && 'name' in value)
}

// An empty list is an answer; what was left out is none.
function isNothing(value: Json): boolean {
  return value === null || value === ''
}

function cut(text: string, most = longest): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`
}
