import { beforeAll, expect, it } from 'vitest'
import type { Cluster } from '../../../../src/cluster/cluster.ts'
import { describeWithCluster } from '../../../cluster/suite.ts'
import { connectTo } from '../../change/harness.ts'
import { apply, kubectl, namespace, podOf, ready, restricted } from '../../isolation/stage.ts'
import { looks, outcomes, responderOn, statusFor } from './incident.ts'

const rbac = 'rbac.authorization.k8s.io'

describeWithCluster('node', 'the playbook namespace-takeover', (running) => {
  let api: Cluster
  let responder: ReturnType<typeof responderOn>
  const look = async () => await looks(api, ['shop'])
  const at = async (path: string, ...words: string[]) =>
    await kubectl(running(), 'get', ...words, '-o', `jsonpath={${path}}`)
  const addressOf = async (space: string, pod: string) => await at('.status.podIP', 'pod', pod, '-n', space)
  const reaches = async (space: string, pod: string, address: string) => {
    const connect = ['/agnhost', 'connect', `${address}:8080`, '--timeout=2s']
    return (await running().exec(['kubectl', 'exec', '-n', space, pod, '--', ...connect])).code === 0
  }
  /** What the API server says to somebody who wants one more pod. */
  const starting = async () => {
    const input = JSON.stringify(podOf('shop', 'more', restricted))
    return (await running().exec(['kubectl', 'create', '--dry-run=server', '-f', '-'], { input })).stderr
  }
  const podsAs = async (account: string) => {
    const token = (await kubectl(running(), 'create', 'token', account, '-n', 'shop')).trim()
    return await statusFor(running(), token, '/api/v1/namespaces/shop/pods')
  }

  beforeAll(async () => {
    api = await connectTo(running().kubeconfig)
    responder = responderOn(running())
    await apply(
      running(),
      namespace('shop'),
      namespace('other'),
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace: 'shop', name: 'root' } },
      {
        apiVersion: `${rbac}/v1`,
        kind: 'RoleBinding',
        metadata: { namespace: 'shop', name: 'root' },
        subjects: [{ kind: 'ServiceAccount', namespace: 'shop', name: 'root' }],
        roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'admin' },
      },
      podOf('shop', 'web', {}, { serviceAccountName: 'root' }),
      podOf('shop', 'db'),
      podOf('other', 'client'),
    )
    await Promise.all([ready(running(), 'shop', 'web', 'db'), ready(running(), 'other', 'client')])
  }, 60_000)

  it('closes it as one: no connections, no new pods, no rights, and what was open is cut; undo opens it', async () => {
    const [web, client] = await Promise.all([addressOf('shop', 'web'), addressOf('other', 'client')])
    expect([await reaches('other', 'client', web), await podsAs('root')]).toEqual([true, 200])
    const before = await look()
    const { report, code, stderr } = await responder.run('namespace-takeover', {
      inputs: { namespace: 'shop', logs: running().auditLog },
      decisions: { level: 'quarantine', live: 'yes' },
      confirm: { quarantine: true, cut: true },
    })
    // Nobody said what the API server logs.
    expect([report.state, code], stderr).toEqual(['finished', 3])
    expect(outcomes(report)).toMatchObject({
      quick: 'done',
      quarantine: 'done',
      cut: 'done',
      full: 'done',
      closed: 'done',
    })
    expect(report.steps.find(({ step }) => step === 'quarantine')?.outputs).toMatchObject({
      verdict: 'ENFORCED',
      writers: [],
    })
    expect(report.steps.find(({ step }) => step === 'cut')?.outputs).toMatchObject({ severed: true })
    expect([await reaches('other', 'client', web), await reaches('shop', 'web', client)]).toEqual([false, false])
    expect(await podsAs('root')).toBe(403)
    expect(await starting()).toMatch(/exceeded quota/)
    expect(await at('.items[*].spec.hard.pods', 'resourcequota', '-n', 'shop')).toBe('0')
    const written = await responder.report(report, '--audit-log', running().auditLog)
    expect(written.code).toBe(0)
    for (const fact of [
      /step `quarantine` \(`lockdown`\), verdict `ENFORCED`/,
      /step `closed` \(`lockdown.status`\), it was so/,
      /patch `RoleBinding shop\/root`/,
      /create `ResourceQuota shop\//,
    ])
      expect(written.stdout).toMatch(fact)
    expect(written.stdout).not.toContain('who can write in the namespace all the same')
    const { undone, code: end, stderr: said } = await responder.undo(report)
    expect([undone.state, end], said).toEqual(['undone', 0])
    expect(await responder.differences(api, report, before, await look())).toEqual([])
    await expect.poll(async () => await reaches('other', 'client', web)).toBe(true)
    expect([await podsAs('root'), await starting()]).toEqual([200, ''])
  })

  it('restricted: what runs goes on, and nothing is cut', async () => {
    const before = await look()
    const { report, code, stderr } = await responder.run('namespace-takeover', {
      inputs: { namespace: 'shop' },
      decisions: { level: 'restricted', live: 'no' },
      confirm: { restricted: true },
    })
    expect([report.state, code], stderr).toEqual(['finished', 0])
    expect(report.steps.find(({ step }) => step === 'restricted')?.outputs).toMatchObject({
      verdict: 'ENFORCED',
      writers: ['sa:shop/root'],
    })
    expect(outcomes(report)).not.toHaveProperty('cut')
    expect([await starting(), await podsAs('root')]).toEqual(['', 200])
    expect(await at('.metadata.labels.pod-security\\.kubernetes\\.io/enforce', 'namespace', 'shop')).toBe('restricted')
    const { undone, code: end, stderr: said } = await responder.undo(report)
    expect([undone.state, end], said).toEqual(['undone', 0])
    expect(await responder.differences(api, report, before, await look())).toEqual([])
  })
})
