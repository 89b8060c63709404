import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { questions } from '../../../src/audit-log/questions/questions.ts'
import { auditReport } from '../../../src/audit-log/report.ts'
import { rawEvent } from './samples.ts'

const rbac = 'rbac.authorization.k8s.io'
const ref = (resource: string, apiGroup = '', more: object = {}) => ({
  resource,
  namespace: 'default',
  name: 'x',
  ...(apiGroup !== '' && { apiGroup }),
  apiVersion: 'v1',
  ...more,
})
const did = (verb: string, objectRef: object, more: object = {}) => [
  { verb, objectRef, requestURI: '/apis/somewhere', ...more },
]
const created = (spec: object) => did('create', ref('pods'), { level: 'Request', requestObject: { spec } })
const shell = '/api/v1/namespaces/default/pods/x/exec?command=%2fbin%2fsh'
const exec = (verb: string) => did(verb, ref('pods', '', { subresource: 'exec' }), { requestURI: shell })
const times = (count: number, event: object) =>
  Array.from({ length: count }, (_, at) => ({ ...event, auditID: `id-${at}` }))

/**
 * SigmaHQ/sigma, rules/application/kubernetes/audit, all of 8eaafff: what each is after, as the API server logs it, and the questions that find it. The
 * table in docs/audit.md is this one.
 */
const rules: [rule: string, question: string, events: object[]][] = [
  [
    'change_admission_controller',
    'webhook-changes',
    did('patch', ref('mutatingwebhookconfigurations', 'admissionregistration.k8s.io')),
  ],
  ['cronjob_modification', 'cron-jobs', did('create', ref('cronjobs', 'batch'))],
  ['cronjob_modification', 'cron-jobs', did('delete', ref('jobs', 'batch'))],
  ['deployment_deleted', 'workload-changes', did('delete', ref('deployments', 'apps'))],
  ['events_deleted', 'events-deleted', did('delete', ref('events'))],
  ['events_deleted', 'events-deleted', did('deletecollection', ref('events', 'events.k8s.io'))],
  ['exec_into_container', 'exec', exec('create')],
  ['exec_into_container', 'exec', exec('get')],
  ['hostpath_mount', 'privileged-pods', created({ volumes: [{ name: 'v', hostPath: { path: '/' } }] })],
  ['pod_in_system_namespace', 'system-pods', did('create', ref('pods', '', { namespace: 'kube-system' }))],
  ['potential_enumeration_activity', 'exec', exec('create')],
  ['potential_enumeration_activity', 'first-seen', did('list', ref('pods'), { userAgent: 'trufflehog/3' })],
  [
    'privileged_pod_creation',
    'privileged-pods',
    created({ containers: [{ securityContext: { capabilities: { add: ['all'] } } }] }),
  ],
  [
    'privileged_pod_creation',
    'privileged-pods',
    created({ containers: [{ securityContext: { capabilities: { add: ['SYS_ADMIN'] } } }] }),
  ],
  ['privileged_pod_creation', 'privileged-pods', created({ containers: [{ securityContext: { privileged: true } }] })],
  ['rbac_permisions_listing', 'enumeration', did('create', ref('selfsubjectrulesreviews', 'authorization.k8s.io'))],
  ['rolebinding_modification', 'rbac-changes', did('update', ref('clusterrolebindings', rbac))],
  ['secrets_enumeration', 'secrets-read', did('list', ref('secrets'))],
  ['secrets_enumeration', 'secrets-read', did('watch', ref('secrets'))],
  ['secrets_modified_or_deleted', 'secrets-changed', did('delete', ref('secrets'))],
  ['serviceaccount_creation', 'service-accounts', did('create', ref('serviceaccounts'))],
  ['sidecar_injection', 'workload-changes', did('patch', ref('deployments', 'apps'))],
  ['unauthorized_unauthenticated_actions', 'refusals', times(10, { responseStatus: { code: 403 }, annotations: {} })],
  [
    'unauthorized_unauthenticated_actions',
    'refusals',
    times(10, { responseStatus: { code: 401 }, user: {}, stage: 'ResponseStarted' }),
  ],
]

test.each(rules)('%s: %s', async (_, id, events) => {
  const log = Readable.from([events.map((event) => `${JSON.stringify(rawEvent({ ...event }))}\n`).join('')])
  const { findings } = await auditReport(log, { asked: questions, knownBefore: '2026-01-01T00:00:00Z' })
  expect(findings.map(({ question }) => question)).toContain(id)
  const quiet = Readable.from([`${JSON.stringify(rawEvent({ ...did('get', ref('configmaps'))[0] }))}\n`])
  const none = await auditReport(quiet, { asked: questions.filter((question) => question.id === id) })
  expect(none.findings).toEqual([])
})

test('all sixteen rules are there', () => {
  expect(new Set(rules.map(([rule]) => rule)).size).toBe(16)
})
