import { expect, test } from 'vitest'
import type { Attributes } from '../../../src/rbac/rule-match.ts'
import type { GrantRow } from '../../../src/unused/grant-row.ts'
import { clusterBinding, clusterRole, group, roleBinding, rule, snapshotOf, user } from '../rbac/worlds.ts'
import { type Caller, lineOf, unusedOf } from './log.ts'

const rbac = 'rbac.authorization.k8s.io'
const alice: Caller = { username: 'alice', groups: ['system:authenticated'] }
const asked = (
  verb: string,
  resource: string,
  more: Partial<Extract<Attributes, { group: string }>> = {},
): Attributes => {
  return { verb, group: '', resource, subresource: '', namespace: 'shop', name: '', ...more }
}
const used = ({ rules }: GrantRow) =>
  rules.flatMap((one) =>
    one.used.map(({ verb, resource, resourceName, nonResourceURL }) =>
      [verb, resource ?? nonResourceURL, resourceName].filter(Boolean).join(' '),
    ),
  )
const world = (...rules: Parameters<typeof rule>[0][]) =>
  snapshotOf({
    clusterRoles: [clusterRole('own', ...rules.map(rule)), clusterRole('podder', rule({ resources: ['pods'] }))],
    clusterRoleBindings: [clusterBinding('own', 'own', user('alice'))],
  })
/** What of alice's own grant these lines used, and the verdict on it. */
const askedOf = async (given: ReturnType<typeof world>, ...lines: object[]) => {
  const { report } = await unusedOf(given, lines)
  const grant = report.grants.find(({ subject }) => subject.name === 'alice')
  if (!grant) throw new Error('no grant')
  return { used: used(grant), verdict: grant.verdict, grant, report }
}

test('a create that admission refused with 403 used its right: the decision counts, not the code', async () => {
  const line = lineOf(alice, asked('create', 'pods'), true, 0, { responseStatus: { code: 403, reason: 'Forbidden' } })
  expect((await askedOf(world({ verbs: ['create', 'get'] }), line)).used).toEqual(['create pods'])
})

test('a flood of refusals uses nothing, and is counted', async () => {
  const lines = Array.from({ length: 500 }, (_, at) => lineOf(alice, asked('get', `x${at}`), false))
  const { verdict, report } = await askedOf(world({}), ...lines)
  expect(verdict).toBe('unused')
  expect(report.notes).toContain('500 requests were refused by the authorizer, and used nothing')
})

test('an apply that created used create with the name, one that did not only patch', async () => {
  const rules = [
    { verbs: ['patch'], resources: ['configmaps'] },
    { verbs: ['create'], resources: ['configmaps'], resourceNames: ['a', 'b'] },
  ]
  const apply = (name: string, code: number) =>
    lineOf(alice, asked('patch', 'configmaps', { name }), true, 0, { responseStatus: { code } })
  expect((await askedOf(world(...rules), apply('a', 201), apply('b', 200))).used).toEqual([
    'patch configmaps',
    'create configmaps a',
  ])
})

test('impersonation is a right of who did it, by name; the request one of whom they were', async () => {
  const impersonatedUser = {
    username: 'bob',
    uid: 'u',
    groups: ['devs', 'system:authenticated'],
    extra: { scopes: ['read'] },
  }
  const given = world(
    { verbs: ['impersonate', 'get'], resources: ['users', 'groups', 'serviceaccounts', 'pods'] },
    { verbs: ['impersonate'], apiGroups: ['authentication.k8s.io'], resources: ['uids', 'userextras/scopes'] },
  )
  const line = lineOf(alice, asked('get', 'pods'), true, 0, { impersonatedUser })
  expect((await askedOf(given, line)).used).toEqual([
    'impersonate users bob',
    'impersonate groups devs',
    'impersonate uids u',
    'impersonate userextras/scopes read',
  ])
  // That they were refused then is another matter.
  const refused = lineOf(alice, asked('get', 'pods'), false, 0, { impersonatedUser: { username: 'carol', groups: [] } })
  expect((await askedOf(given, refused)).used).toEqual(['impersonate users carol'])
})

const binding = (role: string, more: object = {}) =>
  lineOf(alice, { ...asked('create', 'rolebindings'), group: rbac }, true, 0, {
    responseStatus: { code: 201 },
    requestObject: { kind: 'RoleBinding', roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: role } },
    ...more,
  })
const binds = { verbs: ['create'], apiGroups: [rbac], resources: ['rolebindings'] }

test('who binds a role uses bind; who may not bind uses the rules of the role, without asking for them', async () => {
  const bind = { verbs: ['bind'], apiGroups: [rbac], resources: ['clusterroles'] }
  const pods = { verbs: ['get', 'list'] }
  expect((await askedOf(world(binds, bind, pods), binding('podder'))).used).toEqual([
    'create rolebindings',
    'bind clusterroles podder',
  ])
  expect((await askedOf(world(binds, pods), binding('podder'))).used).toEqual(['create rolebindings', 'get pods'])
})

