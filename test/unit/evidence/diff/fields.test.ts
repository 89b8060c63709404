import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fieldChanges, isSame } from '../../../../src/evidence/diff/fields.ts'
import type { FieldChange } from '../../../../src/evidence/diff/report.ts'
import { applied } from './apply.ts'
import { object, value } from './arbitrary-side.ts'

const two = [fc.oneof(object, value), fc.oneof(object, value)] as const
const turned = ({ path, before, after, ...rest }: FieldChange): FieldChange => ({
  path,
  ...(after !== undefined && { before: after }),
  ...(before !== undefined && { after: before }),
  ...rest,
})
const sorted = (changes: FieldChange[]) => changes.map((one) => JSON.stringify(one, keys(one))).toSorted()
// Keys in one order, at any depth.
const keys = (one: unknown) =>
  [
    ...new Set(
      [...JSON.stringify(one).matchAll(/"((?:[^"\\]|\\.)*)":/g)].map(([, key]) => JSON.parse(`"${key}"`) as string),
    ),
  ].toSorted()

test('a value does not differ from itself, whatever the order of its fields', () => {
  fc.assert(
    fc.property(value, (one) => {
      const turnedRound = JSON.parse(JSON.stringify(one), (_, part: unknown) =>
        typeof part === 'object' && part !== null && !Array.isArray(part)
          ? Object.fromEntries(Object.entries(part).toReversed())
          : part,
      )
      expect(fieldChanges(one, turnedRound)).toEqual([])
    }),
  )
})

test('carrying the changes out makes the one of the other', () => {
  fc.assert(
    fc.property(...two, (one, other) => {
      const changes = fieldChanges(one, other)
      expect(isSame(applied(one, changes), other), JSON.stringify(changes)).toBe(true)
      expect(changes.length === 0).toBe(isSame(one, other))
    }),
    { numRuns: 2000 },
  )
})

test('the other way round it is the same with the sides changed', () => {
  fc.assert(
    fc.property(...two, (one, other) => {
      expect(sorted(fieldChanges(other, one))).toEqual(sorted(fieldChanges(one, other).map(turned)))
    }),
    { numRuns: 1000 },
  )
})

test('items are told apart as the API server does', () => {
  const app = { name: 'app', image: 'a', env: [{ name: 'X', value: '1' }] }
  const side = { name: 'side', image: 's' }
  expect(
    fieldChanges({ containers: [app, side] }, { containers: [side, { ...app, image: 'b' }, { name: 'new' }] }),
  ).toEqual([
    { path: ['containers', { name: 'app' }, 'image'], before: 'a', after: 'b' },
    { path: ['containers', { name: 'new' }], after: { name: 'new' } },
    {
      path: ['containers'],
      before: [{ name: 'app' }, { name: 'side' }],
      after: [{ name: 'side' }, { name: 'app' }, { name: 'new' }],
      order: true,
    },
  ])
  const group = { kind: 'Group', name: 'x' }
  expect(fieldChanges({ subjects: [group] }, { subjects: [group, { kind: 'User', name: 'x' }] })).toEqual([
    { path: ['subjects', { name: 'x', kind: 'User' }], after: { kind: 'User', name: 'x' } },
  ])
  expect(fieldChanges({ args: ['a', 'b'] }, { args: ['a'] })).toEqual([
    { path: ['args'], before: ['a', 'b'], after: ['a'] },
  ])
})
