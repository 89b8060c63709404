import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { coverageByLog, coverageByPolicy, type QuestionCoverage } from '../../../src/audit-log/coverage/coverage.ts'
import { evaluateAuditPolicy, type PolicyRequest } from '../../../src/audit-log/coverage/evaluate.ts'
import { needCoverage } from '../../../src/audit-log/coverage/need.ts'
import { LogObserver } from '../../../src/audit-log/coverage/observe.ts'
import { auditPolicy } from '../../../src/audit-log/coverage/policy.ts'
import type { Need } from '../../../src/audit-log/questions/question.ts'
import { questions } from '../../../src/audit-log/questions/questions.ts'
import { drawFrom } from '../../fuzz/draw.ts'
import { drawPolicy } from '../../real/audit-log/draw-policy.ts'
import { names, namespaces, resources, subresources, users, verbs } from '../../real/audit-log/draw-request.ts'
import { rawEvent, readAll } from './samples.ts'

const policyOf = (rules: object[], more: object = {}) =>
  auditPolicy({ apiVersion: 'audit.k8s.io/v1', kind: 'Policy', rules, ...more }, 'policy.yaml')
const verdicts = (coverage: QuestionCoverage[]) =>
  Object.fromEntries(coverage.map(({ question, verdict }) => [question, verdict]))
const byPolicy = (rules: object[], more: object = {}) => coverageByPolicy(policyOf(rules, more), questions)

test('a catch-all answers all but what needs bodies; Request answers that too', () => {
  const metadata = verdicts(byPolicy([{ level: 'Metadata' }]))
  expect(metadata['privileged-pods']).toBe('unanswerable')
  expect(Object.entries(metadata).filter(([, verdict]) => verdict !== 'answerable')).toHaveLength(1)
  expect(new Set(Object.values(verdicts(byPolicy([{ level: 'Request' }]))))).toEqual(new Set(['answerable']))
})

test('a policy for some resources and no more answers little, and says so', () => {
  const coverage = byPolicy([
    { level: 'Metadata', resources: [{ group: '', resources: ['secrets', 'configmaps'] }] },
    { level: 'Request', resources: [{ group: 'apps', resources: ['deployments'] }] },
  ])
  expect(verdicts(coverage)).toMatchObject({
    exec: 'unanswerable',
    tokens: 'unanswerable',
    'rbac-changes': 'unanswerable',
    'secrets-read': 'answerable',
    'privileged-pods': 'partly',
    anonymous: 'partly',
  })
  expect(coverage.find(({ question }) => question === 'exec')?.needs[0]?.why).toEqual([
    'no rule for the rest: not logged',
  ])
})

test('exceptions are named with their rule', () => {
  const coverage = byPolicy([
    { level: 'None', users: ['system:kube-proxy'], verbs: ['watch'] },
    { level: 'None', namespaces: ['kube-system'], resources: [{ group: '', resources: ['secrets'] }] },
    { level: 'Metadata', omitStages: ['RequestReceived'] },
  ])
  const secrets = coverage.find(({ question }) => question === 'secrets-read')
  expect(secrets?.verdict).toBe('partly')
  expect(secrets?.needs.at(-1)?.why).toEqual([
    'rules[0] for users system:kube-proxy: not logged',
    'rules[1] for namespaces kube-system: not logged',
  ])
})

test('stages: a 401 has ResponseStarted alone, and an outcome needs ResponseComplete', () => {
  const refusals = verdicts(byPolicy([{ level: 'Metadata' }], { omitStages: ['ResponseStarted'] }))['refusals']
  expect(refusals).toBe('partly')
  const started = verdicts(byPolicy([{ level: 'Metadata' }], { omitStages: ['ResponseComplete'] }))
  expect(started).toMatchObject({ exec: 'answerable', tokens: 'unanswerable', 'secrets-read': 'partly' })
})

test('with bodies and without RequestReceived, a patch may leave nothing: at level Metadata, or with that stage, it does not', () => {
  const rbac = (rules: object[], more?: object) =>
    byPolicy(rules, more).find(({ question }) => question === 'rbac-changes')
  const blind = rbac([{ level: 'Request' }], { omitStages: ['RequestReceived'] })
  expect(blind?.verdict).toBe('partly')
  expect(blind?.needs.filter(({ verdict }) => verdict !== 'logged').map(({ need }) => need.verb)).toEqual(
    Array.from({ length: 4 }, () => 'patch'),
  )
  expect(rbac([{ level: 'Request' }])?.verdict).toBe('answerable')
  expect(rbac([{ level: 'Metadata' }], { omitStages: ['RequestReceived'] })?.verdict).toBe('answerable')
})

