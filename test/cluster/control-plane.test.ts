import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { readRecord } from './instance.ts'
import { isRunning } from './process-identity.ts'
import { startCluster } from './start-cluster.ts'
import { describeWithCluster } from './suite.ts'

describeWithCluster('control-plane', 'a control plane', (cluster) => {
  test('answers kubectl', async () => {
    const { code, stdout } = await cluster().exec(['kubectl', 'get', 'namespaces', '-o', 'name'])
    expect(code).toBe(0)
    expect(stdout.split('\n')).toContain('namespace/kube-system')
  })

  test('keeps the caller away from their own cluster', async () => {
    const { stdout } = await cluster().exec(['sh', '-c', 'echo "$KUBECONFIG $HOME"'])
    expect(stdout.trim()).toBe(`${cluster().kubeconfig} ${join(dirname(cluster().kubeconfig), 'home')}`)
  })

  test('knows a user by the certificate made for them', async () => {
    const { kubeconfig } = await cluster().clientCert('eve/of a=b', ['team:a', 'team/b'])
    const { stdout } = await cluster().exec(['kubectl', 'auth', 'whoami', '-o', 'json'], {
      env: { KUBECONFIG: kubeconfig },
    })
    const { username, groups } = JSON.parse(stdout).status.userInfo
    expect({ username, groups }).toEqual({
      username: 'eve/of a=b',
      groups: ['team:a', 'team/b', 'system:authenticated'],
    })
  })

  test('logs what is done to roles with its content, and to secrets without', async () => {
    const create = (...args: string[]) => cluster().exec(['kubectl', 'create', ...args])
    await create('clusterrole', 'audited', '--verb=get', '--resource=pods')
    await create('secret', 'generic', 'audited', '--from-literal=password=not-in-the-log')
    const log = readFileSync(cluster().auditLog, 'utf8')
    expect(log).not.toContain('not-in-the-log')
    const events = log.split('\n').filter((line) => line.includes('"audited"'))
    const levels = events
      .map((line) => JSON.parse(line))
      .map(({ level, objectRef }) => `${objectRef.resource} ${level}`)
    expect(levels).toEqual(expect.arrayContaining(['clusterroles RequestResponse', 'secrets Metadata']))
  })

  test('runs beside another one, which leaves nothing behind', async () => {
    const other = await startCluster({ level: 'control-plane' })
    const instance = { name: other.name, dir: dirname(other.kubeconfig) }
    const processes = readRecord(instance)?.processes ?? []
    try {
      expect(processes.map(({ name }) => name)).toEqual(expect.arrayContaining(['etcd', 'kube-apiserver']))
      await cluster().exec(['kubectl', 'create', 'namespace', 'only-here'])
      const { stdout } = await other.exec(['kubectl', 'get', 'namespaces', '-o', 'name'])
      expect(stdout).toContain('namespace/default')
      expect(stdout).not.toContain('only-here')
    } finally {
      await other.stop()
    }
    expect(processes.filter(({ identity }) => isRunning(identity))).toEqual([])
    expect(existsSync(instance.dir)).toBe(false)
    expect((await cluster().exec(['kubectl', 'get', '--raw', '/readyz'])).stdout).toBe('ok')
  })

  test('fails with the reason in the message, and leaves nothing behind', async () => {
    const broken = startCluster({ level: 'control-plane', name: 'broken-flag', apiserverFlags: ['--no-such-flag'] })
    await expect(broken).rejects.toThrow(/kube-apiserver ended[^]*no-such-flag/)
    expect(existsSync(join(dirname(dirname(cluster().kubeconfig)), 'broken-flag'))).toBe(false)
  })
})
