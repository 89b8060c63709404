import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { hostileCharacters } from '../../src/text/hostile.ts'
import { rawEvent } from '../unit/audit-log/samples.ts'
import { bundleWith } from '../unit/snapshot/recorded-world.ts'
import { folder, secure } from './run.ts'

const hostile = 'eve\u001b[31m\u202e'
const at = (second: number, changes: object) =>
  rawEvent({
    auditID: `id-${second}`,
    requestReceivedTimestamp: new Date(Date.UTC(2026, 10, 21, 17, 0, second)).toISOString(),
    ...changes,
  })
const events = [
  at(0, {}),
  at(1, {
    user: { username: 'system:kube-controller-manager' },
    verb: 'list',
    objectRef: { resource: 'secrets', apiVersion: 'v1' },
  }),
  at(2, {
    user: { username: 'system:serviceaccount:payments:api' },
    requestURI: '/api/v1/namespaces/payments/pods/api-0/exec?command=sh&command=-c&command=id',
    objectRef: { resource: 'pods', subresource: 'exec', namespace: 'payments', name: 'api-0', apiVersion: 'v1' },
    responseStatus: { code: 101 },
  }),
  at(3, {
    user: { username: hostile },
    verb: 'create',
    requestURI: '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
    objectRef: { resource: 'clusterrolebindings', apiGroup: 'rbac.authorization.k8s.io', name: 'x\u0007\n' },
  }),
  at(4, { requestURI: '/api/v1/configmaps', verb: 'list', objectRef: { resource: 'configmaps', apiVersion: 'v1' } }),
]
const lines = (...all: object[]) => all.map((one) => `${JSON.stringify(one)}\n`).join('')
const log = lines(...events)
const policy = (first = '') => `apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n${first}- level: RequestResponse\n`
const noExec = '- {level: None, resources: [{group: "", resources: [pods/exec, pods/attach]}]}\n'
const here = (files: Record<string, string | Uint8Array>) =>
  folder({ 'policy.yaml': policy(), 'no-exec.yaml': policy(noExec), ...files })
const asked = async (words: string, files: Record<string, string | Uint8Array> = { 'a.log': log }) =>
  await secure(words.split(' '), { cwd: here(files) })

test('a question: who did it, to what, with what outcome, and what the answer is worth', async () => {
  const { code, stdout, stderr } = await asked('audit ask exec --audit-log a.log --audit-policy policy.yaml')
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: `exec: Who ran commands in containers? (T1609)
TIME                   ACTOR             OUTCOME   COUNT   TARGET           WHAT
2026-11-21T17:00:02Z   sa:payments/api   done      1       payments/api-0   exec: sh -c id

found:  exec 1
no audit log shows:  what was typed into a shell; commands run through the kubelet itself (port 10250) or the node
`,
  })
  expect(stderr).toBe(
    'Note: read 1 file, 5 lines, 1 event; only lines with words of the question were looked at, and not which time the log spans\n',
  )
})

test('none is said only where the log would have shown it', async () => {
  const none = await asked('audit ask tokens --audit-log a.log --audit-policy policy.yaml')
  expect({ code: none.code, stdout: none.stdout }).toEqual({
    code: 1,
    stdout: expect.stringMatching(/^none: {2}tokens\n/) as string,
  })
  const files = { 'a.log': lines(...events.filter((_, index) => index !== 2)) }
  for (const words of ['--audit-policy no-exec.yaml', '']) {
    const { code, stdout } = await asked(`audit ask exec --audit-log a.log ${words}`.trim(), files)
    expect({ code, stdout }).toEqual({
      code: 3,
      stdout: expect.stringMatching(/^unanswerable: {2}exec\n {2}- /) as string,
    })
    expect(stdout).not.toContain('none:')
  }
})

test('all questions at once, hostile names shown and not obeyed, the routine left out and counted', async () => {
  const { code, stdout, stderr } = await asked('audit ask --audit-log a.log')
  expect(code).toBe(3)
  expect(stdout).toContain('user:eve\\u{1b}[31m\\u{202e}')
  expect(stdout).toContain('x\\u{7}\\u{a}')
  expect(stdout).toContain('secrets-read 1 + 1 routine')
  expect(stdout).not.toContain('kube-controller-manager')
  expect(stderr).toContain("1 of the control plane's own routine left out (-o wide)")
  expect(`${stdout}${stderr}`.replaceAll('\n', '').match(hostileCharacters)).toBeNull()
  const wide = await asked('audit ask --audit-log a.log -o wide')
  expect(wide.stdout).toMatch(/kube-controller-manager.*a component of the control plane.*a\.log:2/)
})

test('only what one actor did', async () => {
  const words = 'audit ask secrets-read --audit-log a.log --audit-policy policy.yaml -o json --subject'
  const one = await asked(`${words} user:mallory`)
  const { findings } = JSON.parse(one.stdout) as { findings: { by: string }[] }
  expect({ code: one.code, by: findings.map(({ by }) => by) }).toEqual({ code: 0, by: ['mallory'] })
  expect((await asked(`${words} sa:payments/api`)).code).toBe(1)
  const group = await asked(`${words} group:x`)
  expect({ code: group.code, stderr: group.stderr }).toEqual({
    code: 2,
    stderr: expect.stringContaining('an audit log has users and service accounts') as string,
  })
})

