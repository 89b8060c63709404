import { expect, test } from 'vitest'
import { indexRbac } from '../../../src/rbac/rbac-index.ts'
import { requestOf } from '../../../src/audit-log/request.ts'
import { decodeEvent } from '../../../src/audit-log/read/decode-event.ts'
import { knownOf } from '../../../src/unused/inferred.ts'
import { UseBook } from '../../../src/unused/uses.ts'
import { World } from '../../../src/unused/world.ts'
import { clusterBinding, clusterRole, rule, snapshotOf, user } from '../rbac/worlds.ts'
import { lineOf } from './log.ts'

const snapshot = snapshotOf({
  clusterRoles: [clusterRole('r', rule({ verbs: ['*'], resources: ['*'] }), rule({ resourceNames: ['known'] }))],
  clusterRoleBindings: [clusterBinding('b', 'r', user('a'))],
})
const request = (resource: string, name: string, namespace: string, username = 'a') => {
  const line = lineOf(
    { username, groups: [] },
    { verb: 'get', group: '', resource, subresource: '', namespace, name },
    true,
  )
  const event = decodeEvent(line as Record<string, unknown>, { file: 'f', line: 1 })
  if (!event) throw new Error('no event')
  return requestOf(event, [event])
}

test('what RBAC cannot tell apart is held once; beyond the limit a gap says so', () => {
  const book = new UseBook(new World(indexRbac(snapshot)), knownOf(snapshot), 10)
  for (let at = 0; at < 1000; at++) book.see(request('pods', `p${at}`, `n${at}`))
  // Who has no grant uses none.
  for (let at = 0; at < 1000; at++) book.see(request('pods', 'p', 'n', `user-${at}`))
  book.see(request('pods', 'known', 'n'))
  expect(book.uses.map(({ count }) => count)).toEqual([1000, 1])
  expect(book.gaps()).toEqual([])
  for (let at = 0; at < 100; at++) book.see(request(`x${at}`, '', 'n'))
  expect(book.uses.length).toBe(10)
  expect(book.gaps()).toMatchObject([{ what: 'hold 92 more requests', why: 'there are more than 10 kinds' }])
})
