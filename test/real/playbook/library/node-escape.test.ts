import { beforeAll, expect, it } from 'vitest'
import type { Cluster } from '../../../../src/cluster/cluster.ts'
import { describeWithCluster } from '../../../cluster/suite.ts'
import { connectTo } from '../../change/harness.ts'
import { apply, kubectl, namespace, podOf, ready } from '../../isolation/stage.ts'
import { looks, outcomes, responderOn, statusFor } from './incident.ts'

const rbac = 'rbac.authorization.k8s.io'

describeWithCluster('node', 'the playbook node-escape', (running) => {
  let api: Cluster
  let responder: ReturnType<typeof responderOn>
  const look = async () => await looks(api, ['shop'], { node: 'node1', bindings: 'of-ci' })
  const at = async (path: string, ...words: string[]) =>
    await kubectl(running(), 'get', ...words, '-o', `jsonpath={${path}}`)
  const reaches = async (pod: string, address: string) => {
    const connect = ['/agnhost', 'connect', `${address}:8080`, '--timeout=2s']
    return (await running().exec(['kubectl', 'exec', '-n', 'shop', pod, '--', ...connect])).code === 0
  }
  const secretsOf = async (space: string, account: string) => {
    const token = (await kubectl(running(), 'create', 'token', account, '-n', space)).trim()
    return await statusFor(running(), token, '/api/v1/secrets')
  }
  const admin = (name: string, space: string, account: string) => ({
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name },
    subjects: [{ kind: 'ServiceAccount', name: account, namespace: space }],
    roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'cluster-admin' },
  })

  beforeAll(async () => {
    api = await connectTo(running().kubeconfig)
    responder = responderOn(running())
    const account = (space: string, name: string) => ({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { namespace: space, name },
    })
    const escaped = { hostPID: true, serviceAccountName: 'ci', volumes: [{ name: 'root', hostPath: { path: '/' } }] }
    await apply(
      running(),
      namespace('shop'),
      account('shop', 'ci'),
      account('kube-system', 'agent'),
      admin('of-ci', 'shop', 'ci'),
      admin('of-agent', 'kube-system', 'agent'),
      { apiVersion: 'v1', kind: 'Secret', metadata: { namespace: 'shop', name: 'key' }, stringData: { key: 'x' } },
      podOf('shop', 'escaped', { securityContext: { privileged: true } }, escaped),
      podOf('shop', 'web', { envFrom: [{ secretRef: { name: 'key' } }] }),
      podOf('kube-system', 'agent', {}, { hostNetwork: true, serviceAccountName: 'agent' }),
    )
    await Promise.all([ready(running(), 'shop', 'escaped', 'web'), ready(running(), 'kube-system', 'agent')])
  }, 90_000)

  it('cordons the node, cuts its pods off and takes their rights; undo gives all back', async () => {
    const address = await at('.status.podIP', 'pod', 'web', '-n', 'shop')
    expect([await reaches('escaped', address), await secretsOf('shop', 'ci')]).toEqual([true, 200])
    const before = await look()
    const { report, code, stderr } = await responder.run('node-escape', {
      inputs: { node: 'node1' },
      decisions: { machine: 'done', rights: 'others', replaced: 'yes' },
      confirm: { cordon: true, cut: true, revoke: true },
    })
    // No policy holds pods on the network of their node: such a cut is never whole.
    expect([report.state, code], stderr).toEqual(['finished', 1])
    expect(report.steps.find(({ step }) => step === 'cut')?.outputs).toMatchObject({ verdict: 'PARTIAL' })
    expect(outcomes(report)).toMatchObject({ quick: 'done', cut: 'done', revoke: 'done', full: 'done', closed: 'done' })
    expect(await at('.spec.unschedulable', 'node', 'node1')).toBe('true')
    expect(await reaches('escaped', address)).toBe(false)
    expect([await secretsOf('shop', 'ci'), await secretsOf('kube-system', 'agent')]).toEqual([403, 200])
    await kubectl(running(), 'run', 'late', '-n', 'shop', '--image=localhost/agnhost:1')
    await expect
      .poll(async () => await at('.status.conditions[?(@.type=="PodScheduled")].reason', 'pod', 'late', '-n', 'shop'))
      .toBe('Unschedulable')
    await kubectl(running(), 'delete', 'pod', 'late', '-n', 'shop', '--now')
    const written = await responder.report(report)
    expect(written.code).toBe(3)
    for (const fact of [
      // Nothing in the cluster cuts a machine off, and the report does not say so.
      /Contained in part: step `cut` has the verdict PARTIAL/,
      /a node itself is not isolated by policies on its pods/,
      /patch `Node node1`/,
      /patch `ClusterRoleBinding of-ci`/,
    ])
      expect(written.stdout).toMatch(fact)
    expect(written.stdout).not.toMatch(/patch `ClusterRoleBinding of-agent`/)
    const { undone, code: end, stderr: said } = await responder.undo(report)
    expect([undone.state, end], said).toEqual(['undone', 0])
    expect(await responder.differences(api, report, before, await look())).toEqual([])
    await expect.poll(async () => await reaches('escaped', address)).toBe(true)
    expect(await secretsOf('shop', 'ci')).toBe(200)
  })

  it('with all rights on the node, those of kube-system go as well', async () => {
    const { report, code, stderr } = await responder.run('node-escape', {
      inputs: { node: 'node1' },
      decisions: { machine: 'later', rights: 'yes', replaced: 'no' },
      confirm: { cordon: true, cut: false, revoke: true },
    })
    // The cut was declined, and the run goes on and says so.
    expect([report.state, code], stderr).toEqual(['finished', 1])
    expect(outcomes(report)).toMatchObject({ cut: 'failed', revoke: 'done', closed: 'done' })
    expect([await secretsOf('shop', 'ci'), await secretsOf('kube-system', 'agent')]).toEqual([403, 403])
  })
})
