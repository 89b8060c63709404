import { join } from 'node:path'
import { expect, test } from 'vitest'
import { quarantineLabel } from '../../src/change/plan.ts'
import { folder, secure } from './run.ts'

const id = 'bbbb-cccc-dddd'
const world = `
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, uid: u-web, labels: {app: web}}
spec: {containers: [{name: c}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, uid: u-db, labels: {app: db}}
spec: {containers: [{name: c}]}
`
const plan = {
  apiVersion: 'kubectl-secure.github.io/v1',
  kind: 'Plan',
  id,
  command: ['isolate', 'pod/web'],
  createdAt: '2026-11-21T00:00:00.000Z',
  cluster: { id: 'c', server: 'https://a.example' },
  user: { name: 'ann', groups: [] },
  changes: [
    {
      id: 'deny-1',
      do: 'create',
      why: 'cuts off',
      ref: {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'NetworkPolicy',
        resource: 'networkpolicies',
        namespace: 'shop',
        name: `kubectl-secure-${id}`,
      },
      body: {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'NetworkPolicy',
        metadata: { name: `kubectl-secure-${id}`, namespace: 'shop' },
        spec: { podSelector: { matchLabels: { [quarantineLabel(id)]: 'true' } }, policyTypes: ['Ingress', 'Egress'] },
      },
    },
    {
      id: 'label-1',
      do: 'patch',
      why: 'marks it',
      ref: { apiVersion: 'v1', kind: 'Pod', resource: 'pods', namespace: 'shop', name: 'web', uid: 'u-web' },
      edits: [{ path: ['metadata', 'labels', quarantineLabel(id)], after: 'true', restore: 'always' }],
    },
  ],
  notes: [],
}

const diff = async (text: string, ...words: string[]) => {
  const place = folder({ 'world.yaml': world, 'plan.json': text })
  return await secure(['reach', '--diff', join(place, 'plan.json'), '--snapshot', join(place, 'world.yaml'), ...words])
}

test('says what a plan would cut, by which policy, and nothing else', async () => {
  const { code, stdout } = await diff(JSON.stringify(plan))
  expect(code).toBe(1)
  expect(stdout).toMatch(/^cut +pod shop\/web +pod shop\/db /m)
  expect(stdout).toMatch(/^cut +pod shop\/db +pod shop\/web /m)
  expect(stdout).toContain(`NetworkPolicy/shop/kubectl-secure-${id}`)
  expect(stdout).not.toContain('opened')
})

test('has the same in JSON, and as a page', async () => {
  const { stdout } = await diff(JSON.stringify(plan), '-o', 'json')
  const report = JSON.parse(stdout) as { kind: string; rows: { changes: { change: string }[] }[] }
  expect(report.kind).toBe('ReachDiffReport')
  expect(new Set(report.rows.flatMap(({ changes }) => changes.map(({ change }) => change)))).toEqual(new Set(['cut']))
  expect((await diff(JSON.stringify(plan), '-o', 'html')).stdout).toMatch(/^<!doctype html>/i)
})

test('a plan that changes nothing here is exit code 0, and says that it is about something else', async () => {
  const other = {
    ...plan,
    changes: [{ ...plan.changes[1], ref: { ...plan.changes[1]?.ref, name: 'gone', uid: 'u-gone' } }],
  }
  const { code, stderr } = await diff(JSON.stringify(other))
  expect(code).toBe(0)
  expect(stderr).toContain('pods gone in namespace shop, which is not there')
})

test.each([
  ['no JSON', '{', /plan\.json/],
  ['another kind', JSON.stringify({ ...plan, kind: 'Secret' }), /plan\.json/],
])('refuses a file that is %s, by its name', async (_, text, says) => {
  const { code, stdout, stderr } = await diff(text)
  expect([code, stdout]).toEqual([2, ''])
  expect(stderr).toMatch(says)
})
