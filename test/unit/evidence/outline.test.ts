import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Outline } from '../../../src/evidence/outline.ts'
import { pieces } from './pieces.ts'

const cuts = fc.array(fc.nat(10_000), { maxLength: 20 })
const item = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ maxDepth: 3 }))

async function outlineOf(text: string, at: readonly number[]) {
  const outline = new Outline()
  for await (const piece of pieces(Buffer.from(text), at)) outline.add(piece)
  return outline.facts()
}

test('what a list says of itself, wherever it says it and however it comes', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(item, { maxLength: 6 }),
      fc.string({ unit: 'binary' }),
      fc.boolean(),
      cuts,
      fc.nat(3),
      async (items, token, isLast, at, indent) => {
        const metadata = { resourceVersion: '7', continue: token, remainingItemCount: 3 }
        const list = isLast
          ? { apiVersion: 'v1', items, kind: 'PodList', metadata }
          : { kind: 'PodList', apiVersion: 'v1', metadata, items }
        expect(await outlineOf(JSON.stringify(list, undefined, indent), at)).toEqual({
          kind: 'PodList',
          items: items.length,
          resourceVersion: '7',
          token,
          remaining: 3,
        })
      },
    ),
  )
})

test('an item that looks like the end of a list is an item', async () => {
  const items = [{ kind: 'FakeList', metadata: { continue: 'forged' }, items: [{}, {}] }, { a: ']}' }]
  const facts = await outlineOf(JSON.stringify({ kind: 'PodList', metadata: { resourceVersion: '1' }, items }), [])
  expect(facts).toMatchObject({ kind: 'PodList', items: 2, token: '' })
})

test('what was cut anywhere is no list', async () => {
  const text = JSON.stringify({ kind: 'PodList', metadata: {}, items: [{ a: '}' }, { b: [1] }] })
  for (let end = 0; end < text.length; end++) await expect(outlineOf(text.slice(0, end), [])).rejects.toThrow()
  await expect(outlineOf('{"kind":"Status"}', [])).rejects.toThrow('not a list')
})

test('items that are null are none', async () => {
  expect(await outlineOf('{"kind":"PodList","metadata":{},"items":null}\n', [])).toMatchObject({ items: 0 })
})
