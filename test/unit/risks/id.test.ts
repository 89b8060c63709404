import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Binding, PolicyRule, Role } from '../../../src/snapshot/objects.ts'
import { account, clusterBinding, clusterRole, roleBinding, rule, user } from '../rbac/worlds.ts'
import { risksIn, world } from './worlds.ts'

const rules: PolicyRule[] = [
  rule({ verbs: ['create'] }),
  rule({ verbs: ['get'], resources: ['secrets'] }),
  rule({ verbs: ['get'], resources: ['secrets'], resourceNames: ['a'] }),
  rule({ verbs: ['create'], resources: ['pods/exec'] }),
  rule({ verbs: ['impersonate'], resources: ['users', 'groups'] }),
  rule({ verbs: ['bind', 'escalate'], apiGroups: ['rbac.authorization.k8s.io'], resources: ['clusterroles'] }),
  rule({
    verbs: ['create', 'update'],
    apiGroups: ['rbac.authorization.k8s.io'],
    resources: ['clusterrolebindings', 'rolebindings'],
  }),
  rule({ verbs: ['*'], apiGroups: ['apps'], resources: ['*'] }),
  rule({ verbs: ['patch'], resources: ['namespaces', 'configmaps', 'pods/*'] }),
  rule({ verbs: ['delete'], resources: ['events', 'pods'] }),
]
const subjects = [user('ann'), account('shop', 'web'), account('other', 'web')]

const arbRole = fc.array(fc.constantFrom(...rules), { minLength: 1, maxLength: 3 })
const arbWorld = fc.record({
  roles: fc.array(arbRole, { minLength: 1, maxLength: 4 }),
  bindings: fc.array(
    fc.record({ role: fc.nat(3), subject: fc.constantFrom(...subjects), scope: fc.constantFrom('*', 'shop', 'other') }),
    { minLength: 1, maxLength: 6 },
  ),
})

function made({
  roles,
  bindings,
}: {
  roles: PolicyRule[][]
  bindings: { role: number; subject: (typeof subjects)[number]; scope: string }[]
}) {
  const clusterRoles: Role[] = roles.map((each, index) => clusterRole(`r${index}`, ...each))
  const all: Binding[] = bindings.map(({ role, subject, scope }, index) => {
    const name = `r${role % roles.length}`
    return scope === '*' ? clusterBinding(`b${index}`, name, subject) : roleBinding(scope, `b${index}`, name, subject)
  })
  return {
    clusterRoles,
    clusterRoleBindings: all.filter(({ kind }) => kind === 'ClusterRoleBinding'),
    roleBindings: all.filter(({ kind }) => kind === 'RoleBinding'),
  }
}

const accounts = {
  accounts: [
    { namespace: 'shop', name: 'web', annotations: {} },
    { namespace: 'other', name: 'web', annotations: {} },
  ],
}
const idsOf = async (rbac: Parameters<typeof world>[0]) => (await risksIn(world(rbac, accounts))).map(({ id }) => id)

test('a grant to somebody else changes no id of anybody, and every id is of one finding', async () => {
  await fc.assert(
    fc.asyncProperty(arbWorld, fc.constantFrom(...rules), async (drawn, more) => {
      const before = made(drawn)
      const after = {
        ...before,
        clusterRoles: [...before.clusterRoles, clusterRole('more', more)],
        roleBindings: [roleBinding('elsewhere', 'more', 'more', user('zoe')), ...before.roleBindings],
      }
      const [one, other] = [await idsOf(before), await idsOf(after)]
      expect(new Set(one).size).toBe(one.length)
      expect(one.filter((id) => !other.includes(id))).toEqual([])
    }),
    { numRuns: 100 },
  )
})

test('neither the order of objects nor uids and versions are in an id', async () => {
  await fc.assert(
    fc.asyncProperty(arbWorld, async (drawn) => {
      const before = made(drawn)
      const stamped = <T extends object>(list: T[]) =>
        list.toReversed().map((each, index) => ({ ...each, uid: `u${index}`, resourceVersion: '9' }))
      const after = {
        clusterRoles: stamped(before.clusterRoles),
        clusterRoleBindings: stamped(before.clusterRoleBindings),
        roleBindings: stamped(before.roleBindings),
      }
      expect((await idsOf(after)).sort()).toEqual((await idsOf(before)).sort())
    }),
    { numRuns: 100 },
  )
})

test('a right that becomes wider by names is another finding', async () => {
  const read = async (resourceNames: string[]) =>
    (
      await risksIn(
        world(
          {
            clusterRoles: [clusterRole('r', rule({ resources: ['secrets'], resourceNames }))],
            roleBindings: [roleBinding('shop', 'b', 'r', user('ann'))],
          },
          { secrets: ['a', 'b'].map((name) => ({ namespace: 'shop', name })) },
        ),
      )
    ).find(({ rule }) => rule === 'secret-read')?.id
  const ids = [await read(['a']), await read(['b', 'a']), await read([])]
  expect(new Set(ids).size).toBe(3)
  expect(ids).not.toContain(undefined)
  expect(await read(['a', 'b'])).toBe(ids[1])
})
