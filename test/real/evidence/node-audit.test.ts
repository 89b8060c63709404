import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import type { Cluster } from '../../../src/cluster/cluster.ts'
import { inParallel } from '../../../src/cluster/in-parallel.ts'
import { readBundle } from '../../../src/bundle/read.ts'
import { secure } from '../../cli/run.ts'
import { describeWithCluster } from '../../cluster/suite.ts'
import { connectTo } from '../change/harness.ts'
import { apply, image, kubectl, ready, until } from '../isolation/stage.ts'
import { collectTo, filesOf, scratch, sealedBundle, whats } from './collecting.ts'

const folder = '/var/log/kubernetes/audit'
// The log of the real API server of this cluster; lumberjack rotates it at 1 MB.
const flags = [`--audit-log-path=${folder}/audit.log`, '--audit-log-maxsize=1', '--audit-log-maxbackup=20']

/** A pod as a kubelet runs an API server, but for the program: this cluster's own runs beside its node. */
const server = (name: string, path: string, hostPath: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { namespace: 'kube-system', name, labels: { component: 'kube-apiserver' } },
  spec: {
    nodeName: 'node1',
    terminationGracePeriodSeconds: 0,
    containers: [
      {
        name: 'kube-apiserver',
        image,
        command: [
          'sh',
          '-c',
          'sleep 1000000',
          'kube-apiserver',
          `--audit-log-path=${path}`,
          '--audit-policy-file=/etc/policy.yaml',
        ],
        volumeMounts: [{ name: 'audit', mountPath: '/audit' }],
      },
    ],
    volumes: [{ name: 'audit', hostPath: { path: hostPath } }],
  },
})

