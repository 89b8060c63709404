import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { createCase } from '../../src/bundle/case.ts'
import { seal } from '../../src/bundle/seal.ts'
import { rawListPath } from '../../src/snapshot/bundle-layout.ts'
import { hostileCharacters } from '../../src/text/hostile.ts'
import { head } from '../unit/bundle/cases.ts'
import { asked, events, here, hostile, lines, log } from './audit-log.ts'
import { folder, secure } from './run.ts'

const path = '/api/v1/namespaces/default/secrets/db'
const policy = '--audit-policy policy.yaml'

/** Evidence that mallory collected, with their audit log and an Event of hostile text. */
async function evidence(): Promise<{ file: string; directory: string }> {
  const directory = join(folder(), 'case')
  const made = await createCase(directory, { ...head, operator: { user: 'mallory' } })
  await made.document('clock', { samples: 1, agree: true, serverAheadMs: { atLeast: -10, atMost: 10 } })
  await made.artefact(['audit', '0-audit.log', 'log'], {}, gzipSync(log))
  const began = '2026-11-21T17:00:00.000Z'
  made.request({ auditId: 'id-0', method: 'GET', path, began, ms: 5, answers: [{ status: 200 }] })
  made.request({ auditId: 'id-2', method: 'GET', path: '/api/v1/pods', began, ms: 5, answers: [{ status: 200 }] })
  const event = {
    metadata: { uid: 'e', namespace: 'shop', creationTimestamp: '2026-11-21T17:00:04Z' },
    involvedObject: { kind: 'Pod', namespace: 'shop', name: '=cmd|x' },
    reason: 'Killing',
    message: hostile,
    firstTimestamp: '2026-11-21T17:00:04Z',
    source: { component: '+kubelet' },
  }
  const list = rawListPath({ group: '', version: 'v1', resource: 'events' }, 1)
  await made.artefact(list, {}, Buffer.from(JSON.stringify({ kind: 'EventList', items: [event] })))
  await made.close()
  await seal(directory, `${directory}.tar.gz`)
  return { file: `${directory}.tar.gz`, directory }
}

test('gzip, several files and standard input hold the same', async () => {
  const files = { 'd/a.gz': gzipSync(lines(...events.slice(0, 2))), 'd/b.log': lines(...events.slice(2)), 'a.log': log }
  const words = 'evidence timeline --audit-log'.split(' ')
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

test('for Timesketch, with every request', async () => {
  const { code, stdout } = await asked(`evidence timeline --audit-log a.log --all -o jsonl ${policy}`)
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

test('how many requests are left out is said, and a time is kept to, whatever the time zone', async () => {
  const { stderr } = await asked('evidence timeline --audit-log a.log')
  expect(stderr).toContain('left out: 1 request that no question is about (--all has all)')
  const words =
    'evidence timeline --audit-log a.log --since 2026-11-21T17:00:02Z --until 2026-11-21T17:00:03Z --all -o json'
  const { entries } = JSON.parse((await asked(words)).stdout) as { entries: { what: string; time: string }[] }
  expect(entries.map(({ time }) => time.slice(17, 19))).toEqual(['02'])
  // It is compared with what was there before.
  expect(entries[0]?.what).toContain('first seen: user system:serviceaccount:payments:api')
  const summer = { cwd: here({ 'a.log': log }), env: { TZ: 'America/St_Johns' } }
  const there = await secure(words.split(' '), summer)
  expect(JSON.parse(there.stdout)).toMatchObject({ entries })
})

test('of evidence: audit logs, Events and our own requests, which are left out and counted', async () => {
  const { file, directory } = await evidence()
  for (const one of [file, directory]) {
    const { code, stdout, stderr } = await secure(['evidence', 'timeline', one])
    expect(code).toBe(3)
    expect(stdout).toContain('exec: sh -c id')
    expect(stdout).toContain('+kubelet (claimed)')
    expect(stdout).not.toContain('get secrets\n')
    expect(stderr).toContain('left out: 2 requests of our own, which collected the evidence (--all has all)')
    expect(`${stdout}${stderr}`.replaceAll('\n', '').match(hostileCharacters)).toBeNull()
  }
  const { stdout } = await secure(['evidence', 'timeline', file, '--all'])
  expect(stdout.split('\n').filter((line) => line.includes('kubectl secure'))).toEqual([
    expect.stringMatching(/audit .*get secrets \(kubectl secure, collecting evidence\)/),
    expect.stringMatching(/request .*GET \/api\/v1\/pods \(kubectl secure, collecting evidence\)/),
  ])
  const one = await secure(['evidence', 'timeline', file, '--subject', 'sa:payments/api', '-o', 'json'])
  expect((JSON.parse(one.stdout) as { entries: { by: string }[] }).entries.map(({ by }) => by)).toEqual([
    'system:serviceaccount:payments:api',
  ])
})

test.each(['csv', 'html', 'yaml', 'wide'])('as %s, no text is obeyed', async (output) => {
  const { file } = await evidence()
  const { stdout, stderr } = await secure(['evidence', 'timeline', file, '-o', output])
  expect(`${stdout}${stderr}`.replaceAll(/[\t\r\n]/g, '').match(hostileCharacters)).toBeNull()
  expect(stdout).toContain('cmd|x')
  if (output === 'csv') expect(stdout).toContain(`"'=cmd|x"`)
  if (output === 'html') expect(stdout).toMatch(/^<!doctype html>/)
})

test.each([
  ['evidence timeline', 2, /a timeline of what\?\nName evidence/],
  ['evidence timeline --audit-log /none', 2, /audit log \/none: no such file or directory/],
  ['evidence timeline /none', 4, /cannot open \/none/],
  ['evidence timeline --audit-log - --audit-log -', 2, /standard input can be read but once/],
  ['evidence timeline --audit-log a.log -o sarif', 2, /Expected --output=sarif to be one of/],
  ['timeline --audit-log a.log', 2, /unknown command "timeline"/],
])('%s is a mistake', async (words, code, says) => {
  const ran = await asked(words)
  expect(ran).toEqual({ code, stdout: '', stderr: expect.stringMatching(says) as string })
})
