import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Json } from '../../../src/bundle/entry.ts'
import type { EvidenceDiffReport, FieldChange, ObjectChange, Step } from '../../../src/evidence/diff/report.ts'
import { evidenceDiffTable } from '../../../src/terminal/evidence-diff-text.ts'
import { pathText, valueText } from '../../../src/terminal/evidence-diff-values.ts'

const ref = { path: 'x.tar.gz', case: 'c', taken: '2025-01-01T00:00:00.000Z', journalHead: 'h' }
const report = (changes: ObjectChange[], rights: EvidenceDiffReport['rights'] = []): EvidenceDiffReport => ({
  apiVersion: 'kubectl-secure.github.io/v1',
  kind: 'EvidenceDiffReport',
  before: ref,
  after: ref,
  complete: true,
  notes: [],
  unknown: [],
  rights,
  changes,
})
const change = (fields: FieldChange[], more: Partial<ObjectChange> = {}): ObjectChange => ({
  area: 'workloads',
  change: 'changed',
  object: { group: 'apps', resource: 'deployments', namespace: 'shop', name: 'web', uid: 'u' },
  facts: [],
  fields,
  ...more,
})
const table = (one: EvidenceDiffReport, wide = false) => evidenceDiffTable(one, { wide, width: undefined })

test('rights first, then a line for each field', () => {
  const image: FieldChange = { path: ['spec', 'containers', { name: 'app' }, 'image'], before: 'a:1', after: 'b:2' }
  const claimed = { time: '2025-01-01T00:00:00Z', manager: 'kubectl-edit' }
  const binding = { kind: 'ClusterRoleBinding', name: 'evil' }
  const gained = [
    {
      scope: '*',
      apiGroup: '*',
      resource: '*',
      verbs: ['*'],
      via: [{ binding, roleRef: { kind: 'ClusterRole', name: 'admin' } }],
    },
  ]
  const rights = [{ subject: { kind: 'ServiceAccount', namespace: 'shop', name: 'web' } as const, gained, lost: [] }]
  expect(table(report([change([image], { claimed })], rights))).toBe(
    `RIGHTS   SUBJECT       SCOPE   VERBS   RESOURCE   VIA
gained   sa:shop/web   *       *       *          ClusterRoleBinding/evil → ClusterRole/admin

CHANGE    RESOURCE      OBJECT     CLAIMED                             WHAT
changed   deployments   shop/web   2025-01-01T00:00:00Z kubectl-edit   spec.containers[app].image: "a:1" → "b:2"
`,
  )
  expect(table(report([]))).toBe('')
  const many = Array.from({ length: 20 }, (_, index): FieldChange => ({ path: [`f${index}`], after: index }))
  expect(table(report([change(many)]))).toContain('and 8 more fields (-o wide)')
  expect(table(report([change(many)]), true)).toContain('f19: (none) → 19')
})

describe('what looks like a secret', () => {
  const key = 'k'
  const shown = (path: Step[], value: Json) => valueText(value, path, key, 1000)
  const secret = 'hunter2-hunter2'
  const env = ['spec', 'containers', { name: 'app' }, 'env', { name: 'X' }]
  test.each<[string, Step[], Json]>([
    ['the value of a variable', [...env, 'value'], secret],
    ['a variable that is new', env, { name: 'X', value: secret }],
    [
      'a container that is new',
      ['spec', 'containers', { name: 'app' }],
      { name: 'app', env: [{ name: 'X', value: secret }] },
    ],
    ['a field by its name', ['spec', 'dbPassword'], secret],
    ['a field below it', ['spec', 'dbPassword'], { plain: [secret] }],
    ['a label by its name', ['metadata', 'annotations', 'example.com/api-key'], secret],
    ['what a ConfigMap has', ['data', 'anything'], secret],
    ['all of what it has', ['data'], { anything: secret }],
    ['words of a command', ['spec', 'args'], ['--verbose', `--password=${secret}`]],
    ['a password in a URL', ['spec', 'url'], `redis://:${secret}@db:6379`],
    ['a field in a value', ['spec'], { token: secret }],
  ])('%s is masked', (_, path, value) => {
    expect(shown(path, value)).not.toContain(secret)
    expect(shown(path, value)).toMatch(/‹[0-9a-f]{12}, \d+ bytes›/)
  })

  test('the same has the same digest, another another one, and none is to be guessed', () => {
    const of = (value: string, by = key) => valueText(value, ['password'], by, 1000)
    expect(of('a')).toBe(of('a'))
    expect(of('a')).not.toBe(of('b'))
    expect(of('a')).not.toBe(of('a', 'other'))
    expect(of('a')).not.toContain(createHash('sha256').update('a').digest('hex').slice(0, 6))
  })

  test('names of secrets are none, nor is what else there is', () => {
    const reference = [...env, 'valueFrom', 'secretKeyRef', 'name']
    expect(shown(reference, 'db')).toBe('"db"')
    expect(shown(['spec', 'secretName'], 'tls')).toBe('"tls"')
    expect(shown(['spec', 'containers', { name: 'app' }, 'image'], 'nginx:1')).toBe('"nginx:1"')
    expect(shown(['spec', 'replicas'], 3)).toBe('3')
  })
})

test('nothing that stands in an object moves a cursor or begins a line', () => {
  const hostile = fc.string({ unit: fc.constantFrom('a', '\n', '\u001b', '\u202e', ' ', '.', '"', '\r') })
  fc.assert(
    fc.property(hostile, hostile, hostile, (one, two, three) => {
      const field: FieldChange = { path: [one, { name: two }], before: three, after: { [two]: one } }
      const object = { group: one, resource: two, namespace: three, name: one, uid: two }
      const claimed = { time: one, manager: two }
      const text = table(report([change([field], { object, claimed, facts: [three], uidBefore: one })]), true)
      expect(text.slice(0, -1).split('\n')).toHaveLength(3)
      expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u)
    }),
  )
})

test('a path reads as one', () => {
  expect(pathText(['metadata', 'labels', 'a.b/c'])).toBe('metadata.labels["a.b/c"]')
  expect(pathText(['subjects', { name: 'web', kind: 'User' }])).toBe('subjects[web User]')
})
