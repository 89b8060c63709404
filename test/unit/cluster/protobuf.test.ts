import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openProtobufList, protobufStatus, type Shape } from '../../../src/cluster/protobuf.ts'

const text = (name: string) => ({ name, of: 'string' }) as const
const item: Shape = {
  1: { name: 'metadata', of: { 1: text('name'), 11: { name: 'labels', of: 'map' } } },
  2: { name: 'verbs', of: 'string', many: true },
}

type Item = { name: string; labels: [string, string][]; verbs: string[]; noise: string }

// The writing half, as protobuf's specification has it; the reader must undo it whatever stands in between.
const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))]
const field = (number: number, bytes: Uint8Array | number[]): number[] => [
  ...varint(number * 8 + 2),
  ...varint(bytes.length),
  ...bytes,
]
const utf8 = (value: string) => new TextEncoder().encode(value)
const write = ({ name, labels, verbs, noise }: Item): number[] => [
  ...field(17, utf8(noise)),
  ...field(1, [
    ...field(1, utf8(name)),
    ...field(12, utf8(noise)),
    ...labels.flatMap(([key, value]) => field(11, [...field(1, utf8(key)), ...field(2, utf8(value))])),
  ]),
  ...varint(9 * 8),
  ...varint(300),
  ...verbs.flatMap((verb) => field(2, utf8(verb))),
]
const envelope = (kind: string, raw: number[]) =>
  Buffer.from([
    ...utf8('k8s\0'),
    ...field(1, [...field(1, utf8('v1')), ...field(2, utf8(kind))]),
    ...field(2, raw),
    ...field(4, []),
  ])

const word = fc.string({ unit: 'grapheme', maxLength: 300 })
const anyItem = fc.record({
  name: word,
  labels: fc.uniqueArray(fc.tuple(word, word), { maxLength: 3, selector: ([key]) => key }),
  verbs: fc.array(word, { maxLength: 4 }),
  noise: word,
})

test('reads what was written, and skips what it does not know', () => {
  fc.assert(
    fc.property(fc.array(anyItem, { maxLength: 5 }), word, fc.nat(2 ** 40), (items, token, remaining) => {
      const metadata = field(1, [...field(3, utf8(token)), ...varint(4 * 8), ...varint(remaining)])
      const list = openProtobufList(
        envelope('RoleList', [...metadata, ...items.flatMap((entry) => field(2, write(entry)))]),
        item,
      )
      expect(list).toMatchObject({ kind: 'RoleList', metadata: { continue: token, remainingItemCount: remaining } })
      const read = [...list.items()].map(({ metadata: head, verbs }) => {
        const { name, labels } = head as { name?: string; labels?: Record<string, string> }
        return { name, labels: new Map(Object.entries(labels ?? {})), verbs: verbs ?? [] }
      })
      expect(read).toEqual(items.map(({ name, labels, verbs }) => ({ name, labels: new Map(labels), verbs })))
    }),
  )
})

test('a body cut anywhere, or changed in a byte, is an error or a list, never a crash or a hang', () => {
  const whole = envelope('RoleList', [
    ...field(1, field(3, utf8('next'))),
    ...field(2, write({ name: 'a', labels: [['k', 'v']], verbs: ['get'], noise: 'n' })),
  ])
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.option(fc.nat(255)), (at, byte) => {
      const broken = byte === null ? whole.subarray(0, at) : Buffer.from(whole)
      if (byte !== null) broken[at] = byte
      try {
        expect([...openProtobufList(broken, item).items()].length).toBeLessThan(50)
      } catch (error) {
        expect(error).toMatchObject({ code: 'bad-answer' })
      }
    }),
  )
})

test('a label may be called __proto__', () => {
  const list = openProtobufList(
    envelope('RoleList', field(2, write({ name: 'a', labels: [['__proto__', 'x']], verbs: [], noise: '' }))),
    item,
  )
  const [first] = [...list.items()] as [{ metadata: { labels: object } }]
  expect(Object.entries(first.metadata.labels)).toEqual([['__proto__', 'x']])
})

test('reads the message of a refusal', () => {
  expect(protobufStatus(envelope('Status', field(3, utf8('no way'))))).toBe('no way')
  expect(protobufStatus(Buffer.from('{"message":"no way"}'))).toBeUndefined()
})
