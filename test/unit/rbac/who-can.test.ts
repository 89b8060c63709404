import { expect, test } from 'vitest'
import { can } from '../../../src/rbac/can.ts'
import type { ResourceQuery } from '../../../src/rbac/query.ts'
import { indexRbac } from '../../../src/rbac/rbac-index.ts'
import { whatCan } from '../../../src/rbac/what-can.ts'
import { whoCan } from '../../../src/rbac/who-can.ts'
import type { Subject } from '../../../src/snapshot/objects.ts'
import type { Snapshot } from '../../../src/snapshot/snapshot.ts'
import {
  account,
  clusterBinding,
  clusterRole,
  group,
  hostileNames,
  roleBinding,
  rule,
  snapshotOf,
  user,
} from './worlds.ts'

const getPods: ResourceQuery = {
  verb: 'get',
  group: '',
  resource: 'pods',
  subresource: '',
  namespaced: true,
  scope: '*',
}
const ask = (snapshot: Snapshot, query = getPods) => whoCan(snapshot, indexRbac(snapshot), query, [])
const rights = (snapshot: Snapshot, subject: Subject) => whatCan(snapshot, indexRbac(snapshot), subject, []).rights

test('a right on all names swallows those on some, whichever comes first; names of several grants add up', () => {
  const named = (name: string, ...names: string[]) => clusterRole(name, rule({ resourceNames: names }))
  const roles = [named('a', 'x', 'y'), named('b', 'y', 'z'), clusterRole('all', rule({}))]
  const rows = (...names: string[]) =>
    ask(
      snapshotOf({
        clusterRoles: roles,
        clusterRoleBindings: names.map((name) => clusterBinding(name, name, user('u'))),
      }),
    ).subjects.map(({ resourceNames, grants }) => [resourceNames, grants.length])
  expect(rows('a', 'b')).toEqual([[['x', 'y', 'z'], 2]])
  expect(rows('all', 'a')).toEqual([[undefined, 2]])
  expect(rows('a', 'all')).toEqual([[undefined, 2]])
  expect(rows('a', 'all', 'b')).toEqual([[undefined, 3]])
})

test('one row for a subject and a scope: a user written as a service account is that account, a group is no user', () => {
  const snapshot = snapshotOf({
    clusterRoles: [clusterRole('r', rule({}))],
    clusterRoleBindings: [clusterBinding('c', 'r', group('bob'), user('bob'), user('system:serviceaccount:n:a'))],
    roleBindings: [
      roleBinding('n', 'x', 'r', account('n', 'a'), { kind: 'ServiceAccount', name: 'a' }),
      roleBinding('m', 'x', 'r', account('n', 'a')),
    ],
  })
  expect(ask(snapshot).subjects.map(({ kind, name, scope, grants }) => [kind, name, scope, grants.length])).toEqual([
    ['Group', 'bob', '*', 1],
    ['User', 'bob', '*', 1],
    ['ServiceAccount', 'a', '*', 1],
    ['ServiceAccount', 'a', 'm', 1],
    ['ServiceAccount', 'a', 'n', 2],
  ])
})

test('hostile names are names: each its own row, and its own role', () => {
  const snapshot = snapshotOf({
    clusterRoles: hostileNames.map((name) => clusterRole(name, rule({ resourceNames: [name] }))),
    clusterRoleBindings: hostileNames.map((name) => clusterBinding(name, name, user(name), group(name))),
  })
  const { subjects, dangling } = ask(snapshot)
  expect(subjects).toHaveLength(2 * hostileNames.length)
  for (const row of subjects) expect(row.resourceNames).toEqual([row.name])
  expect(dangling).toEqual([])
  const nobody = { ...snapshot, clusterRoles: [] }
  expect(ask(nobody).dangling).toHaveLength(hostileNames.length)
})

test('a binding of a hundred thousand subjects is answered, and so is one of as many rules', () => {
  const many = Array.from({ length: 100_000 }, (_, index) => user(`u${index}`))
  const rules = Array.from({ length: 100_000 }, (_, index) => rule({ resourceNames: [`n${index}`] }))
  const clusterRoles = [clusterRole('r', rule({})), clusterRole('names', ...rules)]
  const wide = snapshotOf({ clusterRoles, clusterRoleBindings: [clusterBinding('b', 'r', ...many)] })
  expect(ask(wide).subjects).toHaveLength(100_000)
  const deep = snapshotOf({ clusterRoles, clusterRoleBindings: [clusterBinding('b', 'names', user('u'))] })
  expect(ask(deep, { ...getPods, name: 'n99999' }).subjects).toMatchObject([{ grants: [{ rule: { index: 99_999 } }] }])
})

test('a deletecollection carries no name, so a right to it on names is none', () => {
  const query = { ...getPods, verb: 'deletecollection', scope: 'n' }
  const given = (...resourceNames: string[]) =>
    snapshotOf({
      clusterRoles: [clusterRole('r', rule({ verbs: ['deletecollection'], resourceNames }))],
      clusterRoleBindings: [clusterBinding('b', 'r', user('u'))],
    })
  for (const asked of [query, { ...query, name: 'a' }]) {
    const verdicts = [given('a'), given('a', ''), given()].map((snapshot) => [
      ask(snapshot, asked).subjects.length,
      can(snapshot, indexRbac(snapshot), user('u'), [], asked, []).verdict,
    ])
    expect(verdicts).toEqual([
      [0, 'no'],
      [1, 'yes'],
      [1, 'yes'],
    ])
  }
})

test('rights are merged only where they are of the same kind', () => {
  const snapshot = snapshotOf({
    clusterRoles: [
      clusterRole(
        'r',
        rule({ verbs: ['get'], resources: [''], resourceNames: [''] }),
        rule({ verbs: ['list'], resources: [''] }),
        rule({ verbs: ['watch'], resources: [''] }),
        rule({ verbs: ['post'], apiGroups: [], resources: [], nonResourceURLs: [''] }),
      ),
    ],
    clusterRoleBindings: [clusterBinding('b', 'r', user('u'))],
  })
  expect(rights(snapshot, user('u')).map(({ verbs, url, resourceNames }) => ({ verbs, url, resourceNames }))).toEqual(
    expect.arrayContaining([
      { verbs: ['get'], url: undefined, resourceNames: [''] },
      { verbs: ['list', 'watch'], url: undefined, resourceNames: undefined },
      { verbs: ['post'], url: '', resourceNames: undefined },
    ]),
  )
  expect(rights(snapshot, user('u'))).toHaveLength(3)
})

test('a URL through a RoleBinding is no right', () => {
  const snapshot = snapshotOf({
    clusterRoles: [clusterRole('r', rule({ apiGroups: [], resources: [], nonResourceURLs: ['/x'] }))],
    roleBindings: [roleBinding('n', 'b', 'r', user('u'))],
  })
  expect(rights(snapshot, user('u'))).toEqual([])
  expect(whoCan(snapshot, indexRbac(snapshot), { verb: 'get', path: '/x' }, []).subjects).toEqual([])
})
