import fc from 'fast-check'
import { expect, test } from 'vitest'
import { applyChanges } from '../../../src/change/planned.ts'
import type { Raw } from '../../../src/isolation/raw.ts'
import type { Level } from '../../../src/lockdown/model.ts'
import { planRights, stillHeld } from '../../../src/lockdown/rights.ts'
import { holdersOf } from '../../../src/lockdown/rights-holders.ts'
import { subjectKey } from '../../../src/rbac/identity.ts'
import { formatSubject } from '../../../src/rbac/subject-text.ts'
import { decodeBinding, decodeRole } from '../../../src/snapshot/decode.ts'
import type { Snapshot } from '../../../src/snapshot/snapshot.ts'
import { scene } from './network/scenes.ts'
import { optionsOf } from './options.ts'

const group = 'rbac.authorization.k8s.io'
const rule = (verbs: string[], apiGroups: string[], resources: string[]) => ({ verbs, apiGroups, resources })
const roles: Raw[] = Object.entries({
  edit: [rule(['*'], ['', 'apps'], ['*'])],
  shell: [rule(['create'], [''], ['pods/exec'])],
  reader: [rule(['get', 'list'], [''], ['secrets'])],
  owner: [rule(['create'], [group], ['rolebindings'])],
  actor: [rule(['impersonate'], [''], ['serviceaccounts'])],
  harmless: [rule(['get', 'list'], ['', 'apps'], ['pods', 'deployments'])],
}).map(([name, rules]) => ({ apiVersion: `${group}/v1`, kind: 'ClusterRole', metadata: { name }, rules }))

const named = (kind: string, name: string): Raw => ({ kind, apiGroup: group, name })
const account = (name: string, namespace?: string): Raw => ({
  kind: 'ServiceAccount',
  name,
  ...(namespace === undefined ? {} : { namespace }),
})
const subject = fc.constantFrom(
  named('User', 'ann'),
  named('User', 'me'),
  named('Group', 'team'),
  named('Group', 'responders'),
  named('Group', 'system:masters'),
  named('Group', 'system:nodes'),
  named('Group', 'system:authenticated'),
  named('Group', 'system:serviceaccounts:shop'),
  named('User', 'system:kube-scheduler'),
  named('User', 'system:serviceaccount:shop:robot'),
  account('robot', 'shop'),
  account('robot', 'far'),
  account('default', 'shop'),
  account('job-controller', 'kube-system'),
  account('ttl-controller', 'kube-system'),
  account('x', 'kube-system'),
  named('User', 'system:kube-evil'),
  named('User', 'system:node:n1'),
  named('User', 'system:node:evil'),
)
const binding = fc.record({
  namespace: fc.constantFrom('shop', 'far', undefined),
  role: fc.constantFrom('edit', 'shell', 'reader', 'owner', 'actor', 'harmless', 'gone'),
  subjects: fc.uniqueArray(subject, { maxLength: 5, selector: (one) => JSON.stringify(one) }),
})
const bindings = fc.array(binding, { maxLength: 8 }).map((all) =>
  all.map(
    ({ namespace, role, subjects }, index): Raw => ({
      apiVersion: `${group}/v1`,
      kind: namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding',
      metadata: { name: `b${index}`, uid: `b${index}`, ...(namespace === undefined ? {} : { namespace }) },
      roleRef: { apiGroup: group, kind: 'ClusterRole', name: role },
      subjects,
    }),
  ),
)

/** As the API server binds its controllers; `ttl-controller` does not run here. */
const bootstrap = ['job-controller', 'ttl-controller'].map(
  (name): Raw => ({
    kind: 'ClusterRoleBinding',
    metadata: { name: `system:controller:${name}`, uid: name },
    roleRef: { apiGroup: group, kind: 'ClusterRole', name: 'harmless' },
    subjects: [account(name, 'kube-system')],
  }),
)
const empty = scene({
  objects: ['job-controller', 'x'].map((name) => ({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name, namespace: 'kube-system' },
  })),
})
const snapshotOf = (own: Raw[]): Snapshot => snapshotOfAll([...own, ...bootstrap])
const snapshotOfAll = (raws: Raw[]): Snapshot => ({
  ...empty.rbac,
  clusterRoles: roles.map((raw) => decodeRole(raw, 'ClusterRole')),
  roleBindings: raws.filter(({ kind }) => kind === 'RoleBinding').map((raw) => decodeBinding(raw, 'RoleBinding')),
  clusterRoleBindings: raws
    .filter(({ kind }) => kind !== 'RoleBinding')
    .map((raw) => decodeBinding(raw, 'ClusterRoleBinding')),
})
const responder = { name: 'me', groups: ['responders', 'system:authenticated'] }
/** The control plane's own, of those above. */
const real = ['system:kube-scheduler', 'system:node:n1', 'job-controller']
const planOf = (raws: Raw[], level: Level = 'quarantine') =>
  planRights({ ...empty, rbac: snapshotOf(raws), bindings: raws }, optionsOf({ level }), {
    responder,
    createdAt: '2026-01-02T03:04:05Z',
  })

