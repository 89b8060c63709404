import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { auditPolicy } from '../../../src/audit-log/coverage/policy.ts'
import { couldDidReport } from '../../../src/could-did/report.ts'
import { indexRbac } from '../../../src/rbac/rbac-index.ts'
import type { Binding, Role, Subject } from '../../../src/snapshot/objects.ts'
import { emptySnapshot, type Snapshot } from '../../../src/snapshot/snapshot.ts'
import { couldDidNotes, couldDidText } from '../../../src/terminal/audit-could-did.ts'
import { plain } from '../../../src/terminal/look.ts'
import { rawEvent } from '../audit-log/samples.ts'

const policy = auditPolicy({ kind: 'Policy', apiVersion: 'audit.k8s.io/v1', rules: [{ level: 'Request' }] }, 'p')
const allowedBy = (binding: string, role: string, subject: string) => ({
  'authorization.k8s.io/decision': 'allow',
  'authorization.k8s.io/reason': `RBAC: allowed by ${binding} of ${role} to ${subject}`,
})
const refused = {
  responseStatus: { code: 403 },
  annotations: { 'authorization.k8s.io/decision': 'forbid', 'authorization.k8s.io/reason': '' },
}
const at = (second: number, changes: object = {}) =>
  rawEvent({ requestReceivedTimestamp: new Date(1_795_280_000_000 + second * 1000).toISOString(), ...changes })
const exec = (second: number, changes: object = {}) =>
  at(second, {
    verb: 'get',
    requestURI: '/api/v1/namespaces/payments/pods/api-0/exec?command=id',
    objectRef: { resource: 'pods', subresource: 'exec', namespace: 'payments', name: 'api-0', apiVersion: 'v1' },
    ...changes,
  })

const role = (
  name: string,
  namespace: string | undefined,
  resources: string[],
  verbs = ['get', 'list', 'create'],
): Role => ({
  kind: namespace === undefined ? 'ClusterRole' : 'Role',
  name,
  ...(namespace !== undefined && { namespace }),
  labels: {},
  rules: [{ verbs, apiGroups: [''], resources, resourceNames: [], nonResourceURLs: [] }],
})
const binding = (name: string, namespace: string | undefined, to: Role, ...subjects: Subject[]): Binding => ({
  kind: namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding',
  name,
  ...(namespace !== undefined && { namespace }),
  roleRef: { kind: to.kind, name: to.name },
  subjects,
})

async function ask(
  raws: (object | string)[],
  rbac: Partial<Snapshot> = {},
  options: Partial<Parameters<typeof couldDidReport>[2]> = {},
) {
  const taken = '2026-11-22T00:00:00.000Z'
  const snapshot = { ...emptySnapshot({ kind: 'bundle', path: 'case', taken }), ...rbac }
  const log = Readable.from([raws.map((raw) => `${typeof raw === 'string' ? raw : JSON.stringify(raw)}\n`).join('')])
  return await couldDidReport(log, { snapshot, index: indexRbac(snapshot) }, { policy, ...options })
}

const reader = role('reader', 'default', ['secrets'])
const runner = role('runner', undefined, ['pods/exec'])

test('who did it and may, who did it and may no longer, and by which binding it was allowed', async () => {
  const reason = allowedBy('RoleBinding "reads/default"', 'Role "reader"', 'User "mallory"')
  const bound = binding('runs', 'payments', runner, { kind: 'User', name: 'eve' })
  const report = await ask([at(0, { annotations: reason }), exec(1, { user: { username: 'eve', groups: [] } })], {
    roles: [reader],
    clusterRoles: [runner],
    roleBindings: [bound],
  })
  const [mallory, eve] = report.actors
  expect(mallory).toMatchObject({
    by: 'mallory',
    groups: ['dev', 'system:authenticated'],
    answers: [
      {
        question: 'secrets-read',
        could: { answer: 'no', rights: [] },
        counts: { done: 1 },
        mayNoLonger: [
          {
            cause: 'binding-gone',
            allowedBy: { binding: { kind: 'RoleBinding', namespace: 'default', name: 'reads' } },
          },
        ],
      },
    ],
  })
  expect(eve?.answers).toMatchObject([
    {
      question: 'exec',
      could: {
        answer: 'yes',
        rights: [
          { scope: 'payments', verbs: ['create', 'get'], grants: [{ binding: { name: 'runs' }, rule: { index: 0 } }] },
        ],
      },
      counts: { done: 1 },
      mayNoLonger: [],
    },
  ])
})

