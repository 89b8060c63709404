import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { DocumentSplitter } from '../../../src/audit-log/read/documents.ts'
import { wordFinder } from '../../../src/audit-log/read/words.ts'
import { rawEvent, readAll } from './samples.ts'

test('words are found where they stand first, however few or many they are', () => {
  const words = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'x', 'e'), minLength: 3, maxLength: 6 }), {
    minLength: 1,
    maxLength: 8,
  })
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'x', 'e', '\n'), maxLength: 80 })
  fc.assert(
    fc.property(words, text, fc.nat(20), fc.nat(80), (words, text, skip, end) => {
      const find = wordFinder(words)
      const bytes = Buffer.from(text)
      for (const from of [0, skip, 0]) {
        const places = words.map((word) => text.indexOf(word, from)).filter((at) => at >= 0)
        const first = Math.min(...places)
        const found = find(bytes, from, bytes.length)
        expect(found).toBe(places.length > 0 ? first : -1)
        // Up to an end, what begins before it may be told, and what is whole before it must be.
        const within = find(bytes, from, Math.min(end, bytes.length))
        if (within >= 0) expect(within).toBe(first)
        else
          expect(places.some((at) => words.some((word) => text.startsWith(word, at) && at + word.length <= end))).toBe(
            false,
          )
      }
    }),
    { numRuns: 1000 },
  )
})

test('a word is not found by its rare end alone', () => {
  const bytes = Buffer.from('ccxbb aaxbb')
  expect(wordFinder(['aaxbb'])(bytes, 0, bytes.length)).toBe(6)
})

test('documents byte by byte: a list is known by its key, wherever a block ends', () => {
  const list = JSON.stringify({
    kind: 'EventList',
    metadata: { name: 'items": [' },
    items: [rawEvent(), { a: [{ b: '}' }] }],
  })
  const records: string[] = []
  const splitter = new DocumentSplitter(({ bytes }) => records.push(bytes.toString()))
  for (const byte of Buffer.from(`${list}\n${list}{"one":1}`)) splitter.push(Buffer.from([byte]))
  splitter.end()
  const items = [JSON.stringify(rawEvent()), '{"a":[{"b":"}"}]}']
  expect(records).toEqual([...items, ...items, '{"one":1}'])
})

test('an exec that is cut in its objectRef is still an exec', async () => {
  const uri = '/api/v1/namespaces/default/pods/web/exec?command=id'
  const exec = JSON.stringify(
    rawEvent({
      requestURI: uri,
      objectRef: { resource: 'pods', namespace: 'default', name: 'web', apiVersion: 'v1', subresource: 'exec' },
    }),
  )
  for (let end = exec.indexOf('"verb"'); end < exec.indexOf('"responseStatus"'); end++) {
    const { events } = await readAll(exec.slice(0, end))
    expect(events).toMatchObject([
      { object: { resource: 'pods', subresource: 'exec', namespace: 'default', name: 'web' } },
    ])
  }
})
