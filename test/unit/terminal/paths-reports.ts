import fc from 'fast-check'
import type { AttackPath, Holding, Hop, PathsReport } from '../../../src/attack/report.ts'
import { apiVersion } from '../../../src/snapshot/snapshot.ts'
import type { Grant } from '../../../src/rbac/report.ts'

export function grantOf(name: string, more: Partial<Grant> = {}): Grant {
  return {
    binding: { kind: 'RoleBinding', namespace: 'shop', name },
    roleRef: { kind: 'ClusterRole', name: `role-of-${name}` },
    rule: { index: 2, verbs: ['create'], apiGroups: [''], resources: ['pods'], resourceNames: [], nonResourceURLs: [] },
    subjectMatch: { kind: 'User', name: 'alice' },
    ...more,
  }
}

export function hopOf(from: Holding, to: Holding, more: Partial<Hop> = {}): Hop {
  return { rule: 'pod-create', title: 'Creates a pod', from, to, needs: [], grants: [], state: [], ...more }
}

export const holding = (text: string, kind: Holding['kind'] = 'subject'): Holding => ({ kind, text })

export function pathsReport(paths: AttackPath[], more: Partial<PathsReport> = {}): PathsReport {
  return {
    apiVersion,
    kind: 'PathsReport',
    query: { from: [], to: [{ kind: 'admin' }] },
    complete: true,
    gaps: [],
    notes: [],
    paths,
    ...more,
  }
}

/** Alice by two ways that share their end, bob who waits, and what nobody is sure of; and what to take away. */
export function incident(): PathsReport {
  const [alice, bob, web, worker, admin] = [
    holding('user:alice'),
    holding('user:bob'),
    holding('sa:shop/web'),
    holding('node:worker', 'node'),
    holding('admin', 'admin'),
  ]
  const toAdmin = hopOf(worker, admin, {
    rule: 'node-control-plane',
    title: 'Reads the keys of the control plane',
    needs: [1],
    state: [{ kind: 'Node', name: 'worker', field: 'metadata.labels', says: 'has the control plane' }],
  })
  const escape = hopOf(web, worker, {
    rule: 'pod-escape',
    title: 'Leaves its pod for the node',
    needs: [0],
    state: [{ kind: 'Pod', namespace: 'shop', name: 'web-0', field: 'spec.hostPID', says: 'is true' }],
  })
  const create = hopOf(alice, web, { grants: [grantOf('dev')], groups: ['developers'] })
  const token = hopOf(bob, web, {
    rule: 'sa-token',
    title: 'Requests a token',
    grants: [grantOf('tokens', { subjectMatch: { kind: 'User', name: 'bob' }, assumed: true })],
    waits: 'until somebody creates a pod',
    unsure: 'the labels could not be read',
  })
  const direct = hopOf(alice, admin, { rule: 'bind', title: 'Binds a role', grants: [grantOf('binder')] })
  const to = { kind: 'admin' } as const
  return pathsReport(
    [
      { from: alice, to, hops: [direct] },
      { from: alice, to, hops: [create, escape, toAdmin] },
      { from: bob, to, hops: [token, escape, toAdmin] },
    ],
    {
      cuts: [
        {
          to,
          remove: [
            {
              grant: grantOf('dev'),
              subject: { kind: 'User', name: 'alice' },
              command: 'kubectl delete rolebinding.rbac.authorization.k8s.io -n shop -- dev',
              breaks: 1,
            },
          ],
          smallest: true,
          uncuttable: [{ from: bob, to, hops: [token, escape, toAdmin] }],
        },
      ],
    },
  )
}

/** As many starts as a large cluster has, of which many do the same. */
export function manyPaths(count: number): PathsReport {
  const [node, admin] = [holding('any-node', 'any-node'), holding('admin', 'admin')]
  const to = { kind: 'admin' } as const
  return pathsReport(
    Array.from({ length: count }, (_, at) => {
      const from = holding(`sa:team-${at}/app`)
      const grants = [grantOf(`binding-${at}`)]
      const first = hopOf(from, node, { rule: at % 3 === 0 ? 'exec' : 'pod-create', grants })
      if (at % 10 === 0) {
        const own = holding(`secret:team-${at}/key`, 'secret')
        return {
          from,
          to,
          hops: [hopOf(from, own, { rule: 'secret-read', grants }), hopOf(own, admin, { needs: [0] })],
        }
      }
      return { from, to, hops: [first, hopOf(node, admin, { rule: 'node-control-plane', needs: [0] })] }
    }),
  )
}

const rules = ['exec', 'bind', 'sa-token', 'pod-create'] as const
const drawnPath = fc.record({
  names: fc.uniqueArray(fc.nat({ max: 7 }), { minLength: 2, maxLength: 5 }),
  rules: fc.array(fc.constantFrom(...rules), { minLength: 4, maxLength: 4 }),
  also: fc.array(fc.option(fc.nat({ max: 3 })), { minLength: 4, maxLength: 4 }),
  skips: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
  waits: fc.boolean(),
})

/** Paths among a few things, which lead back to one another, join, and start from one of what was given as a whole. */
export const drawnReports: fc.Arbitrary<PathsReport> = fc
  .array(drawnPath, { minLength: 1, maxLength: 12 })
  .map((drawn) =>
    pathsReport(
      drawn.map(({ names, rules, also, skips, waits }): AttackPath => {
        const all = names.map((name) => holding(`user:${name}`))
        const hops = all.slice(1).map((to, at): Hop => {
          const other = also[at]
          const needs = [...new Set([...(at > 0 ? [at - 1] : []), ...(other != null && other < at ? [other] : [])])]
          const from = skips[at] && at > 0 ? holding(`sa:shop/one-of-${names[at]}`) : (all[at] ?? to)
          const rule = rules[at] ?? 'exec'
          return hopOf(from, to, {
            rule,
            needs: needs.sort((a, b) => a - b),
            ...(waits ? { waits: 'until then' } : {}),
          })
        })
        return { from: all[0] ?? holding('user:x'), to: { kind: 'admin' }, hops }
      }),
    ),
  )
