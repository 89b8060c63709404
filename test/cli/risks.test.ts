import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Finding } from '../../src/risks/finding.ts'
import { folder, secure } from './run.ts'

const boss = `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: boss}
rules: [{apiGroups: ["*"], resources: ["*"], verbs: ["*"]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: boss}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: boss}
subjects: [{kind: User, name: ann}]
`
const exec = `
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: exec, namespace: shop}
rules: [{apiGroups: [""], resources: [pods/exec], verbs: [create]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: exec, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: exec}
subjects: [{kind: ServiceAccount, name: ci, namespace: shop}]
`
const quiet = `
apiVersion: v1
kind: ConfigMap
metadata: {name: x, namespace: shop}
`

const risks = (files: Record<string, string>, ...words: string[]) =>
  secure(['risks', ...words, '--snapshot', folder(files)])
const found = (stdout: string) => JSON.parse(stdout) as { findings: Finding[]; gone?: Finding[] }

test('says what is worst first, and exits with 1; nothing found is 0', async () => {
  const { code, stdout } = await risks({ 'a.yaml': exec, 'b.yaml': boss })
  expect(stdout.split('\n').map((line) => line.split(/ {3,}/).slice(0, 4))).toEqual([
    ['SEVERITY', 'RULE', 'SUBJECT', 'SCOPE'],
    ['critical', 'wildcard', 'user:ann', '*'],
    ['medium', 'exec', 'sa:shop/ci', 'shop'],
    [''],
  ])
  expect(code).toBe(1)
  const none = await risks({ 'a.yaml': quiet })
  expect([none.code, none.stdout]).toEqual([0, ''])
  expect(none.stderr).toContain('Note: no findings')
})

test('--fail-on sets from which severity on it counts; what could not be read is 3 where nothing does', async () => {
  expect((await risks({ 'a.yaml': exec }, '--fail-on', 'high')).code).toBe(0)
  expect((await risks({ 'a.yaml': exec }, '--fail-on', 'medium')).code).toBe(1)
  expect((await risks({ 'a.yaml': exec, 'b.yaml': 'a: [' }, '--fail-on', 'high')).code).toBe(3)
  expect((await risks({ 'a.yaml': exec, 'b.yaml': 'a: [' }, '--fail-on', 'medium')).code).toBe(1)
  expect((await risks({ 'a.yaml': exec }, '--fail-on', 'huge')).code).toBe(2)
})

test('-o wide has the id, the grants and the commands; -n narrows', async () => {
  const { stdout } = await risks({ 'a.yaml': exec, 'b.yaml': boss }, '-o', 'wide', '-n', 'shop')
  expect(stdout).toMatch(/id +exec-[0-9a-f]{16}/)
  expect(stdout).toContain('ServiceAccount shop/ci → RoleBinding/shop/exec → Role/exec → rule 0')
  expect(stdout).toContain('kubectl delete rolebinding.rbac.authorization.k8s.io -n shop -- exec')
  expect(stdout).not.toContain('user:ann')
})

test('a namespace that the manifests do not have is taken for there, and that is said', async () => {
  const { code, stderr } = await risks({ 'a.yaml': exec }, '-n', 'shpo')
  expect(code).toBe(0)
  expect(stderr).toContain('ns:shpo is not in these files: it is taken to exist')
  expect((await risks({ 'a.yaml': exec }, '-n', 'shop')).stderr).toBe('')
})

test('--baseline shows what is new, changed and gone, and nothing else', async () => {
  const before = (await risks({ 'a.yaml': exec }, '-o', 'json')).stdout
  const files = folder({
    'old.json': before,
    'm/a.yaml': exec.replace('create', 'get, create'),
    'm/b.yaml': boss,
    'n/b.yaml': boss,
  })
  const since = (place: string, ...words: string[]) =>
    secure(['risks', '--baseline', join(files, 'old.json'), '--snapshot', join(files, place), ...words])
  const { stdout, code } = await since('m')
  expect(stdout).toMatch(/^\+ +critical +wildcard +user:ann/m)
  expect(stdout).toMatch(
    /^~ +medium +exec +sa:shop\/ci .*\+ RoleBinding\/shop\/exec → Role\/exec: get,create pods\/exec/m,
  )
  expect(code).toBe(1)
  const gone = found((await since('n', '-o', 'json')).stdout).gone
  expect(gone?.map(({ rule }) => rule)).toEqual(['exec'])
  writeFileSync(join(files, 'new.json'), (await since('m', '-o', 'json')).stdout)
  const again = await secure(['risks', '--baseline', join(files, 'new.json'), '--snapshot', join(files, 'm')])
  expect(again.code).toBe(2)
  expect(again.stderr).toContain('it was itself compared with a baseline')
  const narrowed = await since('m', '-n', 'shop')
  expect(narrowed.stderr).toContain('it is about the whole cluster, the question about namespace shop')
})

test('--exceptions leaves out of tables what somebody answers for; what is expired or unused is a finding', async () => {
  const exceptions = `
apiVersion: kubectl-secure.github.io/v1
kind: RiskExceptions
exceptions:
  - {rule: exec, subject: "sa:shop/ci", scope: shop, owner: ops, reason: on call}
  - {rule: exec, subject: "sa:shop/old", scope: shop, owner: ops, reason: gone}
  - {rule: wildcard, subject: "user:ann", scope: "*", owner: sec, reason: break glass, expires: 2020-01-01}
`
  const files = folder({
    'e.yaml': exceptions,
    'm/a.yaml': exec,
    'm/b.yaml': boss,
    'bad.yaml': exceptions.replace('owner: sec', 'ownr: sec').replace('scope: shop', 'scope: 7'),
  })
  const ask = (file: string, ...words: string[]) =>
    secure(['risks', '--snapshot', join(files, 'm'), '--exceptions', join(files, file), ...words])
  const { stdout, stderr, code } = await ask('e.yaml')
  expect(stdout).not.toMatch(/exec +sa:shop\/ci/)
  expect(stdout).toMatch(/^critical +wildcard +user:ann/m)
  expect(stdout).toMatch(/^low +exception-unused /m)
  expect(stdout).toMatch(/^low +exception-expired /m)
  expect(stderr).toContain('1 finding is excepted')
  expect(code).toBe(1)
  const excepted = found((await ask('e.yaml', '-o', 'json')).stdout).findings.filter(({ exception }) => exception)
  expect(excepted.map(({ rule, exception }) => [rule, exception])).toEqual([
    ['exec', { owner: 'ops', reason: 'on call' }],
  ])
  const bad = await ask('bad.yaml')
  expect(bad.code).toBe(2)
  expect(bad.stderr).toMatch(/^\S*bad\.yaml:5: .*must be string$/m)
  expect(bad.stderr).toMatch(/^\S*bad\.yaml:7: .*did you mean owner\?$/m)
})

test('SARIF has file and line of the binding', async () => {
  const { stdout } = await secure(['risks', '-o', 'sarif', '--snapshot', 'deploy'], {
    cwd: folder({ 'deploy/a.yaml': `${exec}---${boss}` }),
  })
  const { runs } = JSON.parse(stdout) as {
    runs: { results: { ruleId: string; locations: { physicalLocation: object }[] }[] }[]
  }
  const places = runs[0]?.results.map(({ ruleId, locations }) => [ruleId, locations[0]?.physicalLocation])
  expect(places).toEqual([
    ['wildcard', { artifactLocation: { uri: 'deploy/a.yaml' }, region: { startLine: 17 } }],
    ['exec', { artifactLocation: { uri: 'deploy/a.yaml' }, region: { startLine: 6 } }],
  ])
})