test('resourceNames never hold for what is created', () => {
  const coverage = byPolicy([
    { level: 'None', resources: [{ group: '', resources: ['serviceaccounts'], resourceNames: ['build'] }] },
    { level: 'Metadata' },
  ])
  expect(verdicts(coverage)['service-accounts']).toBe('answerable')
})

test('the verdict on a kind of request is that on every request of it', () => {
  const fits = ({ level }: { level: string }, need: Need) =>
    ['None', 'Metadata', 'Request', 'RequestResponse'].indexOf(level) >=
    ['None', 'Metadata', 'Request', 'RequestResponse'].indexOf(need.level)
  const groupOf: Record<string, string> = {
    deployments: 'apps',
    clusterroles: 'rbac.authorization.k8s.io',
    widgets: 'example.com',
  }
  const seen = new Map<string, number>()
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const draw = drawFrom(seed)
      const policy = auditPolicy({ ...drawPolicy(draw), omitStages: [] }, 'drawn')
      for (const rule of policy.rules) rule.omitStages = []
      const resource = draw.pick(resources)
      const shape = {
        verb: draw.pick(verbs),
        group: groupOf[resource] ?? '',
        resource,
        subresource: draw.chance(30) ? draw.pick(subresources) : '',
      }
      const need: Need = { ...shape, level: draw.pick(['Metadata', 'Request'] as const) }
      const nameless = shape.verb === 'create' && shape.subresource === ''
      const results = Object.entries({ ...users, other: ['strangers'] }).flatMap(([name, groups]) =>
        [...namespaces, '', 'elsewhere'].flatMap((namespace) =>
          (nameless ? [''] : [...names, '', 'another']).map((object) => {
            const user = { name, groups: [...groups, 'system:authenticated'] }
            const request: PolicyRequest = { ...shape, namespace, name: object, user }
            return fits(evaluateAuditPolicy(policy, request), need)
          }),
        ),
      )
      const { verdict } = needCoverage(policy, need)
      seen.set(verdict, (seen.get(verdict) ?? 0) + 1)
      if (verdict === 'logged') expect(results).not.toContain(false)
      if (verdict === 'not-logged') expect(results).not.toContain(true)
    }),
    { numRuns: 400 },
  )
  expect([...seen.keys()].toSorted()).toEqual(['logged', 'not-logged', 'partly'])
})

test('without a policy: what is not in the log cannot be answered, and nothing is sure', async () => {
  const log = new LogObserver()
  const { events } = await readAll(
    [rawEvent(), rawEvent({ requestReceivedTimestamp: '2026-11-21T19:00:00Z' })]
      .map((raw) => JSON.stringify(raw))
      .join('\n'),
  )
  for (const event of events) log.see(event)
  const coverage = verdicts(coverageByLog(log, questions))
  expect(coverage['exec']).toBe('unanswerable')
  expect(coverage['secrets-read']).toBe('partly')
  expect(Object.values(coverage)).not.toContain('answerable')
  expect(log.silences).toEqual([{ from: '2026-11-21T17:00:57.100001Z', to: '2026-11-21T19:00:00Z' }])
})

test.each([
  [{ kind: 'Policy', apiVersion: 'audit.k8s.io/v1', rules: [] }, 'no rules'],
  [
    { kind: 'Policy', apiVersion: 'audit.k8s.io/v1beta1', rules: [{ level: 'None' }] },
    'not a Policy of audit.k8s.io/v1',
  ],
  [{ kind: 'Policy', apiVersion: 'audit.k8s.io/v1', rules: [{ level: 'none' }] }, 'rules[0].level'],
  [{ kind: 'Policy', apiVersion: 'audit.k8s.io/v1', rules: [{ level: 'None', omitStages: ['X'] }] }, 'X is no stage'],
  [
    {
      kind: 'Policy',
      apiVersion: 'audit.k8s.io/v1',
      rules: [{ level: 'None', nonResourceURLs: ['/a'], namespaces: ['b'] }],
    },
    'at once',
  ],
])('what the server does not start with is refused: %j', (policy, why) => {
  expect(() => auditPolicy(policy, 'policy.yaml')).toThrow(why)
})

test('a field the server ignores is noted: the rule is wider than it looks', () => {
  expect(policyOf([{ level: 'None', resource: ['secrets'] }]).notes).toEqual([
    'rules[0].resource is no field of a rule: the server ignores it',
  ])
})
