import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  appliesTo,
  canonicalSubject,
  identityOf,
  serviceAccountOf,
  serviceAccountUser,
} from '../../../src/rbac/identity.ts'
import type { Subject } from '../../../src/snapshot/objects.ts'
import { account, group, user } from './worlds.ts'

const label = fc.stringMatching(/^[a-z0-9](?:[-a-z0-9]{0,10}[a-z0-9])?$/)

test('the user name of a service account is read back', () => {
  fc.assert(
    fc.property(label, fc.array(label, { minLength: 1, maxLength: 3 }), (namespace, parts) => {
      const name = parts.join('.')
      expect(serviceAccountOf(serviceAccountUser(namespace, name))).toEqual({ namespace, name })
      expect(identityOf(user(serviceAccountUser(namespace, name)))).toEqual(identityOf(account(namespace, name)))
    }),
  )
})

test.each([
  ['a:b:c', 'a third part'],
  [':b', 'no namespace'],
  ['a:', 'no name'],
  ['a', 'one part'],
  ['A:b', 'an upper-case namespace'],
  ['a.b:c', 'a namespace with a dot'],
  ['a:B', 'an upper-case name'],
  ['a:b_c', 'an underscore'],
  ['a:b..c', 'two dots'],
  [`${'a'.repeat(64)}:b`, 'a namespace that is too long'],
  [`a:${'b'.repeat(254)}`, 'a name that is too long'],
  ['a:b\n', 'a line break'],
])('system:serviceaccount:%s is a plain user: %s', (rest) => {
  const name = `system:serviceaccount:${rest}`
  expect(serviceAccountOf(name)).toBeUndefined()
  expect(identityOf(user(name))).toEqual({ user: name, groups: ['system:authenticated'] })
  expect(canonicalSubject(user(name), undefined)).toEqual(user(name))
})

test('a canonical subject is its own canonical form, and stands for the same identities', () => {
  const subject: fc.Arbitrary<Subject> = fc.oneof(
    fc.constantFrom('bob', 'system:serviceaccount:n:a', 'system:serviceaccount:n:A', '__proto__').map(user),
    fc.constantFrom('bob', 'system:serviceaccounts', '__proto__').map(group),
    fc.constant(account('n', 'a')),
    fc.constant({ kind: 'ServiceAccount' as const, name: 'a' }),
  )
  const home = fc.constantFrom('n', 'm', undefined)
  fc.assert(
    fc.property(subject, subject, home, (written, asking, namespace) => {
      const canonical = canonicalSubject(written, namespace)
      if (!canonical) {
        expect([written, namespace]).toEqual([{ kind: 'ServiceAccount', name: 'a' }, undefined])
        return
      }
      expect(canonicalSubject(canonical, 'elsewhere')).toEqual(canonical)
      const identity = identityOf(asking)
      const expected =
        written.kind === 'Group'
          ? identity.groups.includes(written.name)
          : identity.user ===
            (written.kind === 'User' ? written.name : `system:serviceaccount:${written.namespace ?? namespace}:a`)
      expect(appliesTo(canonical, identity)).toBe(expected)
    }),
  )
})

test('anonymous is not authenticated, and a group alone is in no other group', () => {
  expect(identityOf(user('system:anonymous')).groups).toEqual(['system:unauthenticated'])
  expect(identityOf(group('bob'))).toEqual({ groups: ['bob'] })
})
