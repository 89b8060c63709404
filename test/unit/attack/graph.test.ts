import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { buildGraph } from '../../../src/attack/build.ts'
import type { AttackNode, AttackWorld } from '../../../src/attack/model.ts'
import { keysOf, nodeText } from '../../../src/attack/nodes.ts'
import { identityRules } from '../../../src/attack/rules/identity.ts'
import { namespaceAdminPowers } from '../../../src/attack/rules/rbac-wildcard.ts'
import { rbacRules } from '../../../src/attack/rules/rbac.ts'
import { createPowers } from '../../../src/attack/powers.ts'
import { indexRbac } from '../../../src/rbac/rbac-index.ts'
import { defaultClusterRole } from '../../../src/snapshot/defaults/defaults.ts'
import type { Subject } from '../../../src/snapshot/objects.ts'
import type { Snapshot } from '../../../src/snapshot/snapshot.ts'
import { account, clusterBinding, clusterRole, group, roleBinding, rule, snapshotOf, user } from '../rbac/worlds.ts'
import { closure, reaches } from './closure.ts'
import { type Drawn, drawnWorlds, worldOf } from './random-world.ts'

const rbac = ['rbac.authorization.k8s.io']

function world(given: Partial<Snapshot>, state: Partial<AttackWorld['state']> = {}): AttackWorld {
  const snapshot = snapshotOf({ source: { kind: 'cluster', server: 'x' }, ...given })
  const nothing = worldOf({ roles: [], bindings: [] }).state
  const empty = { ...nothing, pods: [], nodes: [], namespaces: [], accounts: [], secrets: [], workloads: [], gaps: [] }
  return { snapshot, index: indexRbac(snapshot), state: { ...empty, ...state } }
}

describe('graphs of drawn worlds', () => {
  test('have each node once, and no step to or from nowhere', () => {
    fc.assert(
      fc.property(drawnWorlds, (drawn) => {
        const { nodes, steps } = buildGraph(worldOf(drawn))
        const keys = new Set(nodes.map((node) => numbered(keysOf(node))))
        expect(keys.size).toBe(nodes.length)
        for (const { from, to } of steps) {
          expect(from.length).toBeGreaterThan(0)
          for (const id of [...from, to]) expect(nodes[id]).toBeDefined()
        }
      }),
      { numRuns: 60 },
    )
  })

  test('lead at least as far where somebody is granted more', () => {
    fc.assert(
      fc.property(
        drawnWorlds,
        fc.nat({ max: 3 }),
        fc.nat({ max: 2 }),
        fc.nat({ max: 5 }),
        (drawn, role, at, subject) => {
          const more: Drawn = { ...drawn, bindings: [...drawn.bindings, { role, at, subjects: [subject] }] }
          const [fewer, others] = [drawn, more].map((one) => reachedBy(worldOf(one), user('alice')))
          // Who has everything needs no part of a way.
          for (const text of others?.has('admin') ? [] : (fewer ?? [])) expect(others).toContain(text)
        },
      ),
      { numRuns: 60 },
    )
  })

  test('do not grow with bindings times accounts', () => {
    const sizeOf = (count: number) => {
      const namespaces = Array.from({ length: count }, (_, index) => `ns-${index}`)
      const many = Array.from({ length: count }, (_, index) => `b-${index}`)
      const given = world(
        {
          clusterRoles: [
            clusterRole('tokens', rule({ verbs: ['create'], resources: ['serviceaccounts/token', 'pods'] })),
          ],
          clusterRoleBindings: many.map((name) => clusterBinding(name, 'tokens', user(name))),
        },
        {
          namespaces: namespaces.map((name) => ({ name, labels: {} })),
          accounts: namespaces.map((namespace) => ({ namespace, name: 'app', annotations: {} })),
        },
      )
      return buildGraph(given).steps.length
    }
    const [small, large] = [sizeOf(20), sizeOf(80)]
    expect(large).toBeLessThan(small * 4.5)
  })
})

