import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Recorded } from '../../../src/change/journal/journal.ts'
import type { Change, Plan } from '../../../src/change/plan.ts'
import { asRenewed, renewedIn } from '../../../src/change/renewed.ts'

const ref = (uid: string) => ({ apiVersion: 'v1', kind: 'Pod', resource: 'pods', namespace: 'shop', name: 'web', uid })
const removal = (uid: string): Change => ({
  id: 'delete',
  do: 'delete',
  why: '',
  ref: ref(uid),
  preimage: {},
  propagation: 'Background',
})
const journal = (change: Change, ...results: object[]): Recorded[] => [
  { type: 'begin', plan: { changes: [change] } as Plan, by: 'ana@desk' } as Recorded,
  ...results.map((result) => ({ type: 'result', change: change.id, ...result }) as Recorded),
]
const made = (way: 'apply' | 'undo', uid?: string) => ({ way, ...(uid !== undefined && { object: { uid } }) })

it('knows what was deleted and is back, and by which uid', () => {
  const deleted = removal('old')
  expect([...renewedIn(journal(deleted, made('apply'), made('undo', 'new')))]).toEqual([['old', 'new']])
  expect([...renewedIn(journal(deleted, made('apply')))]).toEqual([])
  // It was never deleted; it was deleted again.
  expect([...renewedIn(journal(deleted, made('undo', 'old')))]).toEqual([])
  expect([...renewedIn(journal(deleted, made('undo', 'new'), made('apply')))]).toEqual([])
  expect([...renewedIn([])]).toEqual([])
})

it('follows an object that was made anew again and again to what it is now, whatever else was, and comes to an end', () => {
  const uids = fc.uniqueArray(fc.uuid(), { minLength: 2, maxLength: 8 })
  fc.assert(
    fc.property(uids, fc.boolean(), (chain, isCircle) => {
      const steps = chain.slice(1).map((uid, index): [string, string] => [chain[index] as string, uid])
      const last = chain.at(-1) as string
      const renewed = new Map([...steps.toReversed(), ...(isCircle ? [[last, chain[0] as string] as const] : [])])
      const now = asRenewed(removal(chain[0] as string), renewed).ref as { uid: string }
      expect(now.uid).toBe(isCircle ? chain[0] : last)
      const other = removal('other')
      expect(asRenewed(other, renewed)).toBe(other)
    }),
  )
})
