import { expect, test } from 'vitest'
import { ask, example, folder, secure } from './run.ts'

const world = `
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: web, namespace: shop}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: boss, namespace: shop}
---
apiVersion: v1
kind: Pod
metadata: {name: web-0, namespace: shop}
spec: {serviceAccountName: web, containers: [{name: c}]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: all}
rules: [{apiGroups: ["*"], resources: ["*"], verbs: ["*"]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: boss}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: all}
subjects: [{kind: ServiceAccount, name: boss, namespace: shop}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: tokens, namespace: shop}
rules: [{apiGroups: [""], resources: [serviceaccounts/token], verbs: [create]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: tokens, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: tokens}
subjects:
- {kind: ServiceAccount, name: web, namespace: shop}
- {kind: User, apiGroup: rbac.authorization.k8s.io, name: alice}
`

const paths = (...words: string[]) => secure(['paths', ...words, '--snapshot', folder({ 'world.yaml': world })])

test('says how a pod that was broken into becomes admin, hop by hop with the grants', async () => {
  const { code, stdout } = await paths('--from', 'pod:shop/web-0', '--to', 'admin')
  expect(code).toBe(0)
  expect(stdout.split('\n').map((line) => line.trim().replaceAll(/ {2,}/g, '  '))).toEqual([
    'pod:shop/web-0 → admin (3 hops)',
    expect.stringMatching(/^1 {2}pod-token {2}→ sa:shop\/web {2}Pod shop\/web-0 spec.serviceAccountName is web/),
    '2  sa-token  → sa:shop/boss  RoleBinding/shop/tokens → Role/tokens rule 0',
    '3  wildcard  → admin  ClusterRoleBinding/boss → ClusterRole/all rule 0',
    '',
  ])
})

test('without a subject, all who reach a target, the shortest way first', async () => {
  const { stdout } = await paths('--to', 'admin')
  expect(stdout.match(/^\S.*hops?\)$/gm)).toEqual([
    'sa:shop/boss → admin (1 hop)',
    'user:alice → admin (2 hops)',
    'sa:shop/web → admin (2 hops)',
  ])
})

test('what breaks all paths is one command a grant, and only shown', async () => {
  const all = await paths('--to', 'admin', '--cut')
  expect(all.stdout).toContain('take away 1 grant (no smaller set does); nothing was changed:')
  expect(all.stdout).toContain('kubectl delete clusterrolebinding.rbac.authorization.k8s.io -- boss')
  const one = await paths('--from', 'user:alice', '--to', 'admin', '--cut')
  expect(one.stdout).toMatch(/user:alice in RoleBinding\/shop\/tokens|kubectl delete clusterrolebinding/)
})

test('no path is exit code 1, and said', async () => {
  const { code, stdout, stderr } = await paths('--from', 'user:nobody')
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).toContain('Note: no path to admin or a node')
})

test('who is not there, and whom no binding names, is said: nothing else tells a slip from an all-clear', async () => {
  const { code, stderr } = await paths('--from', 'sa:shop/webb', '--from', 'user:jane', '--from', 'group:dev')
  expect(code).toBe(1)
  expect(stderr).toContain('Note: service account shop/webb is not in these files\n')
  for (const who of ['sa:shop/webb', 'user:jane', 'group:dev'])
    expect(stderr).toContain(`Note: no binding names ${who}\n`)
  const { stderr: there } = await paths('--from', 'sa:shop/web', '--from', 'user:alice')
  expect(there).not.toMatch(/no binding names|not in these files/)
})

test('with a limit it says that there is no path so short, and not that there is none', async () => {
  const { code, stderr } = await paths('--from', 'sa:shop/web', '--to', 'admin', '--max-hops', '1')
  expect(code).toBe(1)
  expect(stderr).toBe('Note: no path of at most 1 hop to admin\n')
  const json = await paths('--from', 'sa:shop/web', '--to', 'admin', '--max-hops', '1', '-o', 'json')
  expect(JSON.parse(json.stdout)).toMatchObject({ notes: ['no path of at most 1 hop to admin'], paths: [] })
  expect((await paths('--from', 'sa:shop/web', '--to', 'admin', '--max-hops', '2')).stderr).toBe('')
})

test('what cannot be read makes the answer incomplete', async () => {
  const broken = `${world}---\napiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: x, namespace: shop}\nrules: 7\n`
  const { code, stderr } = await secure(['paths', '--snapshot', folder({ 'world.yaml': broken })])
  expect(code).toBe(3)
  expect(stderr).toContain('incomplete: ')
})

test.each([
  [['--to', 'root'], 'admin, node, node:NAME, ns:NAMESPACE, secret:NAMESPACE/NAME or sa:NAMESPACE/NAME'],
  [['--from', 'alice'], 'sa:NAMESPACE/NAME, user:NAME, group:NAME, pod:NAMESPACE/NAME or node:NAME'],
  [['--from', 'pod:shop/none'], 'there is no such object in these files'],
  [['--max-hops', '0'], 'max-hops'],
  [['--cut', '--max-hops', '2'], 'cut'],
  [['--cut', '-o', 'mermaid'], 'a diagram does not show what --cut says'],
  [['-n', 'shop'], 'Nonexistent flag: -n'],
])('wrong words are said to be wrong: %j', async (words, said) => {
  const { code, stderr, stdout } = await paths(...words)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain(said)
})

test('JSON has every path with its grants', async () => {
  const { report, code } = await ask({ 'world.yaml': world }, 'paths', '--to', 'admin')
  expect(code).toBe(0)
  const { paths } = report as unknown as {
    paths: { from: { text: string }; hops: { rule: string; grants: { rule: { verbs: string[] } }[] }[] }[]
  }
  expect(paths).toHaveLength(3)
  expect(paths[1]?.hops[0]).toMatchObject({
    rule: 'sa-token',
    needs: [],
    grants: [{ rule: { verbs: ['create'] }, binding: { name: 'tokens' } }],
  })
})

test('a diagram holds hostile names as character codes, and the table shows them', async () => {
  const hostile = world.replaceAll('name: alice', 'name: "a\\u001b[31m\\"]x"')
  const snapshot = ['--snapshot', folder({ 'world.yaml': hostile })]
  const mermaid = await secure(['paths', '--to', 'admin', '-o', 'mermaid', ...snapshot])
  expect(mermaid.stdout).toContain('(["user:a#27;#91;31m#34;#93;x"])')
  const table = await secure(['paths', '--to', 'admin', '-o', 'wide', ...snapshot])
  expect(table.stdout).toContain('user:a\\u{1b}[31m"]x → admin (2 hops)')
})

test('what is asked twice is answered once; what a diagram has no room for is said', async () => {
  const names = Array.from({ length: 12 }, (_, index) => `- {kind: User, name: user-${index}}\n`).join('')
  const many = ['--snapshot', folder({ 'world.yaml': `${world}${names}` })]
  const { stdout, stderr } = await secure(['paths', '--to', 'admin', '--to', 'admin', '-o', 'mermaid', ...many])
  expect(stdout.match(/^ {2}n\d+\(\[/gm)).toHaveLength(10)
  expect(stderr.match(/not drawn: .*/g)).toEqual(['not drawn: 5 more to admin (-o json lists them all)'])
})

test('the example has its paths', async () => {
  const { code, stdout } = await secure(['paths', '--snapshot', example])
  expect(code).toBe(0)
  expect(stdout).toMatch(/^group:oncall → admin \(\d hops?\)$/m)
})
