import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { hostileCharacters } from '../../src/text/hostile.ts'
import { asked, events, lines, log } from './audit-log.ts'

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

test.each([
  ['audit ask exec', /which audit log\?\nName it: --audit-log FILE/],
  ['audit ask exec --audit-log /none', /audit log \/none: no such file or directory/],
  ['audit ask exec --audit-log a.log --audit-log /none', /audit log \/none/],
  ['audit ask frob --audit-log a.log', /Expected frob to be one of: anonymous, exec/],
  ['audit ask first-seen --audit-log a.log', /first-seen needs --since/],
  ['audit ask --audit-log a.log --since soon', /--since "soon" is not a time\nWrite how long ago/],
  ['audit ask --audit-log a.log --audit-policy /none', /audit policy \/none/],
  ['audit ask --audit-log a.log -o jsonl', /Expected --output=jsonl to be one of: table, wide, json, yaml/],
  ['audit ask --audit-log - --audit-log -', /standard input can be read but once/],
])('%s is a mistake', async (words, says) => {
  const { code, stdout, stderr } = await asked(words)
  expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: '', stderr: expect.stringMatching(says) as string })
})
