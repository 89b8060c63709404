import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { secure } from '../../cli/run.ts'
import { describeWithCluster } from '../../cluster/suite.ts'
import { evidenceOf, expectSame, whoCanOf } from './same.ts'
import { askAs, build, rows } from './world.ts'

// An authorizer in front of RBAC, as the managed clouds have one: it lets mallory in and keeps alice out.
const webhook = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const { apiVersion, kind, spec } = JSON.parse(Buffer.concat(chunks).toString()) as {
      apiVersion: string
      kind: string
      spec: { user?: string }
    }
    const status =
      spec.user === 'mallory'
        ? { allowed: true, reason: 'the cloud says so' }
        : { allowed: false, ...(spec.user === 'alice' ? { denied: true, reason: 'the cloud forbids it' } : {}) }
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ apiVersion, kind, status }))
  })
})
webhook.listen(0, '127.0.0.1')
await once(webhook, 'listening')
const folder = mkdtempSync(join(tmpdir(), 'kubectl-secure-webhook-'))
const config = join(folder, 'webhook.json')
const server = `http://127.0.0.1:${(webhook.address() as AddressInfo).port}`
writeFileSync(
  config,
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'webhook',
    clusters: [{ name: 'webhook', cluster: { server } }],
    users: [{ name: 'webhook', user: {} }],
    contexts: [{ name: 'webhook', context: { cluster: 'webhook', user: 'webhook' } }],
  }),
)
afterAll(() => {
  webhook.closeAllConnections()
  webhook.close()
  rmSync(folder, { recursive: true, force: true })
})

describeWithCluster(
  'control-plane',
  'an authorizer beside RBAC',
  (cluster) => {
    beforeAll(async () => await build(cluster()))

    test('who-can names it as a gap, and is not complete', async () => {
      const { code, report, stderr } = await askAs(cluster(), undefined, 'who-can', 'get', 'secrets', '-A')
      expect({ code, complete: report.complete }).toEqual({ code: 3, complete: false })
      expect(report.gaps).toMatchObject([
        { what: 'the webhook authorizer', hides: expect.stringContaining('--verify') as unknown },
      ])
      expect(rows(report)).toContain('User /alice in *')
      expect(stderr).toContain('the webhook authorizer')
    })

    test('--verify shows whom it keeps out, in the table as well', async () => {
      const { code, report } = await askAs(cluster(), undefined, 'who-can', 'get', 'secrets', '-A', '--verify')
      expect(code).toBe(3)
      expect(report.subjects.find(({ name }) => name === 'alice')).toMatchObject({
        verified: { allowed: false, reason: 'the cloud forbids it' },
      })
      expect(report.gaps.map(({ what }) => what)).toEqual(['the webhook authorizer', 'verify user:alice in *'])
      const table = await secure(['who-can', 'get', 'secrets', '-A', '--verify', '--kubeconfig', cluster().kubeconfig])
      expect(table.stdout).toMatch(/^alice +User +\* +\* +NO /m)
      expect(table.stdout).toMatch(/^bob +User +\* +\* +yes /m)
    })

    test('evidence names it too: rights beside RBAC are hidden offline as well', async () => {
      const options = { kubeconfig: cluster().kubeconfig }
      const { gaps } = await expectSame(whoCanOf('get', 'secrets'), await evidenceOf(options), options)
      expect(gaps).toMatchObject([{ what: 'the webhook authorizer' }])
    })

    test('can asks the server where RBAC alone says no, and where asked to', async () => {
      const can = async (subject: string, ...flags: string[]) => {
        const { code, report } = await askAs(cluster(), undefined, 'can', subject, 'get', 'secrets', ...flags)
        return [code, report.verdict]
      }
      expect(await can('user:mallory')).toEqual([0, 'yes'])
      expect(await can('user:bob')).toEqual([0, 'yes'])
      expect(await can('user:nobody')).toEqual([1, 'no'])
      expect(await can('user:alice', '--verify')).toEqual([3, 'unknown'])
    })
  },
  {
    apiserverFlags: [
      '--authorization-mode=Node,Webhook,RBAC',
      `--authorization-webhook-config-file=${config}`,
      '--authorization-webhook-version=v1',
    ],
  },
)

describeWithCluster(
  'control-plane',
  'an API server that allows everything',
  (cluster) => {
    test('no answer from RBAC passes for the whole', async () => {
      const { code, report } = await askAs(cluster(), undefined, 'who-can', 'get', 'secrets', '-A')
      expect([code, report.complete]).toEqual([3, false])
      expect(report.gaps.map(({ what }) => what)).toEqual(['an authorizer that lets anyone do anything'])
      const can = await askAs(cluster(), undefined, 'can', 'user:anybody', 'get', 'secrets')
      expect([can.code, can.report.verdict]).toEqual([0, 'yes'])
      const what = await askAs(cluster(), undefined, 'what-can', 'user:anybody')
      expect(what.code).toBe(3)
      const options = { kubeconfig: cluster().kubeconfig }
      const { complete } = await expectSame(whoCanOf('get', 'secrets'), await evidenceOf(options), options)
      expect(complete).toBe(false)
    })
  },
  { apiserverFlags: ['--authorization-mode=AlwaysAllow,RBAC'] },
)
