import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { aggregatedFrom, computeAggregation } from '../../../src/rbac/aggregation.ts'
import type { LabelSelector, Role } from '../../../src/snapshot/objects.ts'
import { clusterRole, rule } from './worlds.ts'

const matching = (matchLabels: Record<string, string>): LabelSelector => ({ matchLabels, matchExpressions: [] })
const verb = (name: string) => rule({ verbs: [name] })

function aggregated(name: string, labels: Record<string, string>, ...selectors: LabelSelector[]): Role {
  return { ...clusterRole(name), labels, aggregation: selectors }
}

function rulesOf(roles: Role[], name: string): string[] {
  return rulesIn(computeAggregation(roles).clusterRoles, name)
}

test('rules come in the order of the selectors, then of the names, each once', () => {
  const roles = [
    aggregated('all', {}, matching({ to: 'late' }), matching({ to: 'early' })),
    { ...clusterRole('b', verb('3'), verb('1')), labels: { to: 'early' } },
    { ...clusterRole('a', verb('2')), labels: { to: 'early' } },
    { ...clusterRole('z', verb('1')), labels: { to: 'late' } },
  ]
  expect(rulesOf(roles, 'all')).toEqual(['1', '2', '3'])
})

test('what a role held is overwritten, save where there is nothing to put in its place', () => {
  const full = { ...aggregated('full', {}, matching({ to: 'x' })), rules: [verb('old')] }
  const empty = { ...aggregated('empty', { to: 'y' }, matching({ to: 'nobody' })), rules: [verb('kept')] }
  const outer = { ...aggregated('outer', {}, matching({ to: 'y' })), rules: [verb('older')] }
  const roles = [outer, empty, full, { ...clusterRole('part', verb('new')), labels: { to: 'x' } }]
  expect([rulesOf(roles, 'full'), rulesOf(roles, 'empty'), rulesOf(roles, 'outer')]).toEqual([
    ['new'],
    ['kept'],
    ['kept'],
  ])
})

test('a role that a server wrote keeps its rules', () => {
  const live = { ...aggregated('live', {}, matching({ to: 'x' })), uid: '1', rules: [verb('live')] }
  expect(rulesOf([live, { ...clusterRole('part', verb('new')), labels: { to: 'x' } }], 'live')).toEqual(['live'])
})

const letters = ['a', 'b', 'c', 'd', 'e']
const link = fc.record({ to: fc.constantFrom(...letters), from: fc.constantFrom(...letters), own: fc.boolean() })
const links = fc.array(link, { minLength: 1, maxLength: 7 })

function linked(given: { to: string; from: string; own: boolean }[]): Role[] {
  const roles = given.map(({ to, from, own }, index) => ({
    ...aggregated(`r${index}`, { [to]: 'x' }, matching({ [from]: 'x' })),
    rules: own ? [verb(`own-${index}`)] : [],
  }))
  return [...roles, { ...clusterRole('leaf', verb('leaf')), labels: { e: 'x' } }]
}

test('circles end too, and whoever takes in a role has its rules', () => {
  fc.assert(
    fc.property(links, (given) => {
      const { clusterRoles } = computeAggregation(linked(given))
      for (const { name, labels } of clusterRoles) {
        const sources = clusterRoles.filter(
          (role) => role.name !== name && given[Number(name.slice(1))]?.from === Object.keys(role.labels)[0],
        )
        const rules = rulesIn(clusterRoles, name)
        expect([name, labels, rules]).toEqual([
          name,
          labels,
          expect.arrayContaining(sources.flatMap((source) => rulesIn(clusterRoles, source.name))),
        ])
      }
    }),
  )
})

test('without circles, a second time changes nothing', () => {
  fc.assert(
    fc.property(links, (given) => {
      const once = computeAggregation(linked(given.filter(({ to, from }) => from > to))).clusterRoles
      expect(computeAggregation(once).clusterRoles).toEqual(once)
    }),
  )
})

function rulesIn(roles: Role[], name: string): string[] {
  return roles.find((role) => role.name === name)?.rules.flatMap(({ verbs }) => verbs) ?? []
}

test('the origin of a rule is found through roles that are aggregated themselves', () => {
  const { clusterRoles } = computeAggregation([
    aggregated('outer', {}, matching({ to: 'outer' })),
    aggregated('inner', { to: 'outer' }, matching({ to: 'inner' })),
    { ...clusterRole('leaf', verb('get')), labels: { to: 'inner' } },
  ])
  const [outer] = clusterRoles
  if (!outer) throw new Error('no role')
  expect(aggregatedFrom(outer, verb('get'), clusterRoles)).toEqual(['leaf'])
})

test('labels that are properties of every object select nothing by accident', () => {
  const roles = [aggregated('all', {}, matching({ constructor: 'x' })), clusterRole('other', verb('get'))]
  expect(rulesOf(roles, 'all')).toEqual([])
})

test('a thousand roles that aggregate nothing keep what they have', () => {
  const roles = Array.from({ length: 1000 }, (_, index) => ({
    ...aggregated(`r${index}`, {}, matching({ to: 'nobody' })),
    rules: [verb(`own-${index}`)],
  }))
  expect(computeAggregation(roles).clusterRoles).toEqual(roles)
})

test('the origin is found among roles that all take each other in', () => {
  const circle = Array.from({ length: 40 }, (_, index) => ({
    ...aggregated(`r${index}`, { to: 'x' }, matching({ to: 'x' })),
    rules: [verb('get')],
  }))
  const roles = [...circle, { ...clusterRole('leaf', verb('get')), labels: { to: 'x' } }]
  for (const role of circle) expect(aggregatedFrom(role, verb('get'), roles)).toEqual(['leaf'])
})
