import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { run } from './run.ts'
import { startCluster } from './start-cluster.ts'
import { describeWithCluster } from './suite.ts'
import type { TestCluster } from './test-cluster.ts'

const pod = (name: string, args: string[]) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels: { app: name } },
  spec: { containers: [{ name: 'main', image: 'localhost/agnhost:1', imagePullPolicy: 'Never', args }] },
})
const service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web' },
  spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] },
}
const denyAll = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'deny-web' },
  spec: { podSelector: { matchLabels: { app: 'web' } }, policyTypes: ['Ingress'] },
}

const settings = ['net/ipv4/ip_forward', 'net/netfilter/nf_conntrack_max', 'vm/overcommit_memory', 'kernel/panic']

/** What of the host a node must leave as it is. */
async function hostState(): Promise<unknown> {
  const said = async (...argv: string[]) => (await run(argv)).stdout
  const folders = ['/run', '/run/netns', '/var/lib', '/var/log', '/opt', '/etc'].filter((path) => existsSync(path))
  return {
    routes: await said('ip', 'route', 'show', 'table', 'all'),
    links: await said('ip', '-brief', 'link'),
    namespaces: await said('ip', 'netns'),
    settings: settings.map((path) => readFileSync(`/proc/sys/${path}`, 'utf8')),
    mounts: readFileSync('/proc/self/mounts', 'utf8'),
    files: folders.map((path) => readdirSync(path)),
  }
}

async function apply(cluster: TestCluster, ...objects: unknown[]): Promise<void> {
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects })
  expect(await cluster.exec(['kubectl', 'apply', '-f', '-'], { input })).toMatchObject({ code: 0 })
}

const inClient = (...argv: string[]) => ['kubectl', 'exec', 'client', '--', ...argv]
const connect = (cluster: TestCluster) => cluster.exec(inClient('/agnhost', 'connect', '--timeout=1s', 'web:80'))

describeWithCluster('node', 'a node', (cluster) => {
  beforeAll(async () => {
    await apply(cluster(), pod('web', ['netexec', '--http-port=8080']), pod('client', ['pause']), service)
    const ready = ['kubectl', 'wait', '--for=condition=Ready', 'pod/web', 'pod/client', '--timeout=30s']
    expect(await cluster().exec(ready)).toMatchObject({ code: 0 })
  }, 60_000)

  test('resolves a Service by name and reaches the pod behind it', async () => {
    await expect.poll(async () => (await connect(cluster())).code, { timeout: 10_000 }).toBe(0)
    const { stdout } = await cluster().exec(
      inClient('wget', '-q', '-O', '-', 'http://web.default.svc.cluster.local/hostname'),
    )
    expect(stdout).toBe('web')
  })

  test('enforces a NetworkPolicy, and stops when it is removed', async () => {
    await apply(cluster(), denyAll)
    await expect.poll(async () => (await connect(cluster())).stderr, { timeout: 10_000 }).toContain('TIMEOUT')
    await cluster().exec(['kubectl', 'delete', 'networkpolicy', 'deny-web'])
    await expect.poll(async () => (await connect(cluster())).code, { timeout: 10_000 }).toBe(0)
  })

  test('is reached from the network namespace of the tests', async () => {
    const answer = await run([cluster().kubectl, '--kubeconfig', cluster().kubeconfig, 'logs', 'web'], {
      env: { HOME: cluster().logDir },
    })
    expect(answer).toMatchObject({ code: 0, stdout: expect.stringContaining('8080') })
  })

  test('shows what runs on it', async () => {
    const { stdout } = await cluster().execOnNode(['ctr', '--namespace', 'k8s.io', 'tasks', 'list', '--quiet'])
    expect(stdout.trim().split('\n').length).toBeGreaterThanOrEqual(6) // three pods, each with its sandbox
  })

  test('has room for another one beside it, which leaves the host as it was', async () => {
    const before = await hostState()
    const other = await startCluster({ level: 'node' })
    try {
      await apply(other, pod('alone', ['pause']))
      const ready = ['kubectl', 'wait', '--for=condition=Ready', 'pod/alone', '--timeout=30s']
      expect(await other.exec(ready)).toMatchObject({ code: 0 })
      expect((await connect(cluster())).code).toBe(0)
      expect(await hostState()).toEqual(before)
    } finally {
      await other.stop()
    }
    expect(existsSync(dirname(other.kubeconfig))).toBe(false)
    expect(await hostState()).toEqual(before)
    const { stdout } = await cluster().exec(['kubectl', 'get', 'pods', '-o', 'jsonpath={.items[*].status.phase}'])
    expect(stdout).toBe('Running Running')
  }, 60_000)
})