test('a quarantine leaves powers to nobody but those who are said to keep them, and takes nothing else', () => {
  fc.assert(
    fc.property(bindings, (raws) => {
      const plan = planOf(raws)
      const after = applyChanges(raws, plan.changes)
      const left = holdersOf(snapshotOf(after), 'shop')
      const keyOf = ({ subject: one, scope }: (typeof left)[number]) => `${subjectKey(one)} ${scope}`
      // Who holds something afterwards is who was said to keep it, and why.
      expect(left.map(keyOf)).toEqual(plan.holders.filter((one) => one.left !== undefined).map(keyOf))
      const own = new Set(['responders', 'system:authenticated'])
      const keeps = new Set(['me', 'system:masters', 'system:nodes', ...real])
      for (const { subject: one, scope } of left)
        expect(scope === '*' || keeps.has(one.name) || own.has(one.name)).toBe(true)
      // Whoever else still holds something is said once, and the verdict says so.
      const others = new Set(left.flatMap(({ subject: one }) => (keeps.has(one.name) ? [] : [formatSubject(one)])))
      const said =
        stillHeld(plan)
          .join()
          .match(/(?:user|group|sa):[^ ]+(?= \()/g) ?? []
      expect([...others]).toEqual(expect.arrayContaining(said))
      expect([new Set(said).size, said.length]).toEqual([said.length, Math.min(others.size, 5)])
      const isAccount = (one: Raw) => JSON.stringify(one).includes('shop')
      for (const [index, raw] of raws.entries()) {
        const [before, now] = [raw['subjects'] as Raw[], after[index]?.['subjects'] as Raw[]]
        // Nobody is added, those of the namespace go everywhere, and of elsewhere none but they.
        expect(before).toEqual(expect.arrayContaining(now))
        expect(now.some(isAccount)).toBe(false)
        if ((raw['metadata'] as { namespace?: string }).namespace === 'shop') continue
        expect(now).toEqual(before.filter((one) => !isAccount(one)))
      }
      const lost = plan.breaks.map(({ of }) => JSON.stringify([of.kind, of.namespace, of.name]))
      expect(new Set(lost).size).toBe(lost.length)
      expect(lost.length > 0).toBe(plan.changes.length > 0)
    }),
    { numRuns: 300 },
  )
})

test('below quarantine it is told and nothing else, with the way by which they have it', () => {
  const raws: Raw[] = [
    {
      apiVersion: `${group}/v1`,
      kind: 'RoleBinding',
      metadata: { name: 'b', namespace: 'shop', uid: 'b' },
      roleRef: { apiGroup: group, kind: 'ClusterRole', name: 'shell' },
      subjects: [named('User', 'ann')],
    },
  ]
  for (const level of ['baseline', 'restricted'] as const) {
    expect(planOf(raws, level)).toMatchObject({
      changes: [],
      breaks: [],
      holders: [
        {
          subject: { kind: 'User', name: 'ann' },
          scope: 'shop',
          powers: ['exec'],
          chain: [
            {
              binding: { kind: 'RoleBinding', name: 'b' },
              roleRef: { name: 'shell' },
              rule: { index: 0 },
              powers: ['exec'],
            },
          ],
        },
      ],
    })
  }
})

test('each power is seen, what is harmless is none, and bindings that were not read are a gap', () => {
  const raws = ['edit', 'shell', 'reader', 'owner', 'actor', 'harmless'].map(
    (name): Raw => ({
      kind: 'RoleBinding',
      metadata: { name, namespace: 'shop', uid: name },
      roleRef: { kind: 'ClusterRole', name },
      subjects: [named('User', name)],
    }),
  )
  expect(planOf(raws).holders.map(({ subject: one, powers }) => [one.name, powers])).toEqual([
    ['actor', ['impersonate']],
    ['edit', ['write', 'exec', 'secrets', 'policies', 'impersonate']],
    ['owner', ['policies']],
    ['reader', ['secrets']],
    ['shell', ['exec']],
  ])
  const unread = { ...empty, rbac: snapshotOf(raws) }
  const plan = planRights(unread, optionsOf({ level: 'quarantine' }), { responder, createdAt: '' })
  expect(plan).toMatchObject({ changes: [], gaps: [{ hides: expect.stringContaining('takes no rights') as string }] })
})

test('what the verdict says of a quarantine: who still holds rights, once, by which bindings', () => {
  const wide = (name: string, subjects: Raw[]): Raw => ({
    kind: 'ClusterRoleBinding',
    metadata: { name, uid: name },
    roleRef: { kind: 'ClusterRole', name: 'edit' },
    subjects,
  })
  const mine = [named('User', 'me'), named('Group', 'system:masters'), named('User', 'system:kube-scheduler')]
  expect(stillHeld(planOf([wide('own', mine)]))).toEqual([])
  expect(stillHeld(planOf([wide('team', [named('Group', 'responders')])])).join()).toContain('group:responders (')
  const carol = named('User', 'carol')
  const plan = planOf([wide('ops', [carol, named('User', 'system:kube-evil')]), wide('more', [carol])])
  expect(plan.holders.map(({ left }) => left?.by)).toEqual(
    [['ClusterRoleBinding more', 'ClusterRoleBinding ops'], ['ClusterRoleBinding ops']].map(
      (one) => expect.arrayContaining(one) as unknown,
    ),
  )
  expect(stillHeld(plan)).toEqual([
    'rights stay with user:carol (write, exec, secrets, policies, impersonate; ClusterRoleBinding ops, ClusterRoleBinding more), user:system:kube-evil (write, exec, secrets, policies, impersonate; ClusterRoleBinding ops): take whoever should not have them out of these bindings',
  ])
  for (const level of ['baseline', 'restricted'] as const)
    expect(stillHeld(planOf([wide('ops', [carol])], level))).toEqual([])
  // A controller's name with a grant that is not its own is nobody's.
  const its = wide('system:controller:ttl-controller', [account('ttl-controller', 'kube-system')])
  expect(stillHeld(planOf([its]))).toEqual([])
  const fake = planOf([its, wide('sneaky', [account('ttl-controller', 'kube-system')])])
  expect(stillHeld(fake).join()).toContain('sa:kube-system/ttl-controller')
})
