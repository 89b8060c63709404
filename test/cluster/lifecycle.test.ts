import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createInstance, findInstance, instancesRoot, readRecord } from './instance.ts'
import { needed } from './needed.ts'
import { identityOf, isRunning, killProcess } from './process-identity.ts'
import { isStale, reapStale, removeInstance } from './stop.ts'
import { describeNeeding } from './suite.ts'

/** Starts a cluster in a process of its own, and hands that process back once the cluster is up. */
async function startElsewhere(name: string) {
  const module = join(import.meta.dirname, 'start-cluster.ts')
  const script = `import { startCluster } from ${JSON.stringify(module)}
await startCluster({ level: 'control-plane', name: ${JSON.stringify(name)} })
console.log('up')
setInterval(() => {}, 1000)`
  const args = ['--input-type=module', '--eval', script]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  return child
}

describeNeeding(needed('control-plane'), 'a cluster whose owner ends', () => {
  test.for(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)('is removed after %s', { timeout: 60_000 }, async (signal) => {
    const name = `owner-${signal.toLowerCase()}`
    const owner = await startElsewhere(name)
    const instance = findInstance(name)
    const processes = (instance && readRecord(instance)?.processes) ?? []
    expect(processes.length).toBeGreaterThanOrEqual(2)
    owner.kill(signal)
    await expect.poll(() => existsSync(join(instancesRoot(), name)), { timeout: 10_000 }).toBe(false)
    expect(processes.filter(({ identity }) => isRunning(identity))).toEqual([])
  })
})

test('what a dead owner left behind is removed by the next cluster, and a live owner keeps theirs', async () => {
  const self = identityOf(process.pid)
  createInstance('left-over', 'control-plane', self && { ...self, startTime: '1' })
  createInstance('in-use', 'control-plane', self)
  try {
    expect(await reapStale()).toContain('left-over')
    expect(findInstance('left-over')).toBeUndefined()
    expect(findInstance('in-use')).toBeDefined()
  } finally {
    await removeInstance({ name: 'in-use', dir: join(instancesRoot(), 'in-use') })
  }
})

describe('the identity of a process', () => {
  const self = identityOf(process.pid)

  test('is not that of another process with the same number', () => {
    if (!self) throw new Error('this process does not run')
    expect(isRunning(self)).toBe(true)
    expect(isRunning({ ...self, startTime: '1' })).toBe(false)
    expect(isRunning({ ...self, boot: 'another boot' })).toBe(false)
    killProcess({ ...self, startTime: '1' }) // would end this test
  })

  test('tells an instance that is left over from one in use', () => {
    const record = { name: 'x', level: 'node' as const, processes: [], port: 0, ready: true, startedAt: '', notes: [] }
    expect(isStale({ ...record, owner: self })).toBe(false)
    expect(isStale({ ...record, owner: self && { ...self, startTime: '1' } })).toBe(true)
    expect(readFileSync('/proc/self/stat', 'utf8')).toContain(self?.startTime)
  })
})
