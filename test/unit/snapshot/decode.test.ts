import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeCustomResource } from '../../../src/snapshot/custom-resource.ts'
import {
  decodeBinding,
  decodeNamespace,
  decodePod,
  decodeRole,
  decodeServiceAccount,
  ShapeError,
} from '../../../src/snapshot/decode.ts'
import { selects } from '../../../src/workload/label-selector.ts'

const keys = [
  'metadata',
  'name',
  'namespace',
  'labels',
  'rules',
  'verbs',
  'aggregationRule',
  'clusterRoleSelectors',
  'matchLabels',
  'matchExpressions',
  'roleRef',
  'subjects',
  'kind',
  'spec',
  'status',
  'names',
  'plural',
  'group',
  'versions',
  '__proto__',
]
const { json } = fc.letrec((tie) => ({
  json: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(null, true, 1, '', 'x', 'Group'),
    fc.array(tie('json')),
    fc.dictionary(fc.constantFrom(...keys), tie('json')),
  ),
}))
const object = fc.dictionary(fc.constantFrom(...keys), json)

const decoders = [
  (raw: Record<string, unknown>) => decodeRole(raw, 'Role'),
  (raw: Record<string, unknown>) => decodeRole(raw, 'ClusterRole'),
  (raw: Record<string, unknown>) => decodeBinding(raw, 'RoleBinding'),
  decodeServiceAccount,
  decodePod,
  decodeNamespace,
  decodeCustomResource,
]

test('any object is decoded, or refused with the field that is wrong', () => {
  fc.assert(
    fc.property(object, (raw) => {
      for (const decode of decoders) {
        try {
          decode(raw)
        } catch (error) {
          expect(error).toBeInstanceOf(ShapeError)
          expect((error as Error).message).toMatch(/^[\w.[\]]+ must be (a|an|User)/)
        }
      }
    }),
    { numRuns: 2000 },
  )
})

test('nothing and null are what the API server takes them for', () => {
  const metadata = { name: 'r', labels: { a: null, b: '' } }
  const role = decodeRole({ metadata, rules: [{ verbs: ['get', null], apiGroups: null }] }, 'ClusterRole')
  expect(role).toMatchObject({
    labels: { a: '', b: '' },
    rules: [{ verbs: ['get', ''], apiGroups: [], resources: [] }],
  })
  expect(decodeRole({ metadata, rules: null }, 'Role')).toMatchObject({ namespace: 'default', rules: [] })
  expect(decodePod({ metadata: { name: 'p', namespace: '' } })).toEqual({
    name: 'p',
    namespace: 'default',
    serviceAccount: 'default',
  })
  expect(() => decodeRole({ metadata: { name: null } }, 'Role')).toThrow('metadata.name must be a string, not null')
})

const label = fc.constantFrom('a', 'b', 'c', '')
const labels = fc.dictionary(fc.constantFrom('x', 'y', 'toString'), label)
const expression = fc.record({
  key: fc.constantFrom('x', 'y', 'toString', '__proto__'),
  operator: fc.constantFrom('In', 'NotIn', 'Exists', 'DoesNotExist'),
  values: fc.array(label),
})

test('label selectors: all of them must hold, each operator is the other one denied, and an unknown one selects nothing', () => {
  const select = (
    matchExpressions: { key: string; operator: string; values: string[] }[],
    on: Record<string, string>,
  ) => selects({ matchLabels: {}, matchExpressions }, on)
  const opposite: Record<string, string> = { In: 'NotIn', NotIn: 'In', Exists: 'DoesNotExist', DoesNotExist: 'Exists' }
  fc.assert(
    fc.property(labels, fc.array(expression), labels, (on, expressions, matchLabels) => {
      expect(select(expressions, on)).toBe(expressions.every((one) => select([one], on)))
      for (const one of expressions)
        expect(select([{ ...one, operator: opposite[one.operator] ?? '' }], on)).toBe(!select([one], on))
      expect(selects({ matchLabels, matchExpressions: [] }, on)).toBe(
        Object.keys(matchLabels).every((key) => Object.hasOwn(on, key) && on[key] === matchLabels[key]),
      )
      expect(select([{ key: 'x', operator: 'Gt', values: ['0'] }], { x: '1', ...on })).toBe(false)
    }),
  )
})
