import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { manifestYaml } from '../../../src/lockdown/manifest-yaml.ts'
import type { Role } from '../../../src/snapshot/objects.ts'
import type { Snapshot } from '../../../src/snapshot/snapshot.ts'
import { snapshotFromFiles } from '../../../src/snapshot/from-files.ts'
import { manifestsOf } from '../../../src/unused/manifests.ts'
import { narrowedSnapshot, newDenials } from '../../../src/unused/replay.ts'
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
} from '../rbac/worlds.ts'
import { type Caller, lineOf, unusedOf } from './log.ts'

const caller = (username: string): Caller => ({ username, groups: ['system:authenticated'] })
const got = (who: string, name = '', second = 0) =>
  lineOf(
    caller(who),
    { verb: 'get', group: '', resource: 'pods', subresource: '', namespace: 'shop', name },
    true,
    second,
  )
const pods = rule({ verbs: ['get', 'delete'], resources: ['pods', 'secrets'] })
const narrowed = async (world: Snapshot, lines: object[], isWanted?: (name: string) => boolean) => {
  const options = isWanted && { isWanted: ({ subject }: { subject: { name: string } }) => isWanted(subject.name) }
  const { report, narrowed: made } = await unusedOf(world, lines, options)
  if (!made) throw new Error('not narrowed')
  expect(report.narrowed?.replay.denied).toEqual([])
  return made
}
const brief = ({ kind, name, rules }: Role) =>
  `${kind} ${name}: ${rules.map(({ verbs, resources }) => `${verbs.join()} ${resources.join()}`).join('; ')}`

test("a role of one's own is narrowed where it is, to what all its subjects used; who used nothing is bound no more", async () => {
  const world = snapshotOf({
    clusterRoles: [clusterRole('r', pods)],
    clusterRoleBindings: [clusterBinding('some', 'r', user('a'), user('b')), clusterBinding('none', 'r', user('c'))],
  })
  const made = await narrowed(world, [got('a')])
  expect(made.roles.map(brief)).toEqual(['ClusterRole r: get pods'])
  expect(made.bindings).toMatchObject([{ name: 'some', subjects: [{ name: 'a' }] }])
  expect(made.removed).toMatchObject([{ name: 'none' }])
})

