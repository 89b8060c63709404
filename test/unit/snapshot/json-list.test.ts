import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { jsonList } from '../../../src/snapshot/json-list.ts'

/** What a file says by this reading; undefined where it leaves the file to another, by word or by SyntaxError. */
function read(text: string): unknown {
  const list = jsonList(Buffer.from(text))
  if (!list) return undefined
  try {
    return { ...list.head, items: [...list.items()] }
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

const lists = fc.record({ kind: fc.string(), items: fc.array(fc.jsonValue()), metadata: fc.jsonValue() })
const texts = fc.tuple(lists, fc.constantFrom(0, 1, 4)).map(([list, indent]) => JSON.stringify(list, null, indent))

describe('a list in JSON', () => {
  test('is read item by item as it is read at once', () => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(read(text)).toEqual(JSON.parse(text))
      }),
    )
  })

  test('is never read where it is no JSON, nor otherwise than it is', () => {
    const pieces = fc.constantFrom(...'{ } [ ] , : " \\ 1 x'.split(' '), ' ', '\n', '"items":[1],', '"\\u0069tems":[],')
    const edits = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 3 }), pieces), { minLength: 1, maxLength: 3 })
    const edited = fc.tuple(texts, edits).map(([text, all]) =>
      all.reduce((before, [place, gone, piece]) => {
        const at = place % (before.length + 1)
        return before.slice(0, at) + piece + before.slice(at + gone)
      }, text),
    )
    fc.assert(
      fc.property(edited, (text) => {
        const found = read(text)
        if (found !== undefined) expect(found).toEqual(JSON.parse(text))
      }),
      { numRuns: 2000 },
    )
  })

  test('two of one name are left to JSON.parse, by whatever escape', () => {
    expect(read('{"items":[1],"items":[2]}')).toBeUndefined()
    expect(read('{"items":[1],"it\\u0065ms":[2]}')).toBeUndefined()
    expect(read('{"items":[1]} x')).toBeUndefined()
    expect(read('[1]')).toBeUndefined()
    expect(read(' {"a" : "}\\"" , "items" : [ "]" , {"items":[2]} ] }\n')).toEqual({
      a: '}"',
      items: [']', { items: [2] }],
    })
  })
})