test('where nobody knows what a write took, everything of who wrote may have been used', async () => {
  const { verdict, grant, report } = await askedOf(world(binds, {}), binding('gone'))
  expect(verdict).toBe('used')
  expect(grant.rules[1]).toMatchObject({
    verdict: 'unknown',
    unknown: [{ why: 'it bound a role whose rules are not known' }],
  })
  expect(report.complete).toBe(false)
  // One that failed took nothing.
  expect((await askedOf(world(binds, {}), binding('gone', { responseStatus: { code: 404 } }))).verdict).toBe('partly')
})

test('a role that is written takes escalate, or what is written', async () => {
  const writes = { verbs: ['update'], apiGroups: [rbac], resources: ['roles'] }
  const line = lineOf(alice, { ...asked('update', 'roles', { name: 'r' }), group: rbac }, true, 0, {
    requestObject: {
      kind: 'Role',
      rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'], resourceNames: ['x'] }],
    },
  })
  const escalates = { verbs: ['escalate'], apiGroups: [rbac], resources: ['roles'] }
  expect((await askedOf(world(writes, escalates, {}), line)).used).toEqual(['update roles', 'escalate roles r'])
  expect((await askedOf(world(writes, {}), line)).used).toEqual(['update roles', 'get pods x'])
})

test('an approval takes approve, by the signer or its domain', async () => {
  const of = 'certificates.k8s.io'
  const approves = (...resourceNames: string[]) => ({
    verbs: ['approve', 'sign'],
    apiGroups: [of],
    resources: ['signers'],
    resourceNames,
  })
  const line = lineOf(
    alice,
    { ...asked('update', 'certificatesigningrequests', { subresource: 'approval', namespace: '' }), group: of },
    true,
    0,
    {
      requestObject: { spec: { signerName: 'acme.io/a' } },
    },
  )
  const by = async (...names: string[]) => (await askedOf(world(approves(...names)), line)).used
  // The server asks for the signer first.
  expect(await by('acme.io/a', 'acme.io/*', 'acme.io/b')).toEqual(['approve signers acme.io/a'])
  expect(await by('acme.io/*')).toEqual(['approve signers acme.io/*'])
  expect(await by()).toEqual(['approve signers acme.io/a'])
})

test('what a kubelet asked for others is their use of it', async () => {
  const kubelet: Caller = { username: 'system:node:n', groups: ['system:nodes'] }
  const review = lineOf(
    kubelet,
    { ...asked('create', 'subjectaccessreviews', { namespace: '' }), group: 'authorization.k8s.io' },
    true,
    0,
    {
      responseStatus: { code: 201 },
      requestObject: {
        spec: {
          user: 'alice',
          groups: ['system:authenticated'],
          resourceAttributes: { verb: 'get', resource: 'nodes', subresource: 'metrics' },
        },
      },
    },
  )
  expect((await askedOf(world({ resources: ['nodes/metrics', 'nodes/log'] }), review)).used).toEqual([
    'get nodes/metrics',
  ])
})

test('every grant that allows it is credited, in whichever way it names them', async () => {
  const given = snapshotOf({
    clusterRoles: [clusterRole('r', rule({}))],
    clusterRoleBindings: [clusterBinding('c', 'r', user('alice'), group('system:authenticated'), user('bob'))],
    roleBindings: [roleBinding('shop', 'd', 'r', user('alice')), roleBinding('other', 'e', 'r', user('alice'))],
  })
  const { report } = await unusedOf(given, [lineOf(alice, asked('get', 'pods'), true)])
  expect(report.grants.map(({ binding: { name }, subject, verdict }) => `${name} ${subject.name} ${verdict}`)).toEqual([
    'c bob unused',
    'e alice unused',
    'c alice used',
    'c system:authenticated used',
    'd alice used',
  ])
})

test('nobody keeps a wildcard by asking for a *', async () => {
  const given = world(
    { verbs: ['*'], apiGroups: [], resources: [], nonResourceURLs: ['/metrics'] },
    { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  )
  const { used: found, report } = await askedOf(
    given,
    lineOf(alice, { verb: 'get', path: '/metrics' }, true),
    lineOf(alice, { verb: '*', path: '/metrics' }, true),
    lineOf(alice, asked('get', '*'), true),
    lineOf(alice, asked('get', 'pods'), true),
  )
  expect(found).toEqual(['get /metrics', 'get pods'])
  expect(report.notes.some((one) => one.startsWith('2 requests were for something of the name *'))).toBe(true)
})