test.each([
  ['no-longer-named', [binding('reads', 'default', reader, { kind: 'User', name: 'eve' })], [reader]],
  [
    'role-changed',
    [binding('reads', 'default', reader, { kind: 'User', name: 'mallory' })],
    [role('reader', 'default', ['services'])],
  ],
])('of a right that is gone: %s', async (cause, roleBindings, roles) => {
  const annotations = allowedBy('RoleBinding "reads/default"', 'Role "reader"', 'User "mallory"')
  const { actors } = await ask([at(0, { annotations })], { roleBindings, roles })
  expect(actors[0]?.answers[0]?.mayNoLonger).toMatchObject([{ cause }])
})

test('another authorizer, and a log that does not say which', async () => {
  const by = { 'authorization.k8s.io/decision': 'allow', 'authorization.k8s.io/reason': 'the webhook likes you' }
  const { actors } = await ask([at(0, { annotations: by }), at(1, { user: { username: 'eve' } })])
  expect(actors.map(({ answers }) => answers[0]?.mayNoLonger[0]?.cause)).toEqual(['not-by-rbac', 'unknown'])
})

test('what was refused: still, or no longer', async () => {
  const bound = binding('reads', undefined, role('all', undefined, ['secrets']), { kind: 'User', name: 'eve' })
  const clusterRoles = [role('all', undefined, ['secrets'])]
  const raws = [at(0, refused), at(1, { ...refused, user: { username: 'eve' } })]
  const { actors } = await ask(raws, { clusterRoles, clusterRoleBindings: [bound] })
  expect(actors.map(({ answers: [one] }) => [one?.counts, one?.mayNot.length, one?.mayNow.length])).toEqual([
    [{ denied: 1 }, 1, 0],
    [{ denied: 1 }, 0, 1],
  ])
})

test('who was refused before the authorizer was asked, tells nothing of its rights', async () => {
  const message = 'users "admin" is forbidden: User "mallory" cannot impersonate resource "users"'
  const { actors } = await ask([at(0, { responseStatus: { code: 403, message }, annotations: {} })])
  const read = actors[0]?.answers.find(({ question }) => question === 'secrets-read')
  expect(read).toMatchObject({ counts: { denied: 1 }, mayNot: [], mayNow: [], mayNoLonger: [] })
})

test('may, and was not seen to: sure only where the log would show it', async () => {
  const groups = ['ops', 'system:authenticated']
  const rbac = {
    clusterRoles: [runner],
    clusterRoleBindings: [binding('runs', undefined, runner, { kind: 'Group', name: 'ops' })],
  }
  const raws = [
    at(0, { user: { username: 'eve', groups }, requestURI: '/api/v1/pods', objectRef: { resource: 'pods' } }),
  ]
  const sure = await ask(raws, rbac)
  expect(sure.actors).toMatchObject([{ answers: [{ question: 'exec', counts: {}, unseen: 'sure' }] }])
  const maybe = await ask(raws, rbac, { policy: undefined })
  expect(maybe.actors).toMatchObject([{ answers: [{ question: 'exec', unseen: 'maybe' }] }])
  const damaged = await ask([...raws, '{"kind":"Event","auditID":'], rbac)
  expect(damaged).toMatchObject({ complete: false, actors: [{ answers: [{ question: 'exec', unseen: 'maybe' }] }] })
  expect((await ask(raws)).others).toBe(1)
})

test('who acts as another has the rights of that one, and impersonation is of who was authenticated', async () => {
  const user = { username: 'adam', groups: ['system:authenticated'] }
  const impersonatedUser = {
    username: 'system:serviceaccount:a:robot',
    groups: ['system:serviceaccounts', 'system:serviceaccounts:a', 'system:authenticated'],
  }
  const rbac = {
    clusterRoles: [
      role('all', undefined, ['secrets'], ['get']),
      role('as', undefined, ['serviceaccounts'], ['impersonate']),
    ],
    clusterRoleBindings: [
      binding('all', undefined, role('all', undefined, []), { kind: 'ServiceAccount', name: 'robot', namespace: 'a' }),
      binding('as', undefined, role('as', undefined, []), { kind: 'User', name: 'adam' }),
    ],
  }
  const { actors } = await ask([at(0, { user, impersonatedUser })], rbac)
  expect(
    actors.map(({ by, as, answers }) => [
      by,
      as,
      answers.map(({ question, could, counts, mayNoLonger }) => [
        question,
        could.answer,
        counts.done,
        mayNoLonger.length,
      ]),
    ]),
  ).toEqual([
    ['adam', 'system:serviceaccount:a:robot', [['secrets-read', 'yes', 1, 0]]],
    ['adam', undefined, [['impersonation', 'yes', 1, 0]]],
  ])
  // That the other one was refused does not say that being the other one was.
  const denied = await ask([at(0, { user, impersonatedUser, ...refused })], rbac)
  expect(denied.actors.map(({ answers }) => answers.map(({ question, counts }) => [question, counts]))).toEqual([
    [['secrets-read', { denied: 1 }]],
    [['impersonation', { done: 1 }]],
  ])
})

