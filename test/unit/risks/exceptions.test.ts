import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { SecureError } from '../../../src/errors.ts'
import { allRules } from '../../../src/risks/catalogue.ts'
import { exceptionsSchema } from '../../../src/risks/exception-entry.ts'
import { exceptionsOf } from '../../../src/risks/exceptions.ts'
import { readExceptions } from '../../../src/risks/read-exceptions.ts'
import { clusterBinding, clusterRole, hostileNames, roleBinding, rule, user } from '../rbac/worlds.ts'
import { everything, lines, risksIn, world } from './worlds.ts'

const rules = new Set(allRules().map(({ id }) => id))
const head = 'apiVersion: kubectl-secure.github.io/v1\nkind: RiskExceptions\nexceptions:\n'
const read = (entries: string) => readExceptions(`${head}${entries}`, 'known.yaml', rules)
const problem = (entries: string) =>
  read(entries).then(
    () => 'none',
    (error: SecureError) => error.hint ?? '',
  )

test.each([
  ['- {id: wildcard-0123456789abcdef, reason: known}', 'known.yaml:4: /exceptions/0: owner is missing'],
  [
    '- id: wildcard-0123456789abcdef\n  ownr: x\n  reason: known\n  owner: z',
    'known.yaml:5: /exceptions/0/ownr: there is no such field: did you mean owner?',
  ],
  ['- {owner: x, reason: known}', 'known.yaml:4: /exceptions/0: id is missing'],
  [
    '- {id: wildcard-0123456789abcdef, rule: bind, subject: a, scope: b, owner: x, reason: known}',
    'known.yaml:4: /exceptions/0: its id names the finding already',
  ],
  [
    '- {id: wildcard-0123456789abcdef, scope: shop, owner: x, reason: known}',
    'known.yaml:4: /exceptions/0: its id names the finding already',
  ],
  [
    '- rule: secretread\n  subject: sa:shop/web\n  scope: shop\n  owner: x\n  reason: known',
    'known.yaml:4: /exceptions/0/rule: there is no rule secretread: did you mean secret-read?',
  ],
  [
    '- id: wildcard-0123456789abcdef\n  owner: x\n  reason: known\n  expires: 2026-02-30',
    'known.yaml:7: /exceptions/0/expires: 2026-02-30 is no day',
  ],
  ['- id: wildcard-0123456789abcdef\n  owner: " "\n  reason: known', 'known.yaml:5: /exceptions/0/owner: must match'],
  ['- [', 'known.yaml:'],
])('a file that is half understood ends it: %s', async (entries, says) => {
  expect(await problem(entries)).toContain(says)
})

test('all that is wrong is said, a line each', async () => {
  const said = await problem('- {rule: bind, subject: a, scope: b, owner: 1, reason: "x\\ny"}\n- hello')
  expect(said.split('\n')).toEqual([
    'known.yaml:4: /exceptions/0/owner: must be string',
    'known.yaml:5: /exceptions/1: must be object',
    expect.stringContaining('docs/risks.md'),
  ])
})

test('no text at all breaks the reader otherwise than by saying so', async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.string(), fc.json(), fc.constantFrom(...hostileNames)), async (text) => {
      await readExceptions(text, 'f', rules).catch((error: Error & { code?: string }) =>
        expect(error.code).toBe('usage'),
      )
    }),
  )
})

test('the schema in docs is the one that is read by', () => {
  expect(JSON.parse(readFileSync('docs/risk-exceptions.schema.json', 'utf8'))).toEqual(exceptionsSchema)
})

const asked = world({
  clusterRoles: [
    clusterRole('boss', everything),
    clusterRole('x', rule({ verbs: ['create'], resources: ['pods/exec'] })),
  ],
  clusterRoleBindings: [clusterBinding('b', 'boss', user('ann'))],
  roleBindings: [roleBinding('shop', 'b', 'x', user('bob'))],
})

async function reported(entries: string, today = '2026-06-01', namespace?: string) {
  const findings = await risksIn(asked)
  const judged = exceptionsOf(await read(entries), today)
  const seen = findings.map((finding) => judged.judge(finding))
  return {
    seen,
    left: judged.leftOver(namespace === undefined).map(({ info, object }) => `${info.id} ${object?.name}`),
  }
}

test('by id or by rule, subject and scope; nothing else is excepted', async () => {
  const [first] = await risksIn(asked)
  const { seen, left } = await reported(
    `- {id: ${first?.id}, owner: sec, reason: known}\n- {rule: exec, subject: "user:bob", scope: shop, owner: ops, reason: on call, expires: 2026-06-01}`,
  )
  expect(seen.map(({ rule, exception }) => [rule, exception?.owner])).toEqual([
    ['wildcard', 'sec'],
    ['exec', 'ops'],
  ])
  expect(left).toEqual([])
  const { seen: other, left: unused } = await reported(
    '- {rule: exec, subject: "user:bob", scope: "*", owner: ops, reason: no pattern}',
  )
  expect(other.filter(({ exception }) => exception)).toEqual([])
  expect(unused).toEqual(['exception-unused exec user:bob *'])
})

test('one that has expired excepts nothing and is told, once', async () => {
  const entry = '- {rule: exec, subject: "user:bob", scope: shop, owner: ops, reason: r, expires: 2026-05-31}'
  const { seen, left } = await reported(entry)
  expect(seen.some(({ exception }) => exception)).toBe(false)
  expect(left).toEqual(['exception-expired exec user:bob shop'])
  expect((await reported(entry, '2026-05-31')).left).toEqual([])
})

test('of what a namespace leaves out, nothing is said to be unused', async () => {
  expect(
    (await reported('- {rule: exec, subject: "user:zoe", scope: other, owner: o, reason: r}', '2026-06-01', 'shop'))
      .left,
  ).toEqual([])
  expect(lines(await risksIn(asked, 'shop'))).toEqual(['exec user:bob shop medium'])
})
