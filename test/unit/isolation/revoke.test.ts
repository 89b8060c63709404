import { expect, test } from 'vitest'
import type { Raw } from '../../../src/isolation/raw.ts'
import { isolate, pod } from './scenes.ts'

const account = { kind: 'ServiceAccount', namespace: 'shop', name: 'robot' }
const binding = (name: string, subjects: object[], more: { namespace?: string; labels?: object } = {}): Raw => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: more.namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding',
  metadata: { name, uid: `uid of ${name}`, ...more },
  roleRef: { kind: 'ClusterRole', name: 'edit' },
  subjects,
})
const secret = (name: string, of: string, labels: object = {}): Raw => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace: 'shop', uid: name, labels, annotations: { 'kubernetes.io/service-account.name': of } },
})
const robot = pod('shop/web', {}, { spec: { serviceAccountName: 'robot' } })
const bindings = [
  binding('mine', [account, { ...account, name: 'other' }]),
  binding('by-user', [{ kind: 'User', name: 'system:serviceaccount:shop:robot' }], { namespace: 'far' }),
  binding('others', [
    { ...account, namespace: 'far' },
    { kind: 'User', name: 'robot' },
  ]),
  binding('group', [{ kind: 'Group', name: 'system:serviceaccounts:shop' }]),
  binding('group-elsewhere', [{ kind: 'Group', name: 'system:serviceaccounts:far' }]),
  binding('default', [{ kind: 'Group', name: 'system:authenticated' }], {
    labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' },
  }),
]
const tokenSecrets = [
  secret('token', 'robot'),
  secret('dead', 'robot', { 'kubernetes.io/legacy-token-invalid-since': '2025-01-01' }),
  secret('foreign', 'other'),
]

test('the account is taken out of the bindings that name it, and nobody else is', () => {
  const { plan } = isolate([robot], ['shop/web'], { bindings, tokenSecrets }, { revoke: true })
  const revoked = plan.changes.filter(({ id }) => id.startsWith('revoke'))
  expect(revoked.map(({ ref }) => `${ref.resource} ${ref.namespace ?? ''}/${ref.name}`)).toEqual([
    'clusterrolebindings /mine',
    'rolebindings far/by-user',
    'secrets shop/token',
  ])
  expect(revoked[0]).toMatchObject({ edits: [{ path: ['subjects'], item: account, how: 'remove', restore: 'always' }] })
  expect(revoked[2]).toMatchObject({
    edits: [{ path: ['metadata', 'labels', 'kubernetes.io/legacy-token-invalid-since'], after: '2026-01-02' }],
  })
})

test('what it keeps through groups is said, but for what everybody has', () => {
  const { warnings } = isolate([robot], ['shop/web'], { bindings, tokenSecrets }, { revoke: true }).plan
  const texts = warnings.filter(({ kind }) => kind === 'identity').map(({ text }) => text)
  expect(texts.filter((text) => text.includes('through the group'))).toEqual([
    expect.stringContaining('ClusterRoleBinding group)'),
  ])
  expect(texts).toContainEqual(expect.stringContaining('until that pod object is gone'))
})

test('a service account without pods is revoked all the same', () => {
  const target = [{ kind: 'ServiceAccount' as const, namespace: 'shop', name: 'robot', uid: 'u' }]
  const { plan } = isolate([robot], [], { bindings, tokenSecrets, target }, { revoke: true })
  expect(plan.changes.map(({ id }) => id)).toEqual(['revoke-binding-1', 'revoke-binding-2', 'revoke-token-1'])
})

test('without --revoke nothing of it is touched', () => {
  const { plan } = isolate([robot], ['shop/web'], { bindings, tokenSecrets })
  expect(plan.changes.map(({ id }) => id)).toEqual(['deny-1', 'label-1'])
})