test('what cannot be read is named, and makes the answer incomplete', async () => {
  const cases: [string | Uint8Array, RegExp][] = [
    [`${log}{"kind":"Event","auditID":"x","stage":"Resp\n`, /incomplete: read 1 lines: cut, or damaged/],
    [gzipSync(log).subarray(0, -20), /incomplete: read a\.log: .*unexpected end of file/],
    ['', /incomplete: find audit events in the log: there is nothing in it/],
    ['once upon a time\n', /incomplete: find audit events in the log: it does not begin with any/],
  ]
  for (const [content, says] of cases) {
    const words = 'audit ask tokens --audit-log a.log --audit-policy policy.yaml'
    const { code, stdout, stderr } = await asked(words, { 'a.log': content })
    expect({ code, stdout, stderr }).toEqual({
      code: 3,
      stdout: expect.stringContaining('unknown:  tokens') as string,
      stderr: expect.stringMatching(says) as string,
    })
  }
})

test('a log that begins later than was asked says nothing of what was before', async () => {
  const words = 'audit ask tokens --audit-log a.log --audit-policy policy.yaml --since'
  expect((await asked(`${words} 2026-11-21T16:55:00Z`)).code).toBe(1)
  const { code, stdout, stderr } = await asked(`${words} 2026-11-20T00:00:00Z`)
  expect({ code, stdout }).toEqual({ code: 3, stdout: expect.stringMatching(/^unknown: {2}tokens\n/) as string })
  expect(stderr).toContain(
    'incomplete: read the log from 2026-11-20T00:00:00Z on: it begins at 2026-11-21T17:00:00.000Z',
  )
})

test('gzip, several files and standard input hold the same', async () => {
  const files = { 'd/a.gz': gzipSync(lines(...events.slice(0, 2))), 'd/b.log': lines(...events.slice(2)), 'a.log': log }
  const words = 'timeline --audit-log'.split(' ')
  const cwd = here(files)
  const plain = await secure([...words, 'a.log'], { cwd })
  expect(plain.stdout).toMatch(
    /17:00:00Z.*get secrets\n.*17:00:02Z.*exec: sh -c id\n.*17:00:03Z.*create clusterrolebindings\n\n/,
  )
  const others = await Promise.all([
    secure([...words, 'd'], { cwd }),
    secure([...words, 'd/b.log', '--audit-log', 'd/a.gz'], { cwd }),
    secure([...words, '-'], { cwd, input: gzipSync(log) }),
  ])
  for (const { code, stdout } of others) expect({ code, stdout }).toEqual({ code: 3, stdout: plain.stdout })
})

test('a timeline for Timesketch, with every request', async () => {
  const { code, stdout } = await asked('timeline --audit-log a.log --all -o jsonl --audit-policy policy.yaml')
  const rows = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
  expect(code).toBe(0)
  expect(rows).toHaveLength(5)
  expect(rows[2]).toMatchObject({
    message: 'sa:payments/api from 10.0.0.7: exec: sh -c id on payments/api-0: done',
    datetime: '2026-11-21T17:00:02.000000Z',
    timestamp_desc: 'Kubernetes audit: request received',
    questions: ['exec'],
    attack: ['T1609'],
    lines: ['a.log:3'],
  })
  expect(rows[3]).toMatchObject({ by: hostile })
  expect(stdout.replaceAll('\n', '').match(hostileCharacters)).toBeNull()
})

test('a timeline says how many requests it leaves out, and keeps to a time', async () => {
  const { stderr } = await asked('timeline --audit-log a.log')
  expect(stderr).toContain('left out: 1 request that no question is about (--all has all)')
  const words = 'timeline --audit-log a.log --since 2026-11-21T17:00:02Z --until 2026-11-21T17:00:03Z --all -o json'
  const { entries } = JSON.parse((await asked(words)).stdout) as { entries: { what: string; time: string }[] }
  expect(entries.map(({ time }) => time.slice(17, 19))).toEqual(['02'])
  // It is compared with what was there before.
  expect(entries[0]?.what).toContain('first seen: user system:serviceaccount:payments:api')
})

test('the audit logs in evidence, and which requests are our own', async () => {
  const { file, directory } = await bundleWith(async (made) => {
    const bytes = async function* () {
      yield gzipSync(log)
    }
    await made.artefact(['audit', '0-audit.log', 'log'], {}, bytes())
    await made.request({ auditId: 'id-0', path: '/api/v1/namespaces/default/secrets/db' })
    await made.request({ auditId: 'id-2', path: '/api/v1/pods' })
  })
  for (const path of [file, directory]) {
    const { stdout } = await secure(['timeline', '--snapshot', path])
    expect(stdout.split('\n').filter((line) => line.includes('kubectl secure'))).toEqual([
      expect.stringContaining('get secrets (kubectl secure, collecting evidence)'),
    ])
    expect(stdout).toContain('exec: sh -c id')
  }
})

test.each([
  ['audit ask exec', /which audit log\?\nName it: --audit-log FILE/],
  ['audit ask exec --audit-log /none', /audit log \/none: no such file or directory/],
  ['audit ask exec --audit-log a.log --audit-log /none', /audit log \/none/],
  ['audit ask frob --audit-log a.log', /Expected frob to be one of: anonymous, exec/],
  ['audit ask first-seen --audit-log a.log', /first-seen needs --since/],
  ['audit ask --audit-log a.log --since soon', /--since "soon" is not a time\nWrite how long ago/],
  ['audit ask --audit-log a.log --audit-policy /none', /audit policy \/none/],
  ['audit ask --audit-log a.log -o jsonl', /Expected --output=jsonl to be one of: table, wide, json, yaml/],
  ['timeline --audit-log - --audit-log -', /standard input can be read but once/],
])('%s is a mistake', async (words, says) => {
  const { code, stdout, stderr } = await asked(words)
  expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: '', stderr: expect.stringMatching(says) as string })
})