test('what of RBAC could not be read is no "no"', async () => {
  const gaps = [{ what: 'list clusterrolebindings', why: 'forbidden', hides: 'who may' }]
  const report = await ask([at(0), at(1, refused)], { gaps })
  expect(report).toMatchObject({ complete: false, gaps })
  expect(report.actors[0]?.answers).toMatchObject([
    { could: { answer: 'unknown' }, mayNoLonger: [], mayNot: [], unclear: { length: 2 } },
  ])
})

test('masters may everything, and of kubelets nobody knows from RBAC', async () => {
  const root = { username: 'root', groups: ['system:masters', 'system:authenticated'] }
  const node = { username: 'system:node:n1', groups: ['system:nodes', 'system:authenticated'] }
  const { actors } = await ask([at(0, { user: root }), at(1, { user: node })])
  expect(actors[0]?.answers.every(({ could }) => could.answer === 'yes')).toBe(true)
  expect(actors[1]).toMatchObject({
    routine: 'a kubelet',
    answers: [{ could: { answer: 'unknown' }, unclear: { length: 1 } }],
  })
})

const write = (second: number, verb: string, name: string, more: object = {}) =>
  at(second, {
    verb,
    user: { username: 'boss' },
    requestURI: '/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings',
    objectRef: {
      resource: 'rolebindings',
      apiGroup: 'rbac.authorization.k8s.io',
      namespace: 'default',
      ...(name !== '' && { name }),
    },
    ...more,
  })

test('when whose rights changed, by whom: by the binding that allowed it, that grants it, that names them, or all at once', async () => {
  const annotations = allowedBy('RoleBinding "reads/default"', 'Role "reader"', 'User "mallory"')
  const subjects = [{ kind: 'Group', name: 'dev' }]
  const raws = [
    write(0, 'create', 'reads', refused),
    write(1, 'create', 'reads'),
    at(2, { annotations }),
    write(3, 'delete', 'reads'),
    write(4, 'create', 'other', { requestObject: { subjects } }),
    write(5, 'create', 'unrelated', { requestObject: { subjects: [{ kind: 'User', name: 'eve' }] } }),
    write(6, 'deletecollection', ''),
    write(90_000, 'create', 'reads'),
  ]
  const { actors } = await ask(raws)
  const mallory = actors.find(({ by }) => by === 'mallory')
  expect(mallory?.changes.map(({ verb, by, name, afterRbac }) => [verb, by, name, afterRbac])).toEqual([
    ['create', 'boss', 'reads', undefined],
    ['delete', 'boss', 'reads', undefined],
    ['create', 'boss', 'other', undefined],
    ['deletecollection', 'boss', undefined, undefined],
    ['create', 'boss', 'reads', true],
  ])
})

test('in words', async () => {
  const annotations = allowedBy('RoleBinding "reads/default"', 'Role "reader"', 'User "mallory"')
  const rbac = {
    clusterRoles: [runner],
    roleBindings: [binding('runs', 'payments', runner, { kind: 'User', name: 'eve\u001b[31m' })],
  }
  const raws = [
    at(0, { annotations }),
    write(3, 'delete', 'reads'),
    exec(4, { ...refused, user: { username: 'eve\u001b[31m' } }),
    exec(5, refused),
  ]
  const report = await ask(raws, rbac)
  expect(couldDidText(report, { wide: false, look: plain }).split(/^found:/m)[0]).toBe(
    `ACTOR                DID                             MAY, AND WAS NOT SEEN TO
user:mallory         exec 1 denied, secrets-read 1   -
user:boss            rbac-changes 1                  -
user:eve\\u{1b}[31m   exec 1 denied                   -

did, and may no longer:
  user:mallory  get secrets db in default: 1 time, last 2026-11-21T16:53:20Z; RoleBinding/default/reads allowed it, and is gone
  user:boss  delete rolebindings.rbac.authorization.k8s.io reads in default: 1 time, last 2026-11-21T16:53:23Z; the log does not say what allowed it

was refused, and may now:
  user:eve\\u{1b}[31m  get pods/exec api-0 in payments: 1 time, last 2026-11-21T16:53:24Z

tried, and may not:
  user:mallory  get pods/exec api-0 in payments: 1 time, last 2026-11-21T16:53:25Z

rights changed:
  user:mallory  2026-11-21T16:53:23Z by user:boss: delete RoleBinding/default/reads

`,
  )
  expect(couldDidNotes(report)).toEqual(['RBAC is as it was at 2026-11-22T00:00:00.000Z'])
})
