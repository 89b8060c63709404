import { expect, test } from 'vitest'
import { auditPolicy } from '../../../src/audit-log/coverage/policy.ts'
import type { PolicyRule, Subject } from '../../../src/snapshot/objects.ts'
import { rawEvent } from '../audit-log/samples.ts'
import { account, clusterBinding, clusterRole, group, rule, snapshotOf, user } from '../rbac/worlds.ts'
import { unusedOf } from './log.ts'

const policyOf = (...rules: object[]) => auditPolicy({ kind: 'Policy', apiVersion: 'audit.k8s.io/v1', rules }, 'p')
const rest = { level: 'RequestResponse' }
const none = (of: object) => ({ level: 'None', ...of })

/** What of a grant that nothing used is unknown, and what is unused, by such a policy. */
async function judged(subject: Subject, given: Partial<PolicyRule>, ...rules: object[]) {
  const world = snapshotOf({
    clusterRoles: [clusterRole('r', rule(given))],
    clusterRoleBindings: [clusterBinding('b', 'r', subject)],
  })
  const { report, narrowed } = await unusedOf(world, [rawEvent({ user: { username: 'somebody else' } })], {
    policy: policyOf(...rules),
  })
  const [one] = report.grants[0]?.rules ?? []
  const words = (list: PolicyRule[] = []) =>
    list.map(
      ({ verbs, apiGroups, resources, nonResourceURLs }) =>
        `${verbs.join()} ${apiGroups.join()}:${[...resources, ...nonResourceURLs].join()}`,
    )
  return {
    verdict: one?.verdict,
    unused: words(one?.unused),
    unknown: words(one?.unknown.flatMap((part) => part.rules)),
    complete: report.complete,
    narrowed,
  }
}

test('what all would show is unused; what is not logged is unknown, and stays', async () => {
  expect(await judged(user('a'), { verbs: ['get', 'list'] }, rest)).toMatchObject({ verdict: 'unused', unknown: [] })
  const part = await judged(user('a'), { verbs: ['get', 'list'] }, none({ verbs: ['list'] }), rest)
  expect(part).toMatchObject({ verdict: 'partly', unused: ['get :pods'], unknown: ['list :pods'], complete: false })
  expect(part.narrowed).toMatchObject({ removed: [], roles: [{ rules: [{ verbs: ['list'], resources: ['pods'] }] }] })
  const all = await judged(user('a'), {}, none({}))
  expect(all).toMatchObject({ verdict: 'unknown', unused: [] })
  expect(all.narrowed).toEqual({ roles: [], bindings: [], removed: [] })
})

test('rules for others do not matter', async () => {
  const pods = { resources: [{ group: '', resources: ['pods'] }] }
  const verdict = async (subject: Subject, of: object) =>
    (await judged(subject, {}, none({ ...of, ...pods }), rest)).verdict
  expect(await verdict(user('a'), { users: ['b'] })).toBe('unused')
  expect(await verdict(user('a'), { users: ['a'] })).toBe('unknown')
  expect(await verdict(account('n', 's'), { userGroups: ['system:nodes'] })).toBe('unused')
  expect(await verdict(account('n', 's'), { userGroups: ['system:serviceaccounts:n'] })).toBe('unknown')
  // Nobody knows who is in it.
  expect(await verdict(group('devs'), { users: ['b'] })).toBe('unknown')
  expect(await verdict(group('devs'), { users: ['system:kube-scheduler'] })).toBe('unused')
  expect(await verdict(user('a'), { namespaces: ['x'] })).toBe('unknown')
})

test('of a wildcard only what is left out is unknown', async () => {
  const everything = { verbs: ['*'], apiGroups: ['*'], resources: ['*'] }
  const events = none({ resources: [{ group: '', resources: ['events'] }] })
  expect(await judged(user('a'), everything, events, rest)).toMatchObject({ unused: ['* *:*'], unknown: ['* :events'] })
  const reads = none({ verbs: ['get', 'watch'], resources: [{ group: 'apps' }] })
  expect(await judged(user('a'), everything, reads, rest)).toMatchObject({ unknown: ['get,watch apps:*'] })
  const secretsOnly = { level: 'Metadata', resources: [{ group: '', resources: ['secrets'] }] }
  expect(await judged(user('a'), everything, secretsOnly)).toMatchObject({ verdict: 'unknown', unused: [] })
  const urls = { verbs: ['get'], apiGroups: [], resources: [], nonResourceURLs: ['*'] }
  expect(await judged(user('a'), urls, none({ nonResourceURLs: ['/healthz*'] }), rest)).toMatchObject({
    unknown: ['get :/healthz*'],
  })
})

test('what leaves no trace, or only in bodies, is unknown', async () => {
  const verdict = async (given: Partial<PolicyRule>, ...rules: object[]) =>
    (await judged(user('a'), given, ...rules)).verdict
  expect(await verdict({ verbs: ['update'], resources: ['pods/finalizers'] }, rest)).toBe('unknown')
  expect(await verdict({ verbs: ['use'], resources: ['securitycontextconstraints'] }, rest)).toBe('unknown')
  expect(await verdict({ resources: ['nodes/metrics'] }, rest)).toBe('unused')
  expect(await verdict({ resources: ['nodes/metrics'] }, { level: 'Metadata' })).toBe('unknown')
  const approve = { verbs: ['approve'], apiGroups: ['certificates.k8s.io'], resources: ['signers'] }
  expect(await verdict(approve, rest)).toBe('unused')
  expect(await verdict(approve, { level: 'Metadata' })).toBe('unknown')
  const impersonate = { verbs: ['impersonate'], resources: ['users'] }
  expect(await verdict(impersonate, { level: 'Metadata' })).toBe('unused')
  expect(await verdict(impersonate, none({ users: ['a'] }), rest)).toBe('unknown')
})