describeWithCluster(
  'node',
  "audit logs on the API server's node",
  (cluster) => {
    let api: Cluster
    beforeAll(async () => {
      api = await connectTo(cluster().kubeconfig)
    })
    const onNode = async (...argv: string[]) => (await cluster().execOnNode(argv)).stdout
    /** Requests that are known by their names, each a line of some hundred bytes. */
    const ask = async (name: string, count: number) => {
      const names = Array.from({ length: count }, (_, at) => `${name}-${at}`)
      await inParallel(
        names,
        (one) => api.request({ path: `/api/v1/namespaces/default/pods/${one}` }).catch(() => {}),
        16,
      )
    }
    const asked = (files: Awaited<ReturnType<typeof filesOf>>, name: string) => {
      const found = [...files].flatMap(([path, { bytes }]) =>
        path.startsWith('audit/node1/')
          ? [...bytes.toString('latin1').matchAll(new RegExp(`default/pods/(${name}-\\d+)"`, 'g'))]
          : [],
      )
      return new Set(found.map(([, one]) => one)).size
    }
    const request = {
      namespace: 'default',
      profile: 'standard' as const,
      auditLogs: ['node:'],
      maxLogBytes: 8 * 1024 * 1024,
    }
    const collected = async (through: Cluster, more = {}) => {
      const directory = join(scratch(), 'case')
      const report = await collectTo(directory, through, { ...request, ...more })
      return { directory, report }
    }

    test('without an API server in a pod a gap says where managed ones keep theirs', async () => {
      const { report } = await collected(api)
      expect(report.gaps).toEqual([
        expect.objectContaining({
          what: "the API servers' audit logs",
          why: expect.stringMatching(/EKS .* GKE .* AKS /),
        }),
      ])
    })

    test('the current file and the rotated ones are had as they lie there, and audit ask reads them', async () => {
      await apply(cluster(), server('kube-apiserver-node1', '/audit/audit.log', folder))
      await ready(cluster(), 'kube-system', 'kube-apiserver-node1')
      await ask('first', 3000)
      await until('a rotated log', async () => (await onNode('ls', folder)).trim().split('\n').length > 1)
      await ask('second', 10)
      await kubectl(cluster(), 'exec', '-n', 'kube-system', 'kube-apiserver-node1', '--', 'true')
      const { directory, report } = await collected(api)
      expect(whats(report)).toEqual([])
      const files = await filesOf(await sealedBundle(directory))
      const logs = [...files].filter(([path]) => path.startsWith('audit/node1/kube-apiserver-node1/'))
      expect(logs.length).toBeGreaterThan(1)
      expect([asked(files, 'first'), asked(files, 'second')]).toEqual([3000, 10])
      const rotated = logs.find(([path]) => /audit-\d{4}-/.test(path))
      const name = rotated?.[0].split('/').at(-1) ?? ''
      expect((rotated?.[1].bytes ?? Buffer.alloc(0)).equals(Buffer.from(await onNode('cat', join(folder, name))))).toBe(
        true,
      )
      expect(rotated?.[1].meta).toMatchObject({
        source: 'node node1',
        log: join(folder, name),
        flags: { 'audit-log-path': '/audit/audit.log', 'audit-policy-file': '/etc/policy.yaml' },
      })
      const asking = await secure(['audit', 'ask', 'exec', '--snapshot', `${directory}.tar.gz`])
      expect(asking.stdout).toContain('kube-system/kube-apiserver-node1')
    })

    test('a log that is rotated while it is read loses nothing', async () => {
      await ask('third', 50)
      let isDone = false
      const turning: Cluster = {
        ...api,
        async stream(one) {
          if (!isDone && one.path.endsWith('/kubernetes/audit/audit.log')) {
            isDone = true
            // As lumberjack does it, between the look at the folder and the reading of the file.
            const turn = `cd ${folder} && cp audit.log audit-2099-01-02T03-04-05.678.log && : > audit.log`
            await onNode('sh', '-c', turn)
          }
          return await api.stream(one)
        },
      }
      const { directory, report } = await collected(turning)
      expect([isDone, whats(report)]).toEqual([true, []])
      expect(asked(await filesOf(await sealedBundle(directory)), 'third')).toBe(50)
    })

    test('of a long one the beginning and the end are kept, and a gap counts the rest', async () => {
      await ask('fourth', 400)
      const { directory, report } = await collected(api, { maxLogBytes: 20_000 })
      expect(whats(report)).toContainEqual(
        expect.stringMatching(/^\d+ of \d+ bytes of the audit log audit\.log of node node1$/),
      )
      const files = [...(await filesOf(await readBundle(directory))).keys()]
      expect(files).toContain('audit/node1/kube-apiserver-node1/audit.log.tail')
    })

    test('what no kubelet serves is a gap that says where it lies; without nodes/proxy one that says which right it takes', async () => {
      await kubectl(cluster(), 'delete', 'pod', '-n', 'kube-system', 'kube-apiserver-node1', '--wait')
      await apply(cluster(), server('kube-apiserver-node1', '/audit/audit.log', '/srv/audit'))
      const { report } = await collected(api)
      expect(report.gaps).toEqual([
        expect.objectContaining({
          what: 'the audit log of API server kube-apiserver-node1 (node node1)',
          why: expect.stringMatching(/\/srv\/audit\/audit\.log from node node1 by hand/),
        }),
      ])
      await kubectl(cluster(), 'delete', 'pod', '-n', 'kube-system', 'kube-apiserver-node1', '--wait')
      await apply(cluster(), server('kube-apiserver-node1', '/audit/audit.log', folder))
      const user = await cluster().clientCert('reader')
      await kubectl(cluster(), 'create', 'clusterrolebinding', 'reader', '--clusterrole=view', '--user=reader')
      const other = await connectTo(user.kubeconfig)
      const refused = await collected(other)
      expect(refused.report.gaps).toContainEqual(
        expect.objectContaining({
          what: 'the audit log of API server kube-apiserver-node1 (node node1)',
          right: { verb: 'get', resource: 'nodes', subresource: 'proxy', name: 'node1' },
        }),
      )
    })
  },
  { apiserverFlags: flags },
)
