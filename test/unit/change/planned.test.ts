import { expect, test } from 'vitest'
import type { Change, ExistingRef } from '../../../src/change/plan.ts'
import { applyChanges } from '../../../src/change/planned.ts'

const pod = (name: string, labels: object) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { namespace: 'a', name, labels },
  spec: { x: 1 },
})
const ref = (name: string): ExistingRef => ({
  apiVersion: 'v1',
  kind: 'Pod',
  resource: 'pods',
  namespace: 'a',
  name,
  uid: 'u',
})
const head = { id: 'x', why: '' }

test('patches what they are about, and leaves everything else the very same', () => {
  const [one, other] = [pod('one', { app: 'x', ['__proto__']: 'y' }), pod('other', { app: 'x' })]
  const changes: Change[] = [
    {
      ...head,
      do: 'patch',
      ref: ref('one'),
      edits: [
        { path: ['metadata', 'labels', 'app'], before: 'x', restore: 'always' },
        { path: ['metadata', 'labels', 'q'], after: 'true', restore: 'always' },
        { path: ['metadata', 'annotations', 'a/b'], after: 'z', restore: 'always' },
      ],
    },
  ]
  const after = applyChanges([one, other], changes)
  expect(after[0]).toEqual({
    ...one,
    metadata: { ...one.metadata, labels: { ['__proto__']: 'y', q: 'true' }, annotations: { 'a/b': 'z' } },
  })
  expect(after[1]).toBe(other)
  expect(one.metadata.labels).toEqual({ app: 'x', ['__proto__']: 'y' })
})

test('adds and removes items of lists, makes and deletes objects', () => {
  const object = { ...pod('one', {}), subjects: [{ name: 'a' }, { name: 'b' }] }
  const created = { ...pod('new', {}), metadata: { namespace: 'a', name: 'new' } }
  const changes: Change[] = [
    {
      ...head,
      do: 'patch',
      ref: ref('one'),
      edits: [
        { path: ['subjects'], item: { name: 'a' }, how: 'remove', restore: 'always' },
        { path: ['subjects'], item: { name: 'c' }, how: 'add', restore: 'always' },
      ],
    },
    { ...head, do: 'delete', ref: ref('gone'), preimage: {}, propagation: 'Background' },
    { ...head, do: 'create', ref: ref('new'), body: created },
  ]
  expect(applyChanges([object, pod('gone', {})], changes)).toEqual([
    { ...object, subjects: [{ name: 'b' }, { name: 'c' }] },
    created,
  ])
})
