import { readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { rawEvent } from '../unit/audit-log/samples.ts'
import { folder, secure } from './run.ts'

const hostile = 'eve\u001b[31m\u202e'
const manifests = `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: reader}
rules: [{apiGroups: [""], resources: [secrets, pods], verbs: [get, list]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: reads}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: reader}
subjects: [{kind: User, name: mallory}, {kind: User, name: ${JSON.stringify(hostile)}}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: idle, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: reader}
subjects: [{kind: ServiceAccount, name: web, namespace: shop}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: "system:node-proxier"}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: reader}
subjects: [{kind: User, name: "system:kube-proxy"}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: "system:basic-user"}
rules: [{apiGroups: [authorization.k8s.io], resources: [selfsubjectaccessreviews], verbs: [create]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: "system:basic-user"}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: "system:basic-user"}
subjects: [{kind: Group, name: "system:authenticated"}]
`
const policy = (level: string) => `apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n${level}`
const all = policy('- level: Metadata\n')
const files = {
  'rbac.yaml': manifests,
  'policy.yaml': all,
  'secrets-only.yaml': policy('- {level: Metadata, resources: [{group: "", resources: [secrets]}]}\n'),
  'a.log': [
    rawEvent(),
    rawEvent({
      objectRef: { resource: 'x', apiVersion: 'v1' },
      annotations: { 'authorization.k8s.io/decision': 'forbid' },
      responseStatus: { code: 403 },
    }),
  ]
    .map((one) => `${JSON.stringify(one)}\n`)
    .join(''),
}
const asked = async (words: string, cwd = folder(files)) =>
  await secure(`unused --snapshot rbac.yaml ${words}`.split(' '), { cwd })

test('what nothing used, and how it is said', async () => {
  const { code, stdout, stderr } = await asked('--audit-log a.log --audit-policy policy.yaml')
  expect({ code, stdout }).toEqual({
    code: 1,
    stdout: `SUBJECT                      BINDING                                  ROLE                 SCOPE   VERDICT   USES   LAST                   NOT USED
user:eve\\u{1b}[31m\\u{202e}   ClusterRoleBinding/reads                 ClusterRole/reader   *       unused    -      -                      all of it
user:system:kube-proxy       ClusterRoleBinding/system:node-proxier   ClusterRole/reader   *       unused    -      -                      all of it
sa:shop/web                  RoleBinding/shop/idle                    ClusterRole/reader   shop    unused    -      -                      all of it
user:mallory                 ClusterRoleBinding/reads                 ClusterRole/reader   *       partly    1      2026-11-21T17:00:57Z   get,list pods; list secrets
`,
  })
  // A name makes nothing the cluster's own: of the two, one is as every cluster has it.
  expect(stderr).toContain('left out: 1 grant of others')
  expect(stderr).toContain('1 request was refused by the authorizer')
})

test('each rule with its line, and JSON', async () => {
  const wide = await asked('--audit-log a.log --audit-policy policy.yaml --subject user:mallory -o wide')
  expect(wide.stdout).toMatch(
    /^user:mallory .* 0 +partly +1 +\S+ +a\.log:1 +get secrets +get,list pods; list secrets +-$/m,
  )
  expect(wide.stdout).not.toContain('sa:shop/web')
  const { code, stdout } = await asked('--audit-log a.log --audit-policy secrets-only.yaml -o json')
  expect(code).toBe(3)
  const report = JSON.parse(stdout) as { grants: { subject: { name: string }; rules: object[] }[] }
  expect(report).toMatchObject({ kind: 'UnusedReport', complete: false, rbac: { source: 'files' }, leftOut: 1 })
  expect(report.grants.find(({ subject }) => subject.name === 'mallory')?.rules).toMatchObject([
    {
      verdict: 'partly',
      used: [{ verb: 'get', apiGroup: '', resource: 'secrets', count: 1, at: { file: 'a.log', line: 1 } }],
      unused: [{ verbs: ['list'], resources: ['secrets'] }],
      unknown: [
        {
          rules: [{ verbs: ['get', 'list'], resources: ['pods'] }],
          why: expect.stringContaining('no rule for the rest') as string,
        },
      ],
    },
  ])
})

test('without the audit policy nothing is unused for sure', async () => {
  const { code, stdout } = await asked('--audit-log a.log')
  expect(code).toBe(3)
  expect(stdout).toContain('without the audit policy')
  expect(stdout).not.toContain('all of it')
})

test('of a subject that nothing is granted to it is said: an empty answer is not one in use', async () => {
  const { stdout, stderr } = await asked('--audit-log a.log --audit-policy policy.yaml --subject sa:shop/webb')
  expect(stdout).toBe('')
  expect(stderr).toContain('Note: no binding names sa:shop/webb\n')
  expect(stderr).toContain(
    'Note: nothing grants sa:shop/webb itself anything: there is nothing to hold against the log\n',
  )
  const other = await asked('--audit-log a.log --audit-policy policy.yaml --subject sa:shop/web')
  expect(other.stderr).not.toMatch(/no binding names|nothing grants/)
})

test('--emit writes what is narrowed, and asking of that finds nothing unused', async () => {
  const cwd = folder(files)
  const { code, stdout, stderr } = await asked('--audit-log a.log --audit-policy policy.yaml --emit out', cwd)
  expect(code).toBe(1)
  expect(stdout).toContain('replayed:  1 request of the log, none would be refused')
  expect(stderr).toContain('out has apply.yaml (2 objects) and delete.yaml (2)')
  expect(readFileSync(join(cwd, 'out', 'delete.yaml'), 'utf8')).toMatch(
    /kind: RoleBinding\nmetadata:\n {2}name: idle\n {2}namespace: shop\n$/,
  )
  const again = await secure(
    'unused --snapshot out/apply.yaml --audit-log a.log --audit-policy policy.yaml'.split(' '),
    { cwd },
  )
  expect({ code: again.code, stdout: again.stdout }).toEqual({ code: 0, stdout: '' })
})

test.each([
  ['--audit-log empty.log', 'there is nothing in it'],
  ['--audit-log a.log --until 2020-01-01T00:00:00Z', '0 events'],
])('a log without an event shows nothing, and narrows nothing: %s', async (words, says) => {
  const cwd = folder({ ...files, 'empty.log': '' })
  const { code, stdout, stderr } = await asked(`${words} --audit-policy policy.yaml --emit out`, cwd)
  expect(code).toBe(3)
  expect(stdout).not.toMatch(/ unused | partly /)
  expect(stdout).toContain('0 roles and bindings to apply, 0 bindings to delete')
  expect(stderr).toContain(says)
})

test('--emit follows no link', async () => {
  const cwd = folder({ ...files, 'out/x': '', 'mine.txt': 'mine' })
  symlinkSync(join(cwd, 'mine.txt'), join(cwd, 'out', 'apply.yaml'))
  const { code } = await asked('--audit-log a.log --audit-policy policy.yaml --emit out', cwd)
  expect(code).toBe(2)
  expect(readFileSync(join(cwd, 'mine.txt'), 'utf8')).toBe('mine')
})

test.each([
  ['--audit-policy policy.yaml', /which audit log\?/],
  ['--audit-log none.log --audit-policy policy.yaml', /audit log none\.log: no such file/],
  ['--audit-log a.log --emit out', /--emit needs --audit-policy/],
  ['--audit-log a.log --subject mallory', /is not a subject/],
])('%s is not enough', async (words, says) => {
  const { code, stdout, stderr } = await asked(words)
  expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: '', stderr: expect.stringMatching(says) as string })
})
