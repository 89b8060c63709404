import { expect, test } from 'vitest'
import { can } from '../../../src/rbac/can.ts'
import { resolveQuery } from '../../../src/rbac/query.ts'
import { indexRbac } from '../../../src/rbac/rbac-index.ts'
import { decodeRole } from '../../../src/snapshot/decode.ts'
import { defaultResources } from '../../../src/snapshot/defaults/defaults.ts'
import { emptySnapshot } from '../../../src/snapshot/snapshot.ts'

const known = await defaultResources()
const read = (verb: string, target: string) =>
  resolveQuery({ verb, target, namespace: 'shop', allNamespaces: false }, known)

test.each(['/api/v1/secrets', '/api/v1/namespaces/a/pods/b', '/apis/apps/v1/deployments', '//api//v1/x'])(
  '%s is a request for a resource, which no rule on URLs allows',
  (path) => expect(() => read('get', path)).toThrow('is a request for a resource'),
)

test.each(['/', '/api', '/api/v1', '/apis/apps/v1', '/apiserver/v1/x', '/healthz/etcd'])('%s is a URL', (path) => {
  expect(read('get', path).query).toEqual({ verb: 'get', path })
})

test('a slip in the verb is said, a verb of rules is not', () => {
  expect(read('gt', 'secrets').notes).toEqual([expect.stringContaining('"gt" is no verb of secrets')])
  expect(read('bind', 'clusterroles').notes).toEqual([])
})

test('a "no" names the objects that are allowed all the same', () => {
  const snapshot = emptySnapshot({ kind: 'files', paths: [] })
  snapshot.roles = [
    decodeRole(
      {
        metadata: { name: 'r', namespace: 'shop' },
        rules: [{ verbs: ['get'], apiGroups: [''], resources: ['secrets'], resourceNames: ['a', 'b'] }],
      },
      'Role',
    ),
  ]
  snapshot.roleBindings = [
    {
      kind: 'RoleBinding',
      name: 'b',
      namespace: 'shop',
      roleRef: { kind: 'Role', name: 'r' },
      subjects: [{ kind: 'User', name: 'eve' }],
    },
  ]
  const { query } = read('get', 'secrets')
  const report = can(snapshot, indexRbac(snapshot), { kind: 'User', name: 'eve' }, [], query, [])
  expect([report.verdict, report.reason]).toEqual([
    'no',
    'no rule allows it for any object in namespace shop, but for these alone: a, b',
  ])
})

test('an error about a shape shows no more of it than a line', () => {
  let bomb: unknown = ['x']
  for (let depth = 0; depth < 40; depth += 1) bomb = [bomb, bomb]
  expect(() => decodeRole({ metadata: { name: 'r' }, rules: bomb }, 'ClusterRole')).toThrow(
    'rules[0] must be an object, not a list of 2',
  )
})
