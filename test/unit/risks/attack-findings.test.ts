import { expect, test } from 'vitest'
import { account, clusterBinding, clusterRole, group, roleBinding, rule, user } from '../rbac/worlds.ts'
import { defaults, everything, lines, pod, risksIn, world } from './worlds.ts'

const rbac = 'rbac.authorization.k8s.io'
const admin = clusterRole('boss', everything)
const bossOf = (...subjects: Parameters<typeof clusterBinding>[2][]) => clusterBinding('boss', 'boss', ...subjects)

test('who has everything has one finding, and not one for each thing that this is', async () => {
  const found = await risksIn(world({ clusterRoles: [admin], clusterRoleBindings: [bossOf(user('ann'))] }))
  expect(lines(found)).toEqual(['wildcard user:ann * critical'])
  expect(found[0]?.grants).toMatchObject([
    { binding: { kind: 'ClusterRoleBinding', name: 'boss' }, roleRef: { name: 'boss' }, rule: { index: 0 } },
  ])
  expect(found[0]?.fix.commands[0]).toBe('kubectl delete clusterrolebinding.rbac.authorization.k8s.io -- boss')
})

test('everything in each namespace is less than everything: what is not in it is found beside it', async () => {
  const nodes = clusterRole(
    'nodes',
    rule({ verbs: ['create'], resources: ['nodes/proxy'] }),
    rule({ resources: ['nodes/log'] }),
  )
  const both = (role: string) => ({
    clusterRoles: [...defaults.filter(({ kind }) => kind === 'ClusterRole'), admin, nodes],
    clusterRoleBindings: [clusterBinding('x', role, user('ann')), clusterBinding('n', 'nodes', user('ann'))],
  })
  const rules = async (role: string) =>
    (await risksIn(world(both(role)))).filter(({ subject }) => subject).map(({ rule }) => rule)
  expect(await rules('boss')).toEqual(['wildcard'])
  const less = await rules('admin')
  expect(less).toContain('wildcard')
  expect(less).toContain('nodes-proxy')
  expect(less).not.toContain('netpol-write')
})

test('a pod may run as an account that is admin: critical in two hops; without such an account it is not', async () => {
  const creator = clusterRole('creator', rule({ verbs: ['create'] }))
  const bound = [roleBinding('shop', 'c', 'creator', user('ann'))]
  const accounts = [{ namespace: 'shop', name: 'boss', annotations: {} }]
  const confined = [{ name: 'shop', labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } }]
  const rights = { clusterRoles: [creator, admin], roleBindings: bound }
  const [far] = await risksIn(
    world({ ...rights, clusterRoleBindings: [bossOf(account('shop', 'boss'))] }, { accounts, namespaces: confined }),
    'shop',
  ).then((found) => found.filter(({ rule }) => rule === 'pod-create'))
  expect(far).toMatchObject({ severity: 'critical', reached: { what: 'admin', hops: 2 } })
  expect(far?.reached?.way).toEqual([
    { rule: 'pod-create', to: 'sa:shop/boss' },
    { rule: 'wildcard', to: 'admin' },
  ])
  const near = await risksIn(world(rights, { accounts, namespaces: confined }))
  expect(lines(near)).toEqual(['pod-create user:ann shop medium'])
})

test('rights that only together are an escalation: by two bindings it is one, with both as evidence', async () => {
  const binder = clusterRole('binder', rule({ verbs: ['bind'], apiGroups: [rbac], resources: ['clusterroles'] }))
  const writer = clusterRole(
    'writer',
    rule({ verbs: ['create'], apiGroups: [rbac], resources: ['clusterrolebindings'] }),
  )
  const clusterRoles = [admin, binder, writer]
  const found = await risksIn(
    world({
      clusterRoles,
      clusterRoleBindings: [
        clusterBinding('b', 'binder', user('ann'), user('bob')),
        clusterBinding('w', 'writer', user('ann')),
      ],
    }),
  )
  expect(lines(found)).toEqual(['bind user:ann * critical', 'half-escalation user:bob * low'])
  expect(new Set(found[0]?.grants.map(({ binding }) => binding.name))).toEqual(new Set(['b', 'w']))
})

test('who may impersonate does not hide what those may do whom it impersonates', async () => {
  const impersonate = (...resources: string[]) => rule({ verbs: ['impersonate'], resources })
  const asked = world({
    clusterRoles: [clusterRole('as', impersonate('users', 'groups')), clusterRole('some', impersonate('users'))],
    clusterRoleBindings: [clusterBinding('as', 'as', user('ann')), clusterBinding('some', 'some', user('bob'))],
  })
  expect(lines(await risksIn(asked))).toEqual([
    'imp-group user:ann * critical',
    'imp-user user:ann * medium',
    'imp-user user:bob * medium',
  ])
})

test('rights that join later on the way count for those that it begins with', async () => {
  const clusterRoles = [
    clusterRole('creator', rule({ verbs: ['create'] })),
    clusterRole('labeller', rule({ verbs: ['patch'], resources: ['namespaces'] })),
  ]
  const namespaces = [{ name: 'shop', labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } }]
  const creates = (name: string) => roleBinding('shop', `c-${name}`, 'creator', user(name))
  const labels = clusterBinding('l', 'labeller', user('ann'))
  const rights = { clusterRoles, roleBindings: [creates('ann'), creates('bob')], clusterRoleBindings: [labels] }
  const found = await risksIn(world(rights, { namespaces }))
  expect(lines(found)).toContain('pod-create user:bob shop medium')
  expect(lines(found)).toContain('pod-create user:ann shop high')
})

