// What hosts are made of, and what is around them in a text.

/** What NAME_SERVICE_HOST and its like begin with, as Kubernetes makes them of a Service's name: CART for cart. */
export function serviceVariable(word: string): string | undefined {
  const end = word.indexOf('_SERVICE_HOST')
  if (end > 0) return word.slice(0, end)
  const port = word.indexOf('_PORT')
  return port > 0 ? word.slice(0, port) : undefined
}

export function isReference(text: string, start: number): boolean {
  return text[start - 1] === '$' || ((text[start - 1] === '(' || text[start - 1] === '{') && text[start - 2] === '$')
}

export function portAt(text: string, at: number): { number: number; end: number } | undefined {
  if (text[at] !== ':') return undefined
  let end = at + 1
  while (end - at <= 5 && isDigit(text.charCodeAt(end))) end += 1
  const number = Number(text.slice(at + 1, end))
  if (end === at + 1 || number < 1 || number > 65_535) return undefined
  return end < text.length && isHostCode(text.charCodeAt(end)) ? undefined : { number, end }
}

export function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at)
  return end < 0 ? text.length : end
}

export const isSpace = (character: string | undefined) => character === ' ' || character === '\t'
export const isDigit = (code: number) => code >= 48 && code <= 57
export const isAlnum = (code: number) => isDigit(code) || (code >= 97 && code <= 122) || (code >= 65 && code <= 90)
export const isHostCode = (code: number) => isAlnum(code) || code === 45 || code === 46 || code === 95
