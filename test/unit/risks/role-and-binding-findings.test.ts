import { expect, test } from 'vitest'
import type { PolicyRule } from '../../../src/snapshot/objects.ts'
import { account, clusterBinding, clusterRole, group, roleBinding, rule, user } from '../rbac/worlds.ts'
import { defaultBindings, defaults, everything, lines, risksIn, role, world } from './worlds.ts'

const ofRole = (rules: PolicyRule[], bound: 'cluster' | 'namespace' | 'none' = 'cluster') =>
  world({
    clusterRoles: [clusterRole('r', ...rules)],
    clusterRoleBindings: bound === 'cluster' ? [clusterBinding('b', 'r', user('ann'))] : [],
    roleBindings: bound === 'namespace' ? [roleBinding('shop', 'b', 'r', user('ann'))] : [],
  })

async function odd(rules: PolicyRule[], bound?: Parameters<typeof ofRole>[1]): Promise<string[]> {
  const found = await risksIn(ofRole(rules, bound))
  return found.filter(({ rule }) => rule === 'rule-of-nothing').flatMap(({ state }) => state.map(({ says }) => says))
}

test.each<[string, PolicyRule, PolicyRule]>([
  ['pods/* is no wildcard', rule({ resources: ['pods/*'] }), rule({ resources: ['*'] })],
  ['the resource "" is none', rule({ resources: [''] }), rule({ apiGroups: [''] })],
  ['the verb Get is none', rule({ verbs: ['Get'] }), rule({ verbs: ['get'] })],
  ['the resource Pods is none', rule({ resources: ['Pods'] }), rule({ resources: ['pods'] })],
  ['it names no API group', rule({ apiGroups: [] }), rule({ apiGroups: [''] })],
  [
    'create carries no name',
    rule({ verbs: ['create'], resourceNames: ['a'] }),
    rule({ verbs: ['create', 'patch'], resourceNames: ['a'] }),
  ],
  [
    'deletecollection carries no name',
    rule({ verbs: ['deletecollection'], resourceNames: ['a'] }),
    rule({ verbs: ['delete'], resourceNames: ['a'] }),
  ],
  [
    'deployments are not of the API groups',
    rule({ resources: ['deployments'] }),
    rule({ apiGroups: ['', 'apps'], resources: ['pods', 'deployments'] }),
  ],
  [
    '/a/*/b: a * that is not at the end',
    rule({ apiGroups: [], resources: [], nonResourceURLs: ['/a/*/b'] }),
    rule({ apiGroups: [], resources: [], nonResourceURLs: ['/a/b*'] }),
  ],
])('%s', async (says, bad, good) => {
  expect(await odd([good])).toEqual([])
  expect(await odd([bad])).toContainEqual(expect.stringContaining(says))
})

test('what only a ClusterRoleBinding grants is nothing where there is none; a group that is not served may have anything', async () => {
  const nodes = rule({ resources: ['nodes'] })
  const url = rule({ apiGroups: [], resources: [], nonResourceURLs: ['/metrics'] })
  expect(await odd([nodes, url])).toEqual([])
  expect(await odd([nodes, url], 'namespace')).toHaveLength(2)
  expect(await odd([nodes, url], 'none')).toEqual([])
  // The Namespace itself is within reach.
  expect(await odd([rule({ resources: ['namespaces'] })], 'namespace')).toEqual([])
  expect(await odd([rule({ apiGroups: ['metrics.k8s.io'], resources: ['pods'] })])).toEqual([])
})

test('the name "" is all names to a list', async () => {
  const found = await risksIn(ofRole([rule({ verbs: ['list'], resources: ['secrets'], resourceNames: [''] })]))
  expect(lines(found)).toContain('empty-name ClusterRole/r * medium')
  expect(lines(await risksIn(ofRole([rule({ verbs: ['get'], resourceNames: [''] })])))).not.toContain(
    'empty-name ClusterRole/r * medium',
  )
})

const own = {
  clusterRoles: defaults.filter(({ kind }) => kind === 'ClusterRole'),
  roles: defaults.filter(({ kind }) => kind === 'Role'),
  clusterRoleBindings: defaultBindings.filter(({ kind }) => kind === 'ClusterRoleBinding'),
  roleBindings: defaultBindings.filter(({ kind }) => kind === 'RoleBinding'),
}

