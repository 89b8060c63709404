import { expect, test } from 'vitest'
import { computeAggregation } from '../../../src/rbac/aggregation.ts'
import { indexRbac } from '../../../src/rbac/rbac-index.ts'
import { matchRule } from '../../../src/rbac/rule-match.ts'
import { whoCan } from '../../../src/rbac/who-can.ts'
import type { PolicyRule, Role } from '../../../src/snapshot/objects.ts'
import { emptySnapshot } from '../../../src/snapshot/snapshot.ts'

// What somebody hostile may write into a cluster must not keep an answer from coming: each of these once took for ever.
const rule = (more: Partial<PolicyRule>): PolicyRule => ({
  verbs: [],
  apiGroups: [],
  resources: [],
  resourceNames: [],
  nonResourceURLs: [],
  ...more,
})
const query = { verb: 'get', group: '', resource: 'pods', subresource: '', namespaced: true, scope: '*' }

test('a URL pattern of a million stars is a pattern like any other', () => {
  const stars = `/${'*'.repeat(1_000_000)}`
  const matched = (url: string, path: string) =>
    matchRule(rule({ verbs: ['get'], nonResourceURLs: [url] }), { verb: 'get', path })
  expect(matched(`${stars}x*`, '/x')).toBeUndefined()
  expect(matched(stars, '/x')).toEqual({ verb: 'get', url: stars })
})

test('a role of many rules bound to many users keeps a few grants of each, and all names', () => {
  const snapshot = emptySnapshot({ kind: 'files', paths: [] })
  const rules = Array.from({ length: 20_000 }, (_, index) =>
    rule({ verbs: ['get'], apiGroups: [''], resources: ['pods'], resourceNames: [`pod-${index}`] }),
  )
  const subjects = Array.from({ length: 8_000 }, (_, index) => ({ kind: 'User' as const, name: `user-${index}` }))
  snapshot.clusterRoles = [{ kind: 'ClusterRole', name: 'many', labels: {}, rules }]
  snapshot.clusterRoleBindings = [
    { kind: 'ClusterRoleBinding', name: 'many', roleRef: { kind: 'ClusterRole', name: 'many' }, subjects },
  ]
  const report = whoCan(snapshot, indexRbac(snapshot), query, [])
  expect(report.subjects).toHaveLength(8_000)
  expect(report.subjects[0]?.grants.length).toBeLessThan(50)
  expect(report.subjects[0]?.resourceNames).toHaveLength(20_000)
})

test('a chain of a thousand aggregated roles hands its rule up to the top', () => {
  const chain = Array.from(
    { length: 1_000 },
    (_, index): Role => ({
      kind: 'ClusterRole',
      name: `role-${index}`,
      labels: { step: `${index}` },
      rules: index === 0 ? [rule({ verbs: ['get'] })] : [],
      ...(index === 0 ? {} : { aggregation: [{ matchLabels: { step: `${index - 1}` }, matchExpressions: [] }] }),
    }),
  )
  const { clusterRoles } = computeAggregation(chain.reverse())
  expect(clusterRoles.find(({ name }) => name === 'role-999')?.rules).toEqual([rule({ verbs: ['get'] })])
})
