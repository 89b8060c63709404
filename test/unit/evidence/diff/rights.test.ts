import fc from 'fast-check'
import { expect, test } from 'vitest'
import { emptyRbac, type Rbac, rightsChanges } from '../../../../src/evidence/diff/rights.ts'
import type { RightChange } from '../../../../src/evidence/diff/report.ts'
import { indexRbac, scopeOf, subjectsOf } from '../../../../src/rbac/rbac-index.ts'
import { type Attributes, matchRule } from '../../../../src/rbac/rule-match.ts'
import { subjectKey } from '../../../../src/rbac/identity.ts'
import { decodeBinding, decodeRole } from '../../../../src/snapshot/decode.ts'
import type { Subject } from '../../../../src/snapshot/objects.ts'
import { emptySnapshot } from '../../../../src/snapshot/snapshot.ts'
import { type Held, rbacWorld } from './arbitrary-side.ts'

const decoders: Record<string, (rbac: Rbac, raw: Held['raw']) => void> = {
  roles: (rbac, raw) => rbac.roles.push(decodeRole(raw, 'Role')),
  clusterroles: (rbac, raw) => rbac.clusterRoles.push(decodeRole(raw, 'ClusterRole')),
  rolebindings: (rbac, raw) => rbac.roleBindings.push(decodeBinding(raw, 'RoleBinding')),
  clusterrolebindings: (rbac, raw) => rbac.clusterRoleBindings.push(decodeBinding(raw, 'ClusterRoleBinding')),
}

function rbacOf(objects: Held[]): Rbac {
  const rbac = emptyRbac()
  for (const { type, raw } of objects) decoders[type.resource]?.(rbac, raw)
  return rbac
}

/** Whether bindings of this very subject allow a request. */
function isAllowed(rbac: Rbac, subject: Subject, scope: string, request: Attributes): boolean {
  const index = indexRbac({ ...emptySnapshot({ kind: 'files', paths: [] }), ...rbac })
  const bound = [...index.clusterWide, ...[...index.byNamespace.values()].flat()]
  return bound.some(({ binding, role }) => {
    const [reach, isUrl] = [scopeOf(binding), 'path' in request]
    if (reach !== '*' && (isUrl || reach !== scope)) return false
    if (!subjectsOf(binding).some((one) => subjectKey(one.subject) === subjectKey(subject))) return false
    return role?.rules.some((rule) => matchRule(rule, request)) ?? false
  })
}

const isWithin = (right: RightChange, scope: string, request: Attributes): boolean => {
  if (right.scope !== '*' && right.scope !== scope) return false
  const { verbs, apiGroup, resource, resourceNames = [], url } = right
  const one = (text: string | undefined) => (text === undefined ? [] : [text])
  const rule = { verbs, apiGroups: one(apiGroup), resources: one(resource), resourceNames, nonResourceURLs: one(url) }
  return matchRule(rule, request) !== undefined
}

const request: fc.Arbitrary<Attributes> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      verb: fc.constantFrom('get', 'list', 'patch'),
      group: fc.constantFrom('', 'apps', 'batch'),
      resource: fc.constantFrom('pods', 'secrets', 'jobs'),
      subresource: fc.constantFrom('', 'exec'),
      namespace: fc.constant(''),
      name: fc.constantFrom('', 'a', 'b'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ verb: fc.constantFrom('get', 'list'), path: fc.constantFrom('/metrics', '/x') }),
  },
)

test('what is allowed on one side alone is a right gained or lost, and no right is told that was there', () => {
  let gains = 0
  fc.assert(
    fc.property(rbacWorld, rbacWorld, fc.array(request, { minLength: 5, maxLength: 10 }), (one, other, requests) => {
      const [before, after] = [rbacOf(one), rbacOf(other)]
      const changes = rightsChanges(
        before,
        after,
        () => true,
        () => expect.fail('too large'),
      )
      for (const subject of ['a', 'b'].map((name): Subject => ({ kind: 'User', name }))) {
        const { gained = [], lost = [] } =
          changes.find((each) => subjectKey(each.subject) === subjectKey(subject)) ?? {}
        for (const asked of requests) {
          for (const scope of ['shop', 'other']) {
            const [was, is] = [before, after].map((rbac) => isAllowed(rbac, subject, scope, asked))
            const [isGained, isLost] = [gained, lost].map((rights) =>
              rights.some((right) => isWithin(right, scope, asked)),
            )
            if (!was && is) gains++
            if (!was && is) expect(isGained).toBe(true)
            if (was && !is) expect(isLost).toBe(true)
            if (!is) expect(isGained).toBe(false)
            if (!was) expect(isLost).toBe(false)
          }
        }
      }
    }),
    { numRuns: 500 },
  )
  expect(gains).toBeGreaterThan(200)
})

test('a right that another binding gives already is none that was gained', () => {
  const admin = decodeRole(
    { metadata: { name: 'admin' }, rules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }] },
    'ClusterRole',
  )
  const view = decodeRole(
    { metadata: { name: 'view' }, rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }] },
    'ClusterRole',
  )
  const binding = (name: string, role: string) =>
    decodeBinding(
      { metadata: { name }, roleRef: { kind: 'ClusterRole', name: role }, subjects: [{ kind: 'User', name: 'eve' }] },
      'ClusterRoleBinding',
    )
  const roles = { ...emptyRbac(), clusterRoles: [admin, view] }
  const has = (...bindings: ReturnType<typeof binding>[]) => ({ ...roles, clusterRoleBindings: bindings })
  const between = (one: Rbac, other: Rbac) =>
    rightsChanges(
      one,
      other,
      () => true,
      () => {},
    )
  const [all, some] = [binding('all', 'admin'), binding('some', 'view')]
  expect(between(has(all), has(all, some))).toEqual([])
  expect(between(has(some), has(all))).toMatchObject([
    {
      subject: { kind: 'User', name: 'eve' },
      gained: [{ scope: '*', apiGroup: '*', resource: '*', verbs: ['*'], via: [{ binding: { name: 'all' } }] }],
      lost: [],
    },
  ])
})

test('a role whose product of words would exhaust any memory is said to be too large', () => {
  const many = Array.from({ length: 20_000 }, (_, index) => `r${index}`)
  const role = decodeRole(
    { metadata: { name: 'bomb' }, rules: [{ verbs: ['get'], apiGroups: many, resources: many }] },
    'ClusterRole',
  )
  const binding = decodeBinding(
    {
      metadata: { name: 'b' },
      roleRef: { kind: 'ClusterRole', name: 'bomb' },
      subjects: [{ kind: 'User', name: 'eve' }],
    },
    'ClusterRoleBinding',
  )
  const after = { ...emptyRbac(), clusterRoles: [role], clusterRoleBindings: [binding] }
  const told: string[] = []
  rightsChanges(
    emptyRbac(),
    after,
    () => true,
    ({ name }) => told.push(name),
  )
  expect(told).toEqual(['eve'])
})