test("who was added to a binding of the cluster's own is found: critical where it gives everything", async () => {
  const clusterRoleBindings = own.clusterRoleBindings.map((binding) =>
    ['cluster-admin', 'system:discovery'].includes(binding.name)
      ? { ...binding, subjects: [...binding.subjects, user('eve')] }
      : binding,
  )
  const found = lines(await risksIn(world({ ...own, clusterRoleBindings })))
  expect(found).toContain('wildcard user:eve * critical')
  expect(found.filter((line) => line.startsWith('default-binding-changed'))).toEqual([
    'default-binding-changed user:eve * critical',
    'default-binding-changed user:eve * high',
  ])
  expect(found.filter((line) => !line.includes('user:eve'))).toEqual([])
})

test("a role of the cluster's own with another rule is found, and so is what its holders get by it", async () => {
  const clusterRoles = own.clusterRoles.map((each) =>
    each.name === 'system:public-info-viewer'
      ? { ...each, rules: [...each.rules, rule({ resources: ['secrets'] })] }
      : each,
  )
  const found = await risksIn(world({ ...own, clusterRoles }))
  expect(lines(found)).toContain('default-role-changed ClusterRole/system:public-info-viewer * high')
  expect(lines(found)).toContain('secret-read group:system:unauthenticated * critical')
  const changed = found.find(({ rule }) => rule === 'default-role-changed')
  expect(changed?.state.map(({ field }) => field)).toEqual(['rules[1]'])
  expect(changed?.fix.commands.join()).toContain('"path":"/rules/1"')
})

test('a ClusterRole that widens view by its label is found, worse where it has secrets', async () => {
  const labels = { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' }
  const widen = async (...resources: string[]) => {
    const more = { ...clusterRole('more', rule({ resources })), labels }
    const clusterRoles = own.clusterRoles.map((each) =>
      each.name === 'view' ? { ...each, rules: [...each.rules, ...more.rules] } : each,
    )
    return lines(await risksIn(world({ ...own, clusterRoles: [...clusterRoles, more] })))
  }
  expect(await widen('secrets')).toContain('default-role-widened ClusterRole/more view medium')
  expect(await widen('endpoints')).toContain('default-role-widened ClusterRole/more view low')
})

test('bindings to roles and accounts that are not there; default accounts; everybody', async () => {
  const reader = clusterRole('reader', rule({ resources: ['configmaps'] }))
  const asked = world(
    {
      clusterRoles: [reader],
      roles: [role('shop', 'empty')],
      roleBindings: [
        roleBinding('shop', 'gone', 'nothing', user('ann')),
        roleBinding(
          'shop',
          'read',
          'reader',
          account('shop', 'ghost'),
          account('shop', 'web'),
          account('shop', 'default'),
        ),
        roleBinding('shop', 'all', 'reader', group('system:serviceaccounts')),
      ],
    },
    { accounts: ['web', 'default'].map((name) => ({ namespace: 'shop', name, annotations: {} })) },
  )
  expect(lines(await risksIn(asked))).toEqual([
    'broad-group group:system:serviceaccounts shop medium',
    'default-account sa:shop/default shop medium',
    'missing-account sa:shop/ghost shop low',
    'missing-role RoleBinding/shop/gone shop low',
  ])
})

test('a namespace narrows to what is in it, holds in it alone, or its accounts hold anywhere', async () => {
  const boss = clusterRole('boss', everything)
  const asked = world({
    clusterRoles: [boss],
    clusterRoleBindings: [clusterBinding('b', 'boss', account('shop', 'web'), account('other', 'web'), user('ann'))],
    roleBindings: [roleBinding('shop', 'x', 'boss', user('bob')), roleBinding('other', 'x', 'boss', user('bob'))],
  })
  const found = (await risksIn(asked, 'shop')).filter(({ rule }) => rule === 'wildcard')
  expect(lines(found)).toEqual(['wildcard sa:shop/web * critical', 'wildcard user:bob shop critical'])
})
