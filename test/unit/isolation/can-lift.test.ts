import { expect, test } from 'vitest'
import { canLift } from '../../../src/isolation/can-lift.ts'
import { account, clusterBinding, clusterRole, group, roleBinding, rule, snapshotOf, user } from '../rbac/worlds.ts'
import { isolate, pod } from './scenes.ts'

const { plan } = isolate([pod('shop/web', {}, { spec: { serviceAccountName: 'robot' } })], ['shop/web'])
const policies = { apiGroups: ['networking.k8s.io'], resources: ['networkpolicies'] }
const policyName = plan.changes[0]?.ref.name ?? ''

const snapshot = snapshotOf({
  clusterRoles: [
    clusterRole('label', rule({ verbs: ['patch'] })),
    clusterRole('another-pod', rule({ verbs: ['patch'], resourceNames: ['api'] })),
    clusterRole('policies', rule({ ...policies, verbs: ['delete', 'create'] })),
    clusterRole('this-policy', rule({ ...policies, verbs: ['delete'], resourceNames: [policyName] })),
    clusterRole('exec', rule({ verbs: ['get'], resources: ['pods/exec'] })),
    clusterRole('all', rule({ verbs: ['*'], apiGroups: ['*'], resources: ['*'] })),
    clusterRole('look', rule({ verbs: ['get', 'list'] })),
  ],
  roleBindings: [
    roleBinding('shop', 'a', 'label', account('shop', 'robot'), user('anna')),
    roleBinding('shop', 'b', 'policies', user('anna')),
    roleBinding('shop', 'c', 'exec', group('system:authenticated')),
    roleBinding('shop', 'd', 'this-policy', user('dora')),
    roleBinding('shop', 'e', 'another-pod', user('emil')),
    roleBinding('shop', 'f', 'look', user('fritz')),
    roleBinding('far', 'g', 'all', user('gert')),
  ],
  clusterRoleBindings: [
    clusterBinding('h', 'all', account('kube-system', 'cleaner'), user('system:kube-controller-manager')),
  ],
})

test('who could lift the isolation, and how; its own account first, and what is Kubernetes’ own in one line', () => {
  expect(canLift(snapshot, plan, [{ namespace: 'shop', name: 'robot' }])).toEqual([
    { subject: 'sa:shop/robot (its own account)', how: ['patch pods: take the label off'] },
    {
      subject: 'user:anna',
      how: ['patch pods: take the label off', 'delete networkpolicies', 'create networkpolicies that allow'],
    },
    { subject: 'group:system:authenticated', how: ['exec'] },
    { subject: 'user:dora', how: ['delete networkpolicies'] },
    { subject: "group:system:masters, and 2 of Kubernetes' own", how: ['everything, or what a controller needs'] },
  ])
})