// Objects stand for themselves, by a number each.
const numbers = new WeakMap<object, number>()
let last = 0
function numbered(keys: unknown[]): string {
  const text = (key: unknown) => {
    if (typeof key !== 'object' || key === null) return `${typeof key} ${String(key)}`
    if (!numbers.has(key)) numbers.set(key, (last += 1))
    return `object ${numbers.get(key)}`
  }
  return keys.map(text).join('\0')
}

function reachedBy(given: AttackWorld, subject: Subject): Set<string> {
  const graph = buildGraph(given)
  const { nodes } = closure(graph, [graph.node({ kind: 'subject', subject })])
  const texts = new Set<string>()
  for (const id of nodes) {
    const node = graph.nodes[id]
    if (node && node.kind !== 'binding' && !(node.kind === 'ability' && node.holder !== undefined))
      texts.add(nodeText(node))
  }
  return texts
}

describe('structure', () => {
  const full = clusterRole('full', rule({ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }))
  const admin: AttackNode = { kind: 'admin' }
  const bound = (...subjects: Subject[]) =>
    world({ clusterRoles: [full], clusterRoleBindings: [clusterBinding('b', 'full', ...subjects)] })

  test('puts a subject into the groups that the API server does, and no others', () => {
    const isAdmin = (given: AttackWorld, subject: Subject) => reaches(given, subject, admin).isReached
    const everyone = bound(group('system:authenticated'))
    expect(isAdmin(everyone, user('alice'))).toBe(true)
    expect(isAdmin(everyone, group('devs'))).toBe(true)
    expect(isAdmin(everyone, account('shop', 'app'))).toBe(true)
    expect(isAdmin(everyone, user('system:anonymous'))).toBe(false)
    expect(isAdmin(everyone, group('system:unauthenticated'))).toBe(false)
    const inside = bound(group('system:serviceaccounts:shop'))
    expect(isAdmin(inside, account('shop', 'app'))).toBe(true)
    expect(isAdmin(inside, account('other', 'app'))).toBe(false)
    expect(isAdmin(bound(group('devs')), user('devs'))).toBe(false)
    expect(isAdmin(world({}), group('system:masters'))).toBe(true)
  })

  test('has any account of a namespace be each that exists, and no other', () => {
    const tokens = clusterRole('tokens', rule({ verbs: ['create'], resources: ['serviceaccounts/token'] }))
    const given = (state: Partial<AttackWorld['state']>) =>
      world(
        {
          clusterRoles: [full, tokens],
          clusterRoleBindings: [clusterBinding('b', 'full', account('shop', 'app'))],
          roleBindings: [roleBinding('shop', 't', 'tokens', user('alice'))],
        },
        state,
      )
    const existing = [{ namespace: 'shop', name: 'app', annotations: {} }]
    expect(reaches(given({ accounts: existing }), user('alice'), admin).isReached).toBe(true)
    expect(reaches(given({}), user('alice'), admin).isReached).toBe(false)
    // What could not be read is not known to be missing.
    const gap = { what: 'list serviceaccounts', resource: 'serviceaccounts', why: 'no', hides: 'some' }
    expect(reaches(given({ gaps: [gap] }), user('alice'), admin).isReached).toBe(true)
  })
})

describe('what is told of namespaces', () => {
  test('the default role admin is power over one, and no longer where a right of it is gone', async () => {
    const { rules = [] } = (await defaultClusterRole('admin')) ?? {}
    const powers = createPowers()
    const admin = clusterRole('admin', ...rules)
    for (const power of namespaceAdminPowers)
      expect([power, powers.of(admin, 'shop', power).length]).not.toEqual([power, 0])
    const given = (written: typeof rules) =>
      world({
        clusterRoles: [clusterRole('copy', ...written)],
        roleBindings: [roleBinding('shop', 'b', 'copy', user('alice'))],
      })
    const adminOfShop: AttackNode = { kind: 'namespace-admin', namespace: 'shop' }
    expect(reaches(given(rules), user('alice'), adminOfShop).isReached).toBe(true)
    const without = rules.filter(({ resources }) => !resources.includes('rolebindings'))
    expect(reaches(given(without), user('alice'), adminOfShop).isReached).toBe(false)
  })
})

