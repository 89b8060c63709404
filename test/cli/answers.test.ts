import { load } from 'js-yaml'
import { expect, test } from 'vitest'
import { ask, example, type Report, secure } from './run.ts'

const files = ['--snapshot', example]
const question = ['who-can', 'get', 'secrets', '-A', ...files]

test('the table has a row for every subject and scope, and only then the implicit ones', async () => {
  const { code, stdout, stderr } = await secure(question)
  expect(code).toBe(0)
  const [heading, ...rows] = stdout.trimEnd().split('\n')
  expect(heading).toMatch(/^SUBJECT +KIND +SCOPE +NAMES +VIA$/)
  expect(stdout).toMatch(
    /^payments\/api +ServiceAccount +payments +stripe-key +RoleBinding\/payments\/api-reads-stripe-key → /m,
  )
  expect(rows.slice(-2).every((row) => row.includes('(implicit)'))).toBe(true)
  expect(stderr).toBe('Note: RoleBinding payments/nightly-backup grants nothing: Role backup does not exist\n')
})

test('wide has the whole chain, and where an aggregated rule was written', async () => {
  const { stdout } = await secure([...question, '-o', 'wide'])
  expect(stdout).toContain(
    'ServiceAccount payments/api → RoleBinding/payments/api-reads-stripe-key → Role/read-stripe-key → rule 0 matched get "" secrets\n',
  )
  expect(stdout).toMatch(
    /ClusterRole\/admin → rule \d+ matched get "" secrets \(aggregated from system:aggregate-to-edit\)/,
  )
})

test('YAML is the same answer as JSON', async () => {
  for (const words of [
    question,
    ['what-can', 'sa:ci/deployer', ...files],
    ['can', 'sa:ci/deployer', 'get', 'pods', '-n', 'shop', ...files],
  ]) {
    const [json, yaml] = await Promise.all([secure([...words, '-o', 'json']), secure([...words, '-o', 'yaml'])])
    expect(load(yaml.stdout)).toEqual(JSON.parse(json.stdout))
    expect(json.stdout).toMatch(/^\{\n {4}"apiVersion": "kubectl-secure.github.io\/v1",\n {4}"kind": "\w+Report"/)
    expect([yaml.code, yaml.stderr]).toEqual([json.code, json.stderr])
  }
})

test('every name that -o name prints is one that what-can and can take, and agree on', async () => {
  const { stdout } = await secure([...question, '-o', 'name'])
  const names = stdout.trimEnd().split('\n')
  expect(names).toContain('user:enaj\\u{202e}@example.com')
  for (const name of names) {
    const { code, stdout } = await secure(['what-can', name, ...files, '-o', 'json'])
    expect({ name, code }).toEqual({ name, code: 0 })
    const { rights } = JSON.parse(stdout) as Report
    const secrets = rights.filter(
      ({ resource, verbs }) => /^(\*|secrets)$/.test(resource ?? '') && /get|\*/.test(verbs.join()),
    )
    expect({ name, secrets: secrets.length }).not.toEqual({ name, secrets: 0 })
  }
})

test('exit codes: found, none, only implicit rows', async () => {
  const none = await secure(['who-can', 'get', 'secrets', '-n', 'nowhere', '--name', 'x', '--snapshot', '.'], {
    cwd: import.meta.dirname,
  })
  expect(none.code).toBe(2)
  const implicit = await ask({ 'a.yaml': '# nothing\n' }, 'who-can', 'get', 'secrets', '-A')
  expect([implicit.code, implicit.report.subjects, implicit.report.complete]).toEqual([1, [], true])
  const rights = await secure(['what-can', 'user:nobody', '--snapshot', '.'], { cwd: import.meta.dirname })
  expect(rights.code).toBe(2)
})

test('can says yes, no or unknown, on one line', async () => {
  const yes = await secure(['can', 'sa:ci/deployer', 'get', 'pods', '-n', 'shop', ...files])
  expect([yes.code, yes.stdout]).toEqual([
    0,
    expect.stringMatching(/^yes - RoleBinding shop\/deployer-edits gives [^\n]+\n$/),
  ])
  const no = await secure(['can', 'sa:payments/api', 'get', 'secrets/other', '-n', 'payments', ...files])
  expect([no.code, no.stdout]).toEqual([1, 'no - no rule allows it in namespace payments\n'])
  const pod = await secure(['can', 'pod:ci/runner-0', 'get', 'pods', '-n', 'shop', ...files])
  expect(pod.stdout).toBe(yes.stdout)
  const dangling = await secure(['can', 'group:system:masters', 'delete', 'nodes', ...files])
  expect(dangling.stdout).toMatch(/^yes - system:masters is allowed everything/)
})

test('--expand shows the pods that run as a subject', async () => {
  const { stdout } = await secure([...question, '--expand'])
  expect(stdout).toMatch(/^↳ payments\/api +ServiceAccount +member: pods api-0$/m)
})

test('-n "" is the default namespace, as for kubectl', async () => {
  const rule = 'rules: [{apiGroups: [""], resources: [secrets], verbs: [get]}]'
  const role = `apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: r}\n${rule}\n`
  const bound =
    'kind: RoleBinding\nmetadata: {name: b}\nroleRef: {kind: Role, name: r}\nsubjects: [{kind: User, name: jane}]\n'
  const { report } = await ask(
    { 'a.yaml': `${role}---\napiVersion: rbac.authorization.k8s.io/v1\n${bound}` },
    'who-can',
    'get',
    'secrets',
    '-n',
    '',
  )
  expect(report.subjects).toMatchObject([{ name: 'jane', scope: 'default' }])
})
