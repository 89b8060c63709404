import { describe, expect, test } from 'vitest'
import type { ClusterState } from '../../../src/snapshot/cluster-state.ts'
import { oracleOf } from './oracle.ts'
import { admin, anyNode, as, podIn, type Right, sa, space, worldWith } from './rules-world.ts'

describe('aws-auth', () => {
  const onAws = { nodes: [{ name: 'n', labels: {}, controlPlane: false, providerId: 'aws:///eu-west-1a/i-0' }] }
  const writes = (where: string | undefined, verbs: string[], ...resourceNames: string[]): Right => {
    return ['eve', where, { verbs, resources: ['configmaps'], resourceNames }]
  }
  const word = (right: Right, state: Partial<ClusterState> = onAws) =>
    oracleOf(worldWith([right], state))([as('eve')], admin)
  test('is written in kube-system, on AWS', () => {
    expect(word(writes('kube-system', ['patch'], 'aws-auth'))).toBe('perhaps')
    expect(word(writes(undefined, ['create']))).toBe('perhaps')
    expect(word(writes('kube-system', ['update'], 'coredns'))).toBe('no')
    expect(word(writes('shop', ['update']))).toBe('no')
    // A POST has no name, and an apply is a patch as well.
    expect(word(writes('kube-system', ['create'], 'aws-auth'))).toBe('no')
    expect(word(writes('kube-system', ['update']), {})).toBe('no')
  })
})

describe('controllers that act for others', () => {
  const argo = podIn('argocd', 'controller-0', {
    serviceAccount: 'argo',
    labels: { 'app.kubernetes.io/name': 'argocd-application-controller' },
  })
  const accounts = [
    { namespace: 'argocd', name: 'argo', annotations: {} },
    { namespace: 'shop', name: 'boss', annotations: {} },
  ]
  const namespaces = [space('argocd'), space('shop')]
  const writes = (where: string | undefined, resource: string): Right => {
    return ['eve', where, { verbs: ['patch'], apiGroups: ['argoproj.io'], resources: [resource] }]
  }
  const groups = new Set(['argoproj.io'])
  const says = (right: Right, state: Partial<ClusterState> = { pods: [argo], groups }) =>
    oracleOf(worldWith([right], { accounts, namespaces, ...state }))
  test('have their account, where one runs', () => {
    const word = (...given: Parameters<typeof says>) => says(...given)([as('eve')], sa('argocd', 'argo'))
    expect(word(writes('argocd', 'applications'))).toBe('perhaps')
    expect(word(writes(undefined, 'applications'))).toBe('perhaps')
    expect(word(writes('shop', 'applications'))).toBe('no')
    expect(word(writes('argocd', 'applicationsets/status'))).toBe('no')
    expect(word(writes('argocd', 'applications'), { pods: [], groups })).toBe('no')
    expect(word(writes('argocd', 'applications'), { pods: [argo] })).toBe('no')
  })
  test('or make pods', () => {
    const pods = [podIn('argo', 'controller', { labels: { app: 'workflow-controller' } })]
    const word = (...given: Parameters<typeof says>) => says(...given)([as('eve')], sa('shop', 'boss'))
    expect(word(writes('shop', 'workflows'), { pods, groups })).toBe('perhaps')
    expect(
      word(writes('argocd', 'workflows'), { pods, groups, namespaces: [space('shop'), space('argocd', 'baseline')] }),
    ).toBe('no')
  })
})

describe('webhooks', () => {
  const updates = (kind: string): Right => {
    return [
      'eve',
      undefined,
      { verbs: ['update'], apiGroups: ['admissionregistration.k8s.io'], resources: [`${kind}webhookconfigurations`] },
    ]
  }
  const word = (kind: 'mutating' | 'validating', state: Partial<ClusterState>) =>
    oracleOf(worldWith([updates(kind)], state))([as('eve')], admin)
  const hook = (kind: 'mutating' | 'validating') => {
    return { kind, configuration: 'c', name: 'w', failurePolicy: 'Fail' as const, rules: [] }
  }
  test('are changed where there are some', () => {
    expect(word('mutating', { webhooks: [hook('mutating')] })).toBe('perhaps')
    expect(word('mutating', {})).toBe('no')
    expect(word('validating', { webhooks: [hook('validating')] })).toBe('no')
    const gap = { what: 'x', resource: 'mutatingwebhookconfigurations', why: 'forbidden', hides: 'ways' }
    expect(word('mutating', { gaps: [gap] })).toBe('perhaps')
  })
})

test('a RoleBinding labels its own namespace, and a name is that one alone', () => {
  const labels = (where: string | undefined, ...resourceNames: string[]): Right => {
    return ['eve', where, { verbs: ['patch'], resources: ['namespaces'], resourceNames }]
  }
  const creates: Right = ['eve', 'shop', { verbs: ['create'] }]
  const word = (right: Right) =>
    oracleOf(worldWith([creates, right], { namespaces: [space('shop', 'baseline'), space('bank', 'baseline')] }))(
      [as('eve')],
      anyNode,
    )
  expect([labels('shop'), labels(undefined), labels(undefined, 'shop'), labels('shop', 'shop')].map(word)).toEqual([
    'surely',
    'surely',
    'surely',
    'surely',
  ])
  expect([labels('bank'), labels(undefined, 'bank'), labels('shop', 'bank'), labels('shop', '')].map(word)).toEqual([
    'no',
    'no',
    'no',
    'no',
  ])
})