describe('powers', () => {
  const powers = createPowers()
  const given = (
    scope: string,
    written: Parameters<typeof rule>[0],
    verb: string,
    resource: string,
    namespaced = true,
  ) => {
    const [name = '', subresource = ''] = resource.split('/')
    const role = clusterRole('r', rule(written))
    return powers.of(role, scope, {
      verb,
      group: written.apiGroups?.[0] ?? '',
      resource: name,
      subresource,
      namespaced,
    })
  }

  test('of RoleBindings end where the API server ends them', () => {
    expect(given('shop', { resources: ['nodes'] }, 'get', 'nodes', false)).toEqual([])
    expect(given('*', { resources: ['nodes'] }, 'get', 'nodes', false)).toEqual([{ ruleIndex: 0 }])
    expect(given('shop', { resources: ['namespaces'], verbs: ['patch'] }, 'patch', 'namespaces', false)).toEqual([
      { ruleIndex: 0, names: ['shop'] },
    ])
    const bind = { verbs: ['bind'], apiGroups: rbac, resources: ['clusterroles'] }
    expect(given('shop', bind, 'bind', 'clusterroles', false)).toEqual([{ ruleIndex: 0 }])
  })

  test('on names are for these, and the empty one is for requests without any', () => {
    const named = (...resourceNames: string[]) => ({ resources: ['secrets'], verbs: ['*'], resourceNames })
    expect(given('*', named('a'), 'get', 'secrets')).toEqual([{ ruleIndex: 0, names: ['a'] }])
    expect(given('*', named(''), 'list', 'secrets')).toEqual([{ ruleIndex: 0 }])
    expect(given('*', named(''), 'create', 'secrets')).toEqual([{ ruleIndex: 0 }])
    expect(given('*', named(''), 'get', 'secrets')).toEqual([])
    expect(given('*', named('a'), 'deletecollection', 'secrets')).toEqual([])
    expect(given('*', { ...named('a'), resources: ['pods/exec'] }, 'create', 'pods/exec')).toEqual([
      { ruleIndex: 0, names: ['a'] },
    ])
  })

  test('of stars cover subresources as the authorizer has it', () => {
    const update = (...resources: string[]) => ({ verbs: ['update'], resources })
    expect(given('*', update('*/scale'), 'update', 'rc/scale')).toHaveLength(1)
    expect(given('*', update('*/scale'), 'update', 'rc')).toEqual([])
    expect(given('*', update('pods/*', '*/*'), 'update', 'pods/log')).toEqual([])
    expect(given('*', update('*'), 'update', 'pods/log')).toHaveLength(1)
  })
})

test('constrained impersonation is a way only where the version has it and something is allowed by it, and never a sure one', () => {
  const mode = { verbs: ['impersonate:user-info'], apiGroups: ['authentication.k8s.io'], resources: ['users'] }
  const on = rule({ verbs: ['impersonate-on:user-info:list'] })
  const steps = (version: string, ...rules: ReturnType<typeof rule>[]) => {
    const clusterRoles = [clusterRole('r', ...rules)]
    const given = world({ clusterRoles, clusterRoleBindings: [clusterBinding('b', 'r', user('alice'))] }, { version })
    return buildGraph(given).steps.filter((step) => step.rule === 'imp-constrained')
  }
  expect(steps('1.34', rule(mode), on)).toEqual([])
  expect(steps('1.36', rule(mode))).toEqual([])
  for (const version of ['1.35', '1.36']) {
    expect(steps(version, rule(mode), on).map(({ unsure }) => typeof unsure)).toEqual(['string'])
  }
})

test('every rule here has a title that says what it does', () => {
  for (const { id, title } of [...rbacRules, ...identityRules]) expect([id, title.length > 10]).toEqual([id, true])
})
