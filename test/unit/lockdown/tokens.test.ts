import { expect, test } from 'vitest'
import type { Raw } from '../../../src/isolation/raw.ts'
import type { LockdownScene } from '../../../src/lockdown/model.ts'
import { planTokens } from '../../../src/lockdown/tokens.ts'
import type { Binding, Role, Subject } from '../../../src/snapshot/objects.ts'
import { planId, scene, workload } from './network/scenes.ts'
import { optionsOf } from './options.ts'

const field = 'automountServiceAccountToken'
const account = (name: string, more: object = {}): Raw => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { namespace: 'shop', name, uid: name },
  ...more,
})
const unset = { [field]: undefined }
const volume = (audience?: string) => ({
  volumes: [{ name: 'own', projected: { sources: [{ serviceAccountToken: { path: 'token', audience } }] } }],
})
const shop = (more: Partial<Parameters<typeof scene>[0]> = {}): LockdownScene =>
  scene({
    accounts: [account('default'), account('robot')],
    workloads: [
      workload('shop/quiet', { spec: unset }),
      workload('shop/caller', { spec: unset, args: ['--master=https://kubernetes.default.svc'] }),
      workload('shop/none', { args: ['https://kubernetes.default'] }),
      workload('shop/asks', { spec: { [field]: true } }),
      workload('shop/other', { spec: { ...unset, serviceAccountName: 'robot' } }),
      workload('shop/projected', { spec: { ...unset, ...volume() } }),
      workload('shop/vault', { spec: { ...unset, ...volume('vault') } }),
    ],
    ...more,
  })
const planned = (one: LockdownScene, level: 'baseline' | 'restricted' | 'quarantine' = 'restricted') =>
  planTokens(one, optionsOf({ level }), { planId, names: 'unguessable' })

const role: Role = {
  kind: 'ClusterRole',
  name: 'edit',
  labels: {},
  rules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], resourceNames: [], nonResourceURLs: [] }],
}
const granted = (one: LockdownScene, subject: Subject): LockdownScene => {
  const binding: Binding = {
    kind: 'RoleBinding',
    name: 'b',
    namespace: 'shop',
    roleRef: { kind: 'ClusterRole', name: 'edit' },
    subjects: [subject],
  }
  return { ...one, rbac: { ...one.rbac, clusterRoles: [role], roleBindings: [binding] } }
}

test('who loses a token is told from who never had one, asks for it, or has one of its own', () => {
  const { loses, breaks, changes } = planned(shop())
  const own = loses.map(({ of }) => of.name).filter((name) => !name.endsWith('-0'))
  expect(own).toEqual(['quiet', 'caller', 'vault'])
  expect(breaks.filter(({ of }) => of.kind === 'Deployment')).toMatchObject([
    { of: { name: 'caller' }, certainty: 'possible' },
  ])
  expect(changes).toMatchObject([
    { ref: { name: 'default' }, edits: [{ path: [field], after: false, restore: 'always' }] },
  ])
})

test('rights that somebody gave the account are a sign for all; both signs together are certain', () => {
  for (const subject of [
    { kind: 'ServiceAccount', name: 'default', namespace: 'shop' },
    { kind: 'ServiceAccount', name: 'default' },
    { kind: 'User', name: 'system:serviceaccount:shop:default' },
    { kind: 'Group', name: 'system:serviceaccounts:shop' },
  ] satisfies Subject[]) {
    const { breaks } = planned(granted(shop(), subject))
    const of = (name: string) => breaks.find((one) => one.of.name === name)?.certainty
    expect([of('caller'), of('quiet'), of('asks')], JSON.stringify(subject)).toEqual(['certain', 'possible', undefined])
  }
  const { breaks } = planned(granted(shop(), { kind: 'ServiceAccount', name: 'default', namespace: 'far' }))
  expect(breaks.some(({ of }) => of.name === 'quiet')).toBe(false)
})

test('nothing is changed where it is off already, at baseline, and where the account is not known', () => {
  const off = shop({ accounts: [account('default', { [field]: false })] })
  expect(planned(off)).toMatchObject({ changes: [], breaks: [], gaps: [] })
  expect(planned(shop(), 'baseline')).toMatchObject({ changes: [], breaks: [] })
  expect(planned(shop({ accounts: [] }))).toMatchObject({ changes: [], gaps: [{ name: 'default' }] })
  const readable = planTokens(shop({ accounts: [] }), optionsOf(), { planId, names: 'readable' })
  expect(readable.changes).toMatchObject([{ do: 'create', body: { kind: 'ServiceAccount', [field]: false } }])
})

test('what a pod was given by admission is not its own', () => {
  const injected = { ...volume(), volumes: volume().volumes.map((one) => ({ ...one, name: 'kube-api-access-x7k2p' })) }
  const one = scene({
    accounts: [account('default')],
    workloads: [workload('shop/web', { spec: { ...unset, ...injected } })],
  })
  expect(planned({ ...one, workloads: [] }).loses.map(({ of }) => of.name)).toEqual(['web-0'])
})
