import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { askUnused } from '../../../src/cli/ask-unused.ts'
import { openServer, passedAuthorization, type Sent, type Server } from '../../fuzz/server.ts'
import { describeWithCluster } from '../../cluster/suite.ts'
import type { TestCluster } from '../../cluster/test-cluster.ts'
import { logged } from '../could-did/trial.ts'
import { granted, nearMisses, rule, work } from './workload.ts'

const policy = {
  apiVersion: 'audit.k8s.io/v1' as const,
  kind: 'Policy' as const,
  rules: [{ level: 'RequestResponse' as const }],
}
const rbac = '/apis/rbac.authorization.k8s.io/v1'
const group = 'rbac.authorization.k8s.io'

describeWithCluster(
  'control-plane',
  'rights that nothing used',
  (cluster) => {
    test('narrowed for real: what was done is allowed still, and what nobody did is refused', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'kubectl-secure-unused-'))
      const servers = await serversOf(cluster())
      const wrong: string[] = []
      const send = async (by: string, sent: Sent) => {
        const got = await (servers.get(by) as Server).send(sent)
        if (isRefused(got)) wrong.push(`${by} ${sent.method} ${sent.path}: ${got.body}`)
        return got
      }
      await grant(servers.get('admin') as Server)
      await work(send, 1)
      // What it is to find, RBAC did allow.
      expect(wrong).toEqual([])
      await logged(cluster().auditLog)
      const before = await outcomes(servers)
      expect(before.filter(({ refused }) => refused)).toEqual([])

      // Near misses were made after what the answer is of.
      const until = before[0]?.at
      writeFileSync(join(folder, 'policy.json'), JSON.stringify(policy))
      const flags = { 'audit-log': [cluster().auditLog], 'audit-policy': join(folder, 'policy.json'), until }
      const report = await askUnused({ ...flags, emit: join(folder, 'out') }, { kubeconfig: cluster().kubeconfig })
      expect(report.gaps).toEqual([])
      expect(report.narrowed?.replay.denied).toEqual([])
      expect(report.narrowed?.replay.requests).toBeGreaterThan(20)
      const verdicts = new Map(report.grants.map(({ subject, verdict }) => [subject.name, verdict]))
      expect(Object.fromEntries(verdicts)).toMatchObject({
        idle: 'unused',
        reader: 'partly',
        root: 'partly',
        robot: 'used',
      })

      await cluster().exec([cluster().kubectl, 'apply', '-f', join(folder, 'out', 'apply.yaml')])
      await cluster().exec([cluster().kubectl, 'delete', '-f', join(folder, 'out', 'delete.yaml')])
      await work(send, 2)
      expect(wrong).toEqual([])
      const after = await outcomes(servers)
      expect(after.filter(({ refused }) => !refused)).toEqual([])

      // Of what is left, nothing is unused.
      await logged(cluster().auditLog)
      const left = await askUnused(flags, { kubeconfig: cluster().kubeconfig })
      // The second round bound somebody else, who did nothing.
      const own = left.grants.filter(({ subject }) => subject.name !== 'whoever')
      expect(own.length).toBeGreaterThan(10)
      expect(own.filter(({ verdict }) => verdict !== 'used')).toEqual([])
      for (const server of servers.values()) server.close()
      rmSync(folder, { recursive: true })
    }, 120_000)
  },
  { auditPolicy: policy },
)

async function serversOf(cluster: TestCluster): Promise<Map<string, Server>> {
  const users = [...Object.keys(granted), 'root']
  const made = await Promise.all(
    users.map(async (user) => [user, openServer(cluster, await cluster.clientCert(user))] as const),
  )
  return new Map([...made, ['admin', openServer(cluster)]])
}

async function grant(admin: Server): Promise<void> {
  const post = async (path: string, body: object) =>
    expect((await admin.send({ method: 'POST', path, body })).status).toBe(201)
  const head = (kind: string, name: string) => ({ apiVersion: `${group}/v1`, kind, metadata: { name } })
  const bind = async (name: string, role: string, subject: object) =>
    await post(`${rbac}/clusterrolebindings`, {
      ...head('ClusterRoleBinding', name),
      roleRef: { apiGroup: group, kind: 'ClusterRole', name: role },
      subjects: [subject],
    })
  await post('/api/v1/namespaces', { metadata: { name: 'shop' } })
  await post(`${rbac}/clusterroles`, { ...head('ClusterRole', 'pod-getter'), rules: [rule('get', 'pods')] })
  for (const [user, rules] of Object.entries(granted)) {
    await post(`${rbac}/clusterroles`, { ...head('ClusterRole', user), rules })
    await bind(user, user, { apiGroup: group, kind: 'User', name: user })
  }
  await bind('root', 'cluster-admin', { apiGroup: group, kind: 'User', name: 'root' })
  await post(`${rbac}/clusterroles`, { ...head('ClusterRole', 'endpoints'), rules: [rule('list', 'endpoints')] })
  await bind('robot', 'endpoints', { kind: 'ServiceAccount', name: 'robot', namespace: 'shop' })
}

/** Refused, by whoever refuses rights that are not held. */
function isRefused(got: { status: number; body: string }): boolean {
  return !passedAuthorization(got) || got.status === 403
}

async function outcomes(
  servers: Map<string, Server>,
): Promise<{ by: string; path: string; refused: boolean; at: string }[]> {
  const found = []
  for (const { by, sent } of nearMisses) {
    const at = new Date().toISOString()
    const got = await (servers.get(by) as Server).send(sent)
    found.push({
      by,
      path: `${sent.method} ${sent.path}`,
      refused: isRefused(got),
      at,
      ...(isRefused(got) && { said: got.body.slice(0, 300) }),
    })
  }
  return found
}