test('the same for everybody is worse, and for nobody in particular worst; what everybody has makes nobody else worse', async () => {
  const reader = clusterRole('reader', rule({ verbs: ['get'], resources: ['secrets'] }))
  const severityFor = async (subject: ReturnType<typeof user>) => {
    const found = await risksIn(
      world({ clusterRoles: [reader], roleBindings: [roleBinding('shop', 'r', 'reader', subject)] }),
    )
    return found.find(({ rule }) => rule === 'secret-read')?.severity
  }
  expect(await severityFor(user('ann'))).toBe('medium')
  expect(await severityFor(group('system:authenticated'))).toBe('high')
  expect(await severityFor(group('system:unauthenticated'))).toBe('critical')
  const execs = clusterRole('exec', rule({ verbs: ['create'], resources: ['pods/exec'] }))
  const found = await risksIn(
    world(
      {
        clusterRoles: [admin, execs],
        clusterRoleBindings: [bossOf(group('system:authenticated'))],
        roleBindings: [roleBinding('shop', 'x', 'exec', group('system:unauthenticated'))],
      },
      { pods: [pod()], accounts: [{ namespace: 'shop', name: 'web', annotations: {} }] },
    ),
  )
  expect(found.find(({ rule }) => rule === 'exec')?.reached?.what).not.toBe('admin')
})

test('grants by which the cluster lives are no findings; the same by other names are', async () => {
  const { defaultBindings } = await import('./worlds.ts')
  const rbacOf = (rename: (name: string) => string) => ({
    clusterRoles: defaults
      .filter(({ kind }) => kind === 'ClusterRole')
      .map((each) => ({ ...each, name: rename(each.name) })),
    roles: defaults.filter(({ kind }) => kind === 'Role').map((each) => ({ ...each, name: rename(each.name) })),
    clusterRoleBindings: defaultBindings
      .filter(({ kind }) => kind === 'ClusterRoleBinding')
      .map((each) => ({
        ...each,
        name: rename(each.name),
        roleRef: { ...each.roleRef, name: rename(each.roleRef.name) },
      })),
    roleBindings: defaultBindings
      .filter(({ kind }) => kind === 'RoleBinding')
      .map((each) => ({
        ...each,
        name: rename(each.name),
        roleRef: { ...each.roleRef, name: rename(each.roleRef.name) },
      })),
  })
  const own = await risksIn(world(rbacOf((name) => name)))
  expect(lines(own)).toEqual([])
  const others = await risksIn(world(rbacOf((name) => `my-${name}`)))
  expect(others.filter(({ severity }) => severity === 'critical').length).toBeGreaterThan(2)
})

const accountsThere = ['shop/a', 'shop/z', 'ops/boss'].map((text) => {
  const [namespace = '', name = ''] = text.split('/')
  return { namespace, name, annotations: {} }
})

test('who may become itself gains nothing by it: no way goes through the one whose finding it is', async () => {
  const self = rule({ verbs: ['impersonate'], resources: ['serviceaccounts'], resourceNames: ['a'] })
  const tokens = rule({ verbs: ['create'], resources: ['serviceaccounts/token'] })
  const rights = {
    clusterRoles: [clusterRole('self', self), clusterRole('tokens', tokens), admin],
    clusterRoleBindings: [bossOf(account('ops', 'boss'))],
    roleBindings: [
      roleBinding('shop', 's', 'self', account('shop', 'a')),
      roleBinding('shop', 'own', 'tokens', account('shop', 'a')),
      roleBinding('ops', 't', 'tokens', account('shop', 'a')),
    ],
  }
  const found = (await risksIn(world(rights, { accounts: accountsThere }))).filter(
    ({ subject }) => subject?.name === 'a',
  )
  expect(lines(found)).toEqual(['sa-token sa:shop/a ops critical', 'sa-token sa:shop/a shop medium'])
  // Another who may become it gains by that.
  const other = [...rights.roleBindings, roleBinding('shop', 'o', 'self', user('ann'))]
  const ofAnn = await risksIn(world({ ...rights, roleBindings: other }, { accounts: accountsThere }))
  const byAnn = ofAnn.filter(({ rule }) => rule === 'imp-sa')
  expect(lines(byAnn)).toEqual(['imp-sa user:ann shop critical'])
  expect(byAnn[0]?.reached?.way.map(({ to }) => to)).toEqual(['sa:shop/a', 'sa:ops/boss', 'admin'])
})

test('of several accounts that somebody may become, its way goes by another than itself', async () => {
  const imp = clusterRole('imp', rule({ verbs: ['impersonate'], resources: ['serviceaccounts'] }))
  const tokens = clusterRole('tokens', rule({ verbs: ['create'], resources: ['serviceaccounts/token'] }))
  const found = await risksIn(
    world(
      {
        clusterRoles: [imp, tokens, admin],
        clusterRoleBindings: [bossOf(account('ops', 'boss'))],
        roleBindings: [
          roleBinding('shop', 'i', 'imp', account('shop', 'a')),
          roleBinding('ops', 'a', 'tokens', account('shop', 'a')),
          roleBinding('ops', 'z', 'tokens', account('shop', 'z')),
        ],
      },
      { accounts: accountsThere },
    ),
  )
  const way = found.find(({ rule, subject }) => rule === 'imp-sa' && subject?.name === 'a')?.reached?.way
  expect(way?.map(({ to }) => to)).toEqual(['sa:shop/z', 'sa:ops/boss', 'admin'])
})
