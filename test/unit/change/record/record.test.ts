import { gzipSync } from 'node:zlib'
import { randomBytes } from 'node:crypto'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Change, objectName, planLabel } from '../../../../src/change/plan.ts'
import { parseRecord, recordSecret, recordType } from '../../../../src/change/record/record.ts'
import { clusterId, plan, planId } from '../journal/plans.ts'
import { honestPlan } from './honest.ts'

const secretOf = (value: unknown) => ({
  type: recordType,
  metadata: { name: objectName(planId), labels: { [planLabel]: planId } },
  data: { plan: gzipSync(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64'), by: 'YW5h' },
})
const problemOf = (secret: unknown): string => {
  const found = parseRecord(secret)
  return 'problem' in found ? found.problem : 'none'
}

test('a plan comes back from its record as it was', () => {
  const secret = recordSecret(honestPlan, 'kubectl-secure', 'ana@laptop')
  expect(secret).toMatchObject({
    type: recordType,
    metadata: { name: objectName(planId), namespace: 'kubectl-secure', labels: { [planLabel]: planId } },
  })
  expect(parseRecord(JSON.parse(JSON.stringify(secret)))).toEqual({ plan: honestPlan, by: 'ana@laptop' })
})

test('every kind of change is of the shape of plans', () => {
  const ref = { apiVersion: 'v1', kind: 'Pod', resource: 'pods', namespace: 'a', name: 'b', uid: 'c' }
  const changes: Change[] = [
    {
      id: 'a',
      do: 'delete',
      why: 'w',
      ref,
      preimage: { a: [{ b: null }] },
      propagation: 'Orphan',
      risk: 'r',
      gate: 'g',
    },
    { id: 'b', do: 'evict', why: 'w', ref, optional: true, temporary: true },
    { id: 'c', do: 'subresource', why: 'w', ref, subresource: 'ephemeralcontainers', container: { name: 'x' } },
  ]
  const full = plan([...honestPlan.changes, ...changes], {
    incident: 'I-1',
    reason: 'r',
    cluster: { id: clusterId, server: 's', context: 'c' },
  })
  expect(parseRecord(recordSecret(full, 'n', 'x'))).toMatchObject({ plan: full })
})

test('a plan that does not fit is refused, and its largest changes are named', () => {
  const change = (id: string, size: number): Change => {
    const [create] = honestPlan.changes
    if (create?.do !== 'create') throw new Error('no create')
    return { ...create, id, body: { ...create.body, data: randomBytes(size).toString('base64') } }
  }
  expect(parseRecord(recordSecret(plan([change('a', 700_000)]), 'n', 'x'))).toMatchObject({ plan: { id: planId } })
  expect(() => recordSecret(plan([change('small', 10), change('huge', 1_300_000)]), 'n', 'x')).toThrow(
    /too large.*1 MiB.*huge \(\d+ KiB\), small/,
  )
})

test.each<[string, unknown, RegExp]>([
  ['nothing', undefined, /type/],
  ['another type', { ...secretOf(honestPlan), type: 'Opaque' }, /type/],
  ['no data', { ...secretOf(honestPlan), data: null }, /no plan/],
  ['another name', { ...secretOf(honestPlan), metadata: { name: 'x', labels: { [planLabel]: planId } } }, /name/],
  ['another label', { ...secretOf(honestPlan), metadata: { name: objectName(planId), labels: {} } }, /label/],
  ['not gzip', { ...secretOf(honestPlan), data: { plan: 'AAAA', by: '' } }, /unpacked/],
  ['a bomb', secretOf(' '.repeat(40 * 1024 * 1024)), /unpacked/],
  ['broken JSON', secretOf('{"a":'), /unpacked/],
  ['null', secretOf('null'), /not an object/],
  ['a list', secretOf('[]'), /not an object/],
  ['an unknown field', secretOf({ ...honestPlan, hook: 'x' }), /"hook".*not know/],
  ['another kind', secretOf({ ...honestPlan, kind: 'Plans' }), /kind/],
  ['an id that is none', secretOf({ ...honestPlan, id: '../../x' }), /id/],
  ['a prototype', secretOf(JSON.stringify(honestPlan).replace('"id"', '"__proto__":{},"id"')), /__proto__/],
  [
    'a prototype within',
    secretOf(JSON.stringify(honestPlan).replace('"podSelector":{}', '"podSelector":{"a":[{"__proto__":1}]}')),
    /__proto__/,
  ],
  [
    'endless depth',
    secretOf(
      JSON.stringify(honestPlan).replace('"podSelector":{}', `"x":${'['.repeat(200_000)}${']'.repeat(200_000)}`),
    ),
    /deep/,
  ],
  ['a change that is none', secretOf({ ...honestPlan, changes: [{ do: 'toString' }] }), /changes\[0\].do/],
  [
    'changes of one id',
    secretOf({ ...honestPlan, changes: [honestPlan.changes[0], honestPlan.changes[0]] }),
    /same id/,
  ],
  ['too many changes', secretOf({ ...honestPlan, changes: Array.from({ length: 10_001 }, () => 0) }), /more than/],
])('a record with %s is none', (_, secret, problem) => {
  expect(problemOf(secret)).toMatch(problem)
})

test('whatever a record holds, reading it says so and does not fail', () => {
  fc.assert(
    fc.property(fc.anything(), (value) => {
      expect(problemOf(value)).not.toBe('none')
    }),
  )
  // Any one value of a plan replaced by any other.
  const text = JSON.stringify(honestPlan)
  const spots = [...text.matchAll(/:("[^"]*"|\d+|true|false)/g)].map(({ index }) => index)
  fc.assert(
    fc.property(fc.constantFrom(...spots), fc.json(), (spot, json) => {
      const rest = text.slice(spot + 1).replace(/^("[^"]*"|\d+|true|false)/, '')
      const found = parseRecord(secretOf(`${text.slice(0, spot + 1)}${json}${rest}`))
      expect('problem' in found || found.plan.id === planId).toBe(true)
    }),
    { numRuns: 500 },
  )
})
