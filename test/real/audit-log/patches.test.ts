import { expect, test } from 'vitest'
import type { Finding } from '../../../src/audit-log/questions/finding.ts'
import { ask, questions, wordsFor } from '../../../src/audit-log/questions/questions.ts'
import { readAuditLog } from '../../../src/audit-log/read/read-audit-log.ts'
import { mergeStages } from '../../../src/audit-log/merge-stages.ts'
import type { AuditRequest } from '../../../src/audit-log/request.ts'
import { describeWithCluster } from '../../cluster/suite.ts'
import { openServer } from '../../fuzz/server.ts'

const path = '/apis/apps/v1/namespaces/default/deployments'
const spec = { containers: [{ name: 'c', image: 'x' }] }
const deployment = (name: string) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: { replicas: 0, selector: { matchLabels: { a: 'b' } }, template: { metadata: { labels: { a: 'b' } }, spec } },
})
const escaped =
  '{"spec":{"template":{"spec":{"containers":[{"name":"c","securityContext":{"\\u0070rivileged":true}}]}}}}'
const yaml = `apiVersion: apps/v1
kind: Deployment
metadata: {name: quiet}
spec: {replicas: 0, selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: x}]}}}
`

describeWithCluster(
  'control-plane',
  'patches in the log of a real API server, with their bodies',
  (cluster) => {
    const patch = async (name: string, type: string, body: string) => {
      const pki = cluster().caFile.replace(/ca\.crt$/, '')
      const own = ['--cacert', cluster().caFile, '--cert', `${pki}admin.crt`, '--key', `${pki}admin.key`]
      const argv = ['-sS', '-o', '/dev/null', '-w', '%{http_code}', '-X', 'PATCH', '-H', `Content-Type: ${type}`]
      const to = `${cluster().server}${path}/${name}?fieldManager=test`
      return (await cluster().exec(['curl', ...own, ...argv, '--data-binary', '@-', to], { input: body })).stdout
    }
    const requestsOf = async (name: string): Promise<AuditRequest[]> => {
      const found: AuditRequest[] = []
      for await (const request of mergeStages(readAuditLog(cluster().auditLog).events)) {
        if (request.requestURI.includes(`/${name}?fieldManager`)) found.push(request)
      }
      return found
    }

    test('a client may write the letters of a patch as escapes, and they are logged so: a filter finds it all the same', async () => {
      const server = openServer(cluster())
      expect((await server.send({ method: 'POST', path, body: deployment('loud') })).status).toBe(201)
      server.close()
      expect(await patch('loud', 'application/strategic-merge-patch+json', escaped)).toBe('200')
      const asked = questions.filter(({ id }) => id === 'privileged-pods')
      await expect
        .poll(async () => {
          const { events } = readAuditLog(cluster().auditLog, { filter: { words: wordsFor(asked) ?? [] } })
          const found: Finding[] = []
          for await (const finding of ask(mergeStages(events), asked)) if (finding.by === 'admin') found.push(finding)
          return found
        })
        .toMatchObject([{ by: 'admin', what: 'patch deployments with privileged' }])
    })

    test('of a server-side apply in YAML there is what was before its answer, and no more', async () => {
      expect(await patch('quiet', 'application/apply-patch+yaml', yaml)).toBe('201')
      await new Promise((resolve) => setTimeout(resolve, 1000))
      expect(await requestsOf('quiet')).toMatchObject([{ stages: ['RequestReceived'], outcome: { result: 'unknown' } }])
      // As JSON it is like any other.
      expect(await patch('plain', 'application/apply-patch+yaml', JSON.stringify(deployment('plain')))).toBe('201')
      await expect.poll(async () => await requestsOf('plain')).toMatchObject([{ outcome: { result: 'done' } }])
    })
  },
  {
    auditPolicy: {
      apiVersion: 'audit.k8s.io/v1',
      kind: 'Policy',
      rules: [{ level: 'Request', resources: [{ group: 'apps' }] }, { level: 'None' }],
    },
  },
)
