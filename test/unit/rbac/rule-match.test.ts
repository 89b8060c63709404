import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { matchIgnoringNames, matchRule } from '../../../src/rbac/rule-match.ts'
import { hostileNames, rule } from './worlds.ts'

const word = fc.constantFrom('get', 'pods', 'pods/log', '*', '*/log', '*/*', 'pods/*', '', 'a', ...hostileNames)
const words = fc.array(word, { maxLength: 3 })
const anyRule = fc.record({
  verbs: words,
  apiGroups: words,
  resources: words,
  resourceNames: words,
  nonResourceURLs: words,
})
const anyRequest = fc.record({
  verb: word,
  group: word,
  resource: word,
  subresource: word,
  namespace: word,
  name: word,
})

test('names only narrow: a rule without them covers all that it covers with them', () => {
  fc.assert(
    fc.property(anyRule, anyRequest, (given, request) => {
      const narrow = matchRule(given, request) !== undefined
      const wide = matchRule({ ...given, resourceNames: [] }, request) !== undefined
      expect(!narrow || wide).toBe(true)
      expect(matchIgnoringNames(given, request) !== undefined).toBe(wide)
    }),
  )
})

test('one more word in a rule takes nothing away', () => {
  fc.assert(
    fc.property(anyRule, anyRequest, word, (start, request, more) => {
      const given = { ...start, verbs: [...start.verbs, '*'], apiGroups: ['*'], resources: ['*'], resourceNames: [] }
      const lists = ['verbs', 'apiGroups', 'resources'] as const
      const grown = lists.map((list) => matchRule({ ...given, [list]: [...given[list], more] }, request))
      expect(grown).not.toContain(undefined)
    }),
  )
})

test('what matched is named: the token of each list that the request met', () => {
  const given = rule({ verbs: ['list', '*'], apiGroups: ['x', ''], resources: ['pods', '*/log'], resourceNames: ['a'] })
  const request = { verb: 'get', group: '', resource: 'pods', subresource: 'log', namespace: 'n', name: 'a' }
  expect(matchRule(given, request)).toEqual({ verb: '*', apiGroup: '', resource: '*/log', resourceName: 'a' })
})

test('words that are properties of every object are words like others', () => {
  for (const name of hostileNames.filter((entry) => entry !== '*')) {
    const request = { verb: 'get', group: '', resource: name, subresource: '', namespace: 'n', name }
    expect(matchRule(rule({ resources: ['pods'] }), request)).toBeUndefined()
    expect(matchRule(rule({ resources: [name], resourceNames: [name] }), request)).toMatchObject({ resource: name })
  }
})

test('a URL pattern of many stars takes no time to match', () => {
  const pattern = `/${'*'.repeat(50_000)}x`
  const given = rule({ nonResourceURLs: [pattern, `${pattern}${'*'.repeat(50_000)}`] })
  expect(matchRule(given, { verb: 'get', path: `${pattern}y` })).toMatchObject({ verb: 'get' })
  expect(matchRule(given, { verb: 'get', path: '/xy' })).toBeUndefined()
})
