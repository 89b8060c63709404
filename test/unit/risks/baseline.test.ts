import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareWith } from '../../../src/risks/baseline.ts'
import type { Finding } from '../../../src/risks/finding.ts'
import { readBaseline } from '../../../src/risks/read-baseline.ts'
import { toJson } from '../../../src/terminal/serialize.ts'
import { clusterBinding, clusterRole, hostileNames, roleBinding, rule, user } from '../rbac/worlds.ts'
import { risksIn, world } from './worlds.ts'

const write = (findings: Finding[]) => {
  const head = {
    apiVersion: 'kubectl-secure.github.io/v1',
    kind: 'RisksReport',
    query: {},
    complete: true,
    gaps: [],
    notes: [],
  }
  return [...toJson({ ...head, findings })].join('')
}

const get = rule({ resources: ['secrets'] })
const state = (roleRules: ReturnType<typeof rule>[], ...names: string[]) =>
  world({
    clusterRoles: [clusterRole('r', ...roleRules)],
    roleBindings: names.map((name) => roleBinding('shop', name, 'r', user('ann'))),
  })

async function since(before: ReturnType<typeof world>, after: ReturnType<typeof world>) {
  const baseline = readBaseline(write(await risksIn(before)), 'old.json')
  const now = await risksIn(after)
  const compared = compareWith(baseline, new Set(now.map(({ id }) => id)))
  const judged = now.map(compared.judge)
  return { judged, gone: compared.gone() }
}

test('the same is the same, whatever was hostile in it', async () => {
  for (const name of hostileNames) {
    const same = world({
      clusterRoles: [clusterRole(name, get)],
      roleBindings: [roleBinding('shop', name, name, user(name))],
    })
    const { judged, gone } = await since(same, same)
    expect(judged.length).toBeGreaterThan(0)
    expect(judged.map(({ change }) => change)).toEqual(judged.map(() => 'same'))
    expect(gone).toEqual([])
  }
})

test('a binding more is a change of the same risk; another rule in the role as well; another subject is new', async () => {
  const more = await since(state([get], 'a'), state([get], 'a', 'b'))
  expect(more.judged.map(({ rule, change }) => [rule, change])).toContainEqual(['secret-read', 'changed'])
  const changed = more.judged.find(({ rule }) => rule === 'secret-read')
  expect(changed?.before?.evidence).toEqual({ added: ['RoleBinding/shop/b → ClusterRole/r: get secrets'], removed: [] })
  expect(more.gone).toEqual([])
  const wider = await since(state([get], 'a'), state([rule({ verbs: ['list'], resources: ['secrets'] })], 'a'))
  expect(wider.judged.find(({ rule }) => rule === 'secret-read')).toMatchObject({ change: 'changed' })
  const none = await since(state([get], 'a'), world({}))
  expect(none.gone.map(({ rule }) => rule)).toContain('secret-read')
  const fresh = await since(world({}), state([get], 'a'))
  expect(fresh.judged.map(({ change }) => change)).toEqual(fresh.judged.map(() => 'new'))
})

test('what it leads to may have become worse', async () => {
  const before = state([rule({ verbs: ['create'] })], 'a')
  const boss = clusterRole('boss', rule({ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }))
  const after = world(
    {
      ...before.snapshot,
      clusterRoles: [...before.snapshot.clusterRoles, boss],
      clusterRoleBindings: [clusterBinding('boss', 'boss', { kind: 'ServiceAccount', namespace: 'shop', name: 'web' })],
    },
    { accounts: [{ namespace: 'shop', name: 'web', annotations: {} }] },
  )
  const { judged } = await since(before, after)
  const found = judged.find(({ rule }) => rule === 'pod-create')
  expect(found).toMatchObject({ severity: 'critical', change: 'changed', before: { severity: 'high' } })
})

const report = {
  apiVersion: 'kubectl-secure.github.io/v1',
  kind: 'RisksReport',
  query: {},
  complete: true,
  findings: [],
}

test.each<[string, unknown]>([
  ['it is a WhoCanReport, not a RisksReport', { ...report, kind: 'WhoCanReport' }],
  ['it is of apiVersion kubectl-secure.github.io/v2', { ...report, apiVersion: 'kubectl-secure.github.io/v2' }],
  ['it was itself compared with a baseline', { ...report, gone: [] }],
  ['findings is no list', { ...report, findings: {} }],
  ['findings[0].severity is none of', { ...report, findings: [{ severity: 'huge' }] }],
  ['the file is no object', []],
])('refuses: %s', (says, value) => {
  expect(() => readBaseline(JSON.stringify(value), 'old.json')).toThrow(`baseline old.json: ${says}`)
})

test('no text at all breaks the reader otherwise than by saying so', () => {
  const hostile = fc.oneof(
    fc.string(),
    fc.json(),
    fc.json().map((json) => JSON.stringify({ ...report, findings: [JSON.parse(json) as unknown] })),
    fc
      .record({ id: fc.anything(), severity: fc.constant('low'), grants: fc.anything(), state: fc.anything() })
      .map((each) => {
        return JSON.stringify({ ...report, findings: [each] }, (_, value: unknown) =>
          typeof value === 'bigint' ? 1 : value,
        )
      }),
  )
  fc.assert(
    fc.property(hostile, (text) => {
      try {
        readBaseline(text, 'f')
      } catch (error) {
        expect((error as { code?: string }).code).toBe('usage')
      }
    }),
  )
})
