import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { lockHolder, takeLock } from '../../../src/durable/lock.ts'
import { hasEnded, ownIdentity, type ProcessIdentity } from '../../../src/durable/process.ts'
import { freshDirectory, planId } from '../change/journal/plans.ts'

const now = new Date('2025-03-04T05:06:07Z')

function child(directory: string, log: string, ...more: string[]): ChildProcess {
  const script = join(import.meta.dirname, 'lock-child.ts')
  const started = spawn(process.execPath, [script, directory, planId, log, ...more])
  onTestFinished(() => void started.kill('SIGKILL'))
  return started
}

async function holding(directory: string): Promise<ChildProcess> {
  const held = child(directory, join(freshDirectory(), 'log'))
  const [said] = (await once(held.stdout ?? held, 'data')) as [Buffer]
  expect(said.toString()).toBe('locked\n')
  return held
}

test('the living process that holds it is named; once it is killed the lock is free', async () => {
  const directory = freshDirectory()
  const held = await holding(directory)
  const failure = {
    code: 'journal',
    message: expect.stringMatching(new RegExp(`process ${held.pid} on .* since 2`)),
    hint: expect.stringContaining(directory),
  }
  await expect(takeLock(directory, planId, now)).rejects.toMatchObject(failure)
  expect(await lockHolder(directory, planId)).toContain(`process ${held.pid} on `)
  held.kill('SIGKILL')
  await once(held, 'exit')
  expect(readdirSync(directory).length).toBe(1)
  expect(await lockHolder(directory, planId)).toBeUndefined()
  const lock = await takeLock(directory, planId, now)
  expect(readdirSync(directory).length).toBe(1)
  await lock.release()
  expect(readdirSync(directory)).toEqual([])
})

test('a plan is locked against ourselves, and others are not', async () => {
  const directory = freshDirectory()
  const lock = await takeLock(directory, planId, now)
  await expect(takeLock(directory, planId, now)).rejects.toMatchObject({ message: /since 2025-03-04T05:06:07/ })
  await (await takeLock(directory, 'cccc-cccc-cccc', now)).release()
  await lock.release()
  await (await takeLock(directory, planId, now)).release()
})

test('of many at once, with a lock left behind, never two are in', async () => {
  const directory = freshDirectory()
  const dead = await holding(directory)
  dead.kill('SIGKILL')
  await once(dead, 'exit')
  const log = join(freshDirectory(), 'log')
  writeFileSync(log, '')
  const children = Array.from({ length: 8 }, () => child(directory, log, '30'))
  const codes = await Promise.all(children.map(async (one) => (await once(one, 'exit'))[0] as number))
  const lines = readFileSync(log, 'utf8').trim().split('\n')
  expect(lines).toEqual(lines.map((_, index) => (index % 2 === 0 ? 'in' : 'out')))
  expect(codes.filter((code) => code === 0).length).toBe(lines.length / 2)
  expect(new Set(codes).isSubsetOf(new Set([0, 3]))).toBe(true)
  expect(lines.length).toBeGreaterThan(1)
  expect(readdirSync(directory)).toEqual([])
})

test('within one process, exactly one of many gets it', async () => {
  const directory = freshDirectory()
  const tries = await Promise.allSettled(Array.from({ length: 20 }, () => takeLock(directory, planId, now)))
  expect(tries.filter(({ status }) => status === 'fulfilled').length).toBe(1)
})

test.each(['', 'not json', 'null', '{"pid":0,"host":"h","since":"s"}', '{"pid":-1,"host":"h","since":"s"}'])(
  'a lock that says %j is somebody’s, whoever that is',
  async (text) => {
    const directory = freshDirectory()
    const path = join(directory, `${planId}.abc.lock`)
    if (text === '') writeFileSync(path, '')
    else symlinkSync(text, path)
    await expect(takeLock(directory, planId, now)).rejects.toMatchObject({ hint: expect.stringContaining(path) })
  },
)

test('a lock tells the process, and not its number alone', async () => {
  const directory = freshDirectory()
  await takeLock(directory, planId, now)
  const [name = ''] = readdirSync(directory)
  const holder = JSON.parse(readlinkSync(join(directory, name))) as object
  expect(holder).toEqual({ ...ownIdentity(), since: now.toISOString() })
  expect(holder).toMatchObject({ pid: process.pid, start: expect.any(String), boot: expect.any(String) })
})

const self = ownIdentity()
const without = (...keys: (keyof ProcessIdentity)[]) =>
  Object.fromEntries(
    Object.entries(self).filter(([key]) => !keys.includes(key as keyof ProcessIdentity)),
  ) as ProcessIdentity
const endedPid = 2 ** 22 + 1

test.each<[string, ProcessIdentity, ProcessIdentity, boolean]>([
  ['this one', self, self, false],
  ['another one with its number', { ...self, start: '1' }, self, true],
  ['one before the last boot', { ...self, boot: 'other' }, self, true],
  ['none with the number', { ...self, pid: endedPid }, self, true],
  ['one on another host', { ...self, pid: endedPid, host: 'other' }, self, false],
  ['one on another host of the same name', { ...self, pid: endedPid, boot: 'other', machine: 'other' }, self, false],
  ['one in another container', { ...self, pid: endedPid, namespace: 'pid:[1]' }, self, false],
  ['without /proc, this one', without('boot', 'start', 'namespace'), without('boot', 'start', 'namespace'), false],
  [
    'without /proc, none with the number',
    { ...without('boot', 'start', 'namespace'), pid: endedPid },
    without('boot', 'start', 'namespace'),
    true,
  ],
])('whether a process has ended: %s', (_, other, me, ended) => {
  expect(hasEnded(other, me)).toBe(ended)
})

test('a process that has ended and was not waited for has ended', async () => {
  // The shell never waits for its child, which stays as a zombie.
  const shell = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 60'])
  onTestFinished(() => void shell.kill('SIGKILL'))
  const [said] = (await once(shell.stdout, 'data')) as [Buffer]
  const pid = Number(said.toString())
  const state = () => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')
  await expect.poll(() => state()?.[0]).toBe('Z')
  expect(hasEnded({ ...self, pid, start: state()?.[19] ?? '' })).toBe(true)
})
