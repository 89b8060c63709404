import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { SecureError } from '../../../src/errors.ts'
import { resolveQuery, type TypedQuery } from '../../../src/rbac/query.ts'
import { defaultResources } from '../../../src/snapshot/defaults/defaults.ts'
import { hostileNames } from './worlds.ts'

const known = await defaultResources()
const typed = (verb: string, target: string, more: Partial<TypedQuery> = {}): TypedQuery => ({
  verb,
  target,
  namespace: 'home',
  allNamespaces: false,
  ...more,
})

test.each([
  ['get', 'po', { group: '', resource: 'pods', scope: 'home' }],
  ['get', 'Deployment/web', { group: 'apps', resource: 'deployments', name: 'web' }],
  ['get', 'deployments.v1.apps', { group: 'apps', resource: 'deployments' }],
  ['get', 'events.events.k8s.io', { group: 'events.k8s.io', resource: 'events' }],
  ['create', 'pods/exec', { resource: 'pods', subresource: 'exec' }],
  ['get', 'nodes/configz', { resource: 'nodes', subresource: 'configz', scope: '*' }],
  ['get', 'pods/web', { resource: 'pods', subresource: '', name: 'web' }],
  ['get', '*/scale', { group: '*', resource: '*', subresource: 'scale' }],
  ['impersonate', 'userextras/scopes', { group: 'authentication.k8s.io', subresource: 'scopes', scope: '*' }],
  ['approve', 'signers/a.b/c', { group: 'certificates.k8s.io', resource: 'signers', name: 'a.b/c' }],
  ['bind', 'clusterroles/view', { resource: 'clusterroles', namespaced: false, scope: 'home' }],
  ['use', 'psp.policy', { group: 'policy', resource: 'psp', scope: 'home' }],
  ['get', 'clusterroles/view', { resource: 'clusterroles', namespaced: false, scope: '*' }],
  ['get', 'things.v1alpha1.example.com', { group: 'example.com', resource: 'things', namespaced: undefined }],
])('%s %s', (verb, target, expected) => {
  expect(resolveQuery(typed(verb, target), known).query).toMatchObject(expected)
})

test('a word that the server does not know is asked as it is, and said so', () => {
  for (const name of hostileNames.filter((entry) => entry !== '*')) {
    const { query, notes } = resolveQuery(typed('get', name), known)
    expect(query).toMatchObject({ resource: name.includes('.') ? name.split('.')[0] : name, namespaced: undefined })
    expect(notes).toHaveLength(1)
  }
})

test('no object that is served has a slash in its name, however it is put; it is said how to ask', () => {
  const hintOf = (target: string, more: Partial<TypedQuery> = {}) => {
    try {
      return JSON.stringify(resolveQuery(typed('create', target, more), known).query)
    } catch (error) {
      return error instanceof SecureError && error.code === 'usage' ? error.hint : error
    }
  }
  expect(hintOf('pods/web/exec')).toMatch(/: pods\/web --subresource=exec$/)
  expect(hintOf('pods/exec/web')).toMatch(/: pods\/web --subresource=exec$/)
  expect(hintOf('po/web/')).toMatch(/: po\/web --subresource=SUBRESOURCE$/)
  expect(hintOf('pods', { name: 'a/b' })).toMatch(/: pods\/a --subresource=b$/)
  expect(hintOf('pods/web', { subresource: 'exec' })).toContain('"name":"web"')
})

test('whatever is typed is a question or a usage error', () => {
  const piece = fc.constantFrom('pods', '.', '/', '*', 'apps', 'v1', '', 'exec', '__proto__', ' ', 'signers')
  const target = fc.array(piece, { maxLength: 5 }).map((parts) => parts.join(''))
  const option = fc.option(fc.constantFrom('', 'log', 'a/b'), { nil: undefined })
  fc.assert(
    fc.property(fc.constantFrom('get', '', 'bind'), target, option, option, (verb, text, subresource, name) => {
      try {
        const { query } = resolveQuery(typed(verb, text, { subresource, name }), known)
        expect('path' in query ? query.path : query.resource).not.toBe('')
        if (!('path' in query)) expect(query.name).not.toBe('')
      } catch (error) {
        expect(error).toBeInstanceOf(SecureError)
        expect((error as SecureError).code).toBe('usage')
      }
    }),
  )
})