test.each([
  ['a default', { ...clusterRole('edit', pods) }],
  [
    'one that a cluster marks as its own',
    { ...clusterRole('x', pods), labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' } },
  ],
  ['one that is aggregated', { ...clusterRole('x', pods), labels: { 'to-all': 'true' } }],
  [
    'an aggregated one',
    { ...clusterRole('x', pods), aggregation: [{ matchLabels: { no: 'x' }, matchExpressions: [] }] },
  ],
])('%s is never edited: its bindings get roles of their own', async (_, role) => {
  const aggregated = {
    ...clusterRole('all'),
    aggregation: [{ matchLabels: { 'to-all': 'true' }, matchExpressions: [] }],
  }
  const world = snapshotOf({
    clusterRoles: [role, aggregated],
    clusterRoleBindings: [clusterBinding('wide', role.name, user('a'))],
    roleBindings: [
      roleBinding('shop', 'near', role.name, user('b')),
      roleBinding('shop', 'idle', role.name, user('c')),
    ],
    roles: [{ ...clusterRole('near-narrowed'), kind: 'Role', namespace: 'shop' }],
  })
  const made = await narrowed(world, [got('a'), got('b')])
  expect(made.roles.map(brief)).toEqual(['ClusterRole wide-narrowed: get pods', 'Role near-narrowed-2: get pods'])
  expect(made.bindings.map(({ name, roleRef }) => `${name} ${roleRef.kind}/${roleRef.name}`)).toEqual([
    'wide-narrowed ClusterRole/wide-narrowed',
    'near-narrowed-2 Role/near-narrowed-2',
  ])
  expect(made.removed.map(({ name }) => name)).toEqual(['wide', 'near', 'idle'])
})

test('a new role has a name that nothing waits for: no binding without a role, and no rule', async () => {
  const world = snapshotOf({
    clusterRoles: [
      clusterRole('edit', pods),
      clusterRole('binder', rule({ verbs: ['bind'], resources: ['clusterroles'], resourceNames: ['wide-narrowed-2'] })),
    ],
    clusterRoleBindings: [
      clusterBinding('wide', 'edit', user('a')),
      clusterBinding('waits', 'wide-narrowed', user('mallory')),
    ],
    roleBindings: [
      roleBinding('shop', 'near', 'edit', user('b')),
      {
        ...roleBinding('shop', 'waits', 'near-narrowed', user('mallory')),
        roleRef: { kind: 'Role', name: 'near-narrowed' },
      },
    ],
  })
  const made = await narrowed(world, [got('a'), got('b')])
  expect(made.roles.map(brief)).toEqual(['ClusterRole wide-narrowed-3: get pods', 'Role near-narrowed-2: get pods'])
})

test('where a role takes in all that lack a label, no new one is made for it to take', async () => {
  const takes = { matchLabels: {}, matchExpressions: [{ key: 'own', operator: 'DoesNotExist', values: [] }] }
  const world = snapshotOf({
    clusterRoles: [
      { ...clusterRole('edit', pods), labels: { own: 'yes' } },
      { ...clusterRole('taker'), aggregation: [takes] },
    ],
    clusterRoleBindings: [
      clusterBinding('wide', 'edit', user('a'), user('idle')),
      clusterBinding('takes', 'taker', user('mallory')),
    ],
    roleBindings: [roleBinding('shop', 'near', 'edit', user('b'))],
  })
  const made = await narrowed(world, [got('a'), got('b')])
  expect(made.roles.map(brief)).toEqual(['Role near-narrowed: get pods'])
  expect(made.bindings.map(({ name, subjects }) => [name, ...subjects.map((one) => one.name)].join(' '))).toEqual([
    'wide a',
    'near-narrowed b',
  ])
})

test('whom the question is not about keeps all', async () => {
  const world = snapshotOf({
    clusterRoles: [clusterRole('r', pods)],
    clusterRoleBindings: [
      clusterBinding('both', 'r', user('a'), user('other')),
      clusterBinding('more', 'r', user('other')),
    ],
  })
  const made = await narrowed(world, [got('a')], (name) => name === 'a')
  expect(made.roles.map(brief)).toEqual(['ClusterRole both-narrowed: get pods'])
  expect(made.bindings).toMatchObject([
    { name: 'both-narrowed', subjects: [{ name: 'a' }] },
    { name: 'both', subjects: [{ name: 'other' }] },
  ])
  expect(made.removed).toEqual([])
})

test('where bindings could not be read, a role may be held by others: it stays', async () => {
  const world = snapshotOf({
    clusterRoles: [clusterRole('r', pods)],
    clusterRoleBindings: [clusterBinding('b', 'r', user('a'))],
    gaps: [{ what: 'list rolebindings', why: '403', hides: 'grants' }],
  })
  expect((await narrowed(world, [got('a')])).roles.map(brief)).toEqual(['ClusterRole b-narrowed: get pods'])
})

test('the replay tells what a wrong narrowing would refuse, with the line', async () => {
  const world = snapshotOf({
    clusterRoles: [clusterRole('r', pods)],
    clusterRoleBindings: [clusterBinding('b', 'r', user('a'))],
  })
  const { report } = await unusedOf(world, [got('a')])
  const at = report.grants[0]?.at
  const holder = {
    key: '',
    identity: { user: 'a', groups: [] },
    grants: [],
    index: {
      clusterWide: [{ binding: world.clusterRoleBindings[0], role: world.clusterRoles[0] }],
      byNamespace: new Map(),
    },
  }
  const use = {
    holder,
    demand: { any: [{ verb: 'get', group: '', resource: 'pods', subresource: '', namespace: '', name: '' }] },
    count: 3,
    last: '',
    at,
  }
  const gone = { roles: [], bindings: [], removed: world.clusterRoleBindings }
  expect(newDenials(world, gone, [use] as never)).toEqual({ replayed: 3, denied: [use] })
  expect(at).toEqual({ file: '-', line: 1 })
})

test('what is written says what was replayed, whatever the names are', async () => {
  const names = hostileNames.filter((name) => !name.includes('\0'))
  const world = snapshotOf({
    clusterRoles: names.map((name) => clusterRole(name, { ...pods, resourceNames: [name, 'x'] })),
    clusterRoleBindings: names.map((name) => clusterBinding(name, name, user(name), group(`g${name}`))),
    roleBindings: names.map((name) => roleBinding('shop', name, name, account('shop', 'robot'))),
  })
  const made = await narrowed(
    world,
    names.map((name, at) => got(name, name, at)),
  )
  expect(made.roles.length).toBe(names.length)
  const { apply, remove } = manifestsOf(made)
  expect(remove.length).toBe(names.length)
  const folder = mkdtempSync(join(tmpdir(), 'kubectl-secure-narrow-'))
  writeFileSync(join(folder, 'apply.yaml'), apply.map((object) => `---\n${manifestYaml(object)}`).join(''))
  const read = await snapshotFromFiles([folder])
  rmSync(folder, { recursive: true })
  expect(read.gaps).toEqual([])
  const after = narrowedSnapshot(world, made)
  expect(read.clusterRoles).toEqual(after.clusterRoles)
  expect(read.clusterRoleBindings).toEqual(after.clusterRoleBindings)
})
