import { expect, test } from 'vitest'
import { can } from '../../../src/rbac/can.ts'
import { askAboutKnown, askAboutSelf } from '../../../src/rbac/oracle.ts'
import type { ResourceQuery } from '../../../src/rbac/query.ts'
import { indexRbac } from '../../../src/rbac/rbac-index.ts'
import { parseReason } from '../../../src/rbac/reason.ts'
import { inParallel } from '../../../src/cluster/in-parallel.ts'
import type { Ask } from '../../../src/rbac/review.ts'
import { verifyCan, verifyRows } from '../../../src/rbac/verify.ts'
import { whoCan } from '../../../src/rbac/who-can.ts'
import type { Gap, Snapshot } from '../../../src/snapshot/snapshot.ts'
import { account, clusterBinding, clusterRole, group, roleBinding, rule, snapshotOf, user } from './worlds.ts'

const query: ResourceQuery = { verb: 'get', group: '', resource: 'pods', subresource: '', namespaced: true, scope: '*' }
const ask = (snapshot: Snapshot, asked = query) => whoCan(snapshot, indexRbac(snapshot), asked, [])
const granted = snapshotOf({
  clusterRoles: [clusterRole('r', rule({ resourceNames: ['a', 'b'] })), clusterRole('all', rule({}))],
  clusterRoleBindings: [clusterBinding('c', 'r', user('u'))],
  roleBindings: [roleBinding('n', 'x', 'all', account('m', 's'), group('g'))],
})

test('--verify asks for each row, as its subject, in its namespace, for each of its names', async () => {
  const asked: string[] = []
  const note: Ask = async (subject, request) => {
    if ('path' in request) throw new Error('a URL was asked for')
    asked.push([subject.user ?? '', (subject.groups ?? []).join('+'), request.namespace, request.name].join(' '))
    return { allowed: true }
  }
  const report = await verifyRows(ask(granted), note)
  expect(asked.sort()).toEqual([
    ' g n ',
    'system:serviceaccount:m:s system:serviceaccounts+system:serviceaccounts:m+system:authenticated n ',
    'u system:authenticated  a',
    'u system:authenticated  b',
  ])
  expect(report).toMatchObject({ complete: true, gaps: [] })
})

test('a row that the server does not confirm makes the answer incomplete, with both words for it', async () => {
  const report = await verifyRows(ask(granted), async ({ groups }) => ({
    allowed: groups?.[0] !== 'g',
    reason: 'why not',
  }))
  expect(report.complete).toBe(false)
  expect(report.gaps).toMatchObject([{ what: 'verify group:g in n', why: expect.stringContaining('why not') }])
  expect(report.subjects).toHaveLength(3)
})

test('an answer that the server contradicts is unknown; one that we did not know is the server’s', async () => {
  const answer = (given: Partial<Snapshot>) => {
    const snapshot = { ...granted, ...given }
    return can(snapshot, indexRbac(snapshot), user('u'), [], { ...query, name: 'c' }, [])
  }
  const yes: Ask = async () => ({ allowed: true, reason: 'I say so' })
  expect(await verifyCan(answer({}), yes)).toMatchObject({
    verdict: 'unknown',
    reason: expect.stringContaining('I say so'),
  })
  expect(await verifyCan(answer({ gaps: [gap] }), yes)).toMatchObject({ verdict: 'yes', reason: 'I say so' })
})

test('a signer’s right is asked for by the name or the domain that gives it', async () => {
  const signers = {
    verb: 'approve',
    group: 'certificates.k8s.io',
    resource: 'signers',
    subresource: '',
    namespaced: false,
  }
  const asked = { ...signers, scope: '*', name: 'a.b/c' }
  const snapshot = snapshotOf({
    clusterRoles: [
      clusterRole(
        'r',
        rule({ verbs: ['approve'], apiGroups: [signers.group], resources: ['signers'], resourceNames: ['x', 'a.b/*'] }),
      ),
    ],
    clusterRoleBindings: [clusterBinding('c', 'r', user('u'))],
  })
  const exact: Ask = async (_, request) => ({ allowed: 'name' in request && request.name === 'a.b/*' })
  expect((await verifyRows(ask(snapshot, asked), exact)).gaps).toEqual([])
  const report = can(snapshot, indexRbac(snapshot), user('u'), [], asked, [])
  expect(await verifyCan(report, exact)).toMatchObject({ verdict: 'yes', verified: { allowed: true } })
})

const gap: Gap = { what: 'list clusterrolebindings', resource: 'clusterrolebindings', why: 'no', hides: 'all' }

test('where bindings are hidden, known subjects are asked about, and the reason names the chain', async () => {
  const snapshot = { ...granted, gaps: [gap], serviceAccounts: [{ namespace: 'n', name: 'hidden' }] }
  const reason = 'RBAC: allowed by ClusterRoleBinding "b" of ClusterRole "r" to ServiceAccount "hidden/n"'
  const hidden: Ask = async ({ user: name }) =>
    name === 'system:serviceaccount:n:hidden' ? { allowed: true, reason } : { allowed: false }
  const report = await askAboutKnown(ask(snapshot), snapshot, hidden)
  const row = report.subjects.find(({ name }) => name === 'hidden')
  expect(row).toMatchObject({
    namespace: 'n',
    scope: '*',
    grants: [{ binding: { name: 'b' }, roleRef: { name: 'r' } }],
  })
  expect(report.complete).toBe(false)
  const never: Ask = () => Promise.reject(new Error('nothing is hidden'))
  expect((await askAboutKnown(ask(granted), granted, never)).subjects).toHaveLength(3)
})

test('about oneself: the account behind the user name, and no row for a no', () => {
  const self = { user: 'system:serviceaccount:n:me', allowed: true }
  expect(askAboutSelf(ask(snapshotOf({})), self).subjects).toMatchObject([
    { kind: 'ServiceAccount', name: 'me', note: 'you' },
  ])
  expect(askAboutSelf(ask(snapshotOf({})), { ...self, allowed: false }).subjects).toEqual([])
})

test('names in a reason are read back from Go’s quoting, whatever is in them', () => {
  const quoted = String.raw`"\a\b\f\n\r\t\v\x00\x7f\u200b\U000e0001\\\"ü/n"`
  const parsed = parseReason(`RBAC: allowed by RoleBinding "q\\"/x/m" of Role "r" to ServiceAccount ${quoted}`)
  expect(parsed?.subject).toEqual({ ...account('n', '\x07\b\f\n\r\t\v\0\x7F\u200B\u{E0001}\\"ü') })
  expect(parsed?.grant.binding).toEqual({ kind: 'RoleBinding', name: 'q"/x', namespace: 'm' })
  expect(parseReason('RBAC: clusterrole.rbac.authorization.k8s.io "x" not found')).toBeUndefined()
})

test('reviews run a few at a time, keep their order, and stop at the first failure', async () => {
  let [running, most] = [0, 0]
  const work = async (entry: number) => {
    most = Math.max(most, ++running)
    await new Promise((resolve) => setTimeout(resolve, entry % 3))
    running--
    return entry * 2
  }
  const entries = Array.from({ length: 50 }, (_, index) => index)
  expect(await inParallel(entries, work)).toEqual(entries.map((entry) => entry * 2))
  expect(most).toBe(8)
  await expect(
    inParallel(entries, (entry) => (entry === 7 ? Promise.reject(new Error('no')) : work(entry))),
  ).rejects.toThrow('no')
})
