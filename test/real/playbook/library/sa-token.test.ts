import { beforeAll, expect, it } from 'vitest'
import type { Cluster } from '../../../../src/cluster/cluster.ts'
import { describeWithCluster } from '../../../cluster/suite.ts'
import { connectTo } from '../../change/harness.ts'
import { apply, kubectl, namespace, podOf, ready, until } from '../../isolation/stage.ts'
import { looks, outcomes, responderOn, statusFor } from './incident.ts'

const rbac = 'rbac.authorization.k8s.io'

describeWithCluster('node', 'the playbook sa-token', (running) => {
  let api: Cluster
  let responder: ReturnType<typeof responderOn>
  const own = '/api/v1/namespaces/shop/pods'
  const token = async (...words: string[]) =>
    (await kubectl(running(), 'create', 'token', '-n', 'shop', ...words)).trim()
  const forPod = async (pod: string, uid: string) =>
    await token('ci', '--bound-object-kind=Pod', `--bound-object-name=${pod}`, `--bound-object-uid=${uid}`)
  const uidOf = async (kind: string, name: string) =>
    await kubectl(running(), 'get', kind, name, '-n', 'shop', '-o', 'jsonpath={.metadata.uid}')
  const legacy = async () =>
    await until('the token of the Secret', async () => {
      const packed = await kubectl(running(), 'get', 'secret', 'ci-token', '-n', 'shop', '-o', 'jsonpath={.data.token}')
      return packed !== '' && Buffer.from(packed, 'base64').toString()
    })
  const status = async (stolen: string, path = own) => await statusFor(running(), stolen, path)
  const rightsOf = (name: string) => ({
    subjects: [{ kind: 'ServiceAccount', name, namespace: 'shop' }],
    roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'edit' },
  })
  const inputs = { namespace: 'shop', account: 'shop/ci' }

  beforeAll(async () => {
    api = await connectTo(running().kubeconfig)
    responder = responderOn(running())
    const account = (name: string) => ({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { namespace: 'shop', name },
    })
    const binding = { apiVersion: `${rbac}/v1`, kind: 'RoleBinding' }
    await apply(
      running(),
      namespace('shop'),
      account('ci'),
      account('web'),
      { ...binding, metadata: { namespace: 'shop', name: 'ci' }, ...rightsOf('ci') },
      { ...binding, metadata: { namespace: 'shop', name: 'web' }, ...rightsOf('web') },
      {
        apiVersion: `${rbac}/v1`,
        kind: 'ClusterRoleBinding',
        metadata: { name: 'shop-ci' },
        ...rightsOf('ci'),
        roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'view' },
      },
      {
        apiVersion: 'v1',
        kind: 'Secret',
        type: 'kubernetes.io/service-account-token',
        metadata: { namespace: 'shop', name: 'ci-token', annotations: { 'kubernetes.io/service-account.name': 'ci' } },
      },
      podOf('shop', 'runner', {}, { serviceAccountName: 'ci' }),
      podOf('shop', 'builder', {}, { serviceAccountName: 'ci' }),
      podOf('shop', 'web', {}, { serviceAccountName: 'web' }),
    )
    await ready(running(), 'shop', 'runner', 'builder', 'web')
  }, 60_000)

  const look = async () => await looks(api, ['shop'], { bindings: 'shop-ci' })
  const uidOfPod = async (name: string) => await uidOf('pod', name)

  it('one of a Secret: it is refused, those of pods can do nothing, and undo gives all back', async () => {
    const [stolen, other] = [await legacy(), await forPod('runner', await uidOfPod('runner'))]
    expect([await status(stolen), await status(other)]).toEqual([200, 200])
    const before = await look()
    const { report, code, stderr } = await responder.run('sa-token', {
      inputs,
      decisions: { bound: 'secret' },
      confirm: { revoke: true },
    })
    expect([report.state, code], stderr).toEqual(['finished', 0])
    expect(outcomes(report)).toMatchObject({ evidence: 'done', bare: 'done', secretDead: 'done', back: 'done' })
    expect([await status(stolen), await status(other), await status(await token('web'))]).toEqual([401, 403, 200])
    const { undone, code: end, stderr: said } = await responder.undo(report)
    expect([undone.state, end], said).toEqual(['undone', 0])
    expect(said).toContain('what was taken out of a list comes back at its end')
    expect(await responder.differences(api, report, before, await look())).toEqual([])
    await expect.poll(async () => await status(stolen)).toBe(200)
  })

  it('one of a pod: it is refused once the pod is gone, and no other one', async () => {
    const [stolen, other] = [
      await forPod('builder', await uidOfPod('builder')),
      await forPod('runner', await uidOfPod('runner')),
    ]
    const before = await look()
    const { report, code, stderr } = await responder.run('sa-token', {
      inputs: { ...inputs, whichPod: 'shop/builder' },
      decisions: { bound: 'pod' },
      confirm: { revoke: true, deletePod: 'builder' },
    })
    expect([report.state, code], stderr).toEqual(['finished', 0])
    expect([await status(stolen), await status(other), await status(await token('web'))]).toEqual([401, 403, 200])
    const { undone, code: end, stderr: said } = await responder.undo(report)
    expect([undone.state, end], said).toEqual(['undone', 0])
    expect(said).toContain('Pod shop/builder: it comes back with another uid')
    expect(await responder.differences(api, report, before, await look())).toEqual([
      'Pod builder is gone',
      'Pod builder is new',
    ])
  })

  it('one that was asked for by hand: with the account all of its tokens go, and the report says which pods lose theirs', async () => {
    const logs = running().auditLog
    await ready(running(), 'shop', 'builder')
    const [stolen, other, secret] = [
      await token('ci'),
      await forPod('runner', await uidOfPod('runner')),
      await legacy(),
    ]
    expect(await status(stolen, '/api/v1/namespaces/shop/secrets')).toBe(200)
    const before = await look()
    const { report, code, stderr } = await responder.run('sa-token', {
      inputs: { ...inputs, logs },
      decisions: { bound: 'hand' },
      confirm: { revoke: true, recreate: true },
    })
    // Nobody said what the API server logs.
    expect([report.state, code], stderr).toEqual(['finished', 3])
    expect(stderr).toContain('Secret ci-token, with a token of the account, is deleted with it, and does not come back')
    expect([await status(stolen), await status(other), await status(secret)]).toEqual([401, 401, 401])
    expect(await status(await token('web'))).toBe(200)
    const written = await responder.report(report, '--audit-log', logs)
    expect(written.code).toBe(0)
    for (const fact of [
      /\*\*Contained\*\* \| 2/,
      /`system:serviceaccount:shop:ci`: list secrets/,
      /delete `ServiceAccount shop\/ci`/,
      /takes away what ClusterRole edit grants/,
    ])
      expect(written.stdout).toMatch(fact)
    const { undone, code: end, stderr: said } = await responder.undo(report)
    expect([undone.state, end], said).toEqual(['undone', 0])
    expect(said).toContain('ServiceAccount shop/ci: it comes back with another uid')
    expect((await responder.differences(api, report, before, await look())).toSorted()).toEqual([
      'Secret ci-token is gone',
      'ServiceAccount ci is gone',
      'ServiceAccount ci is new',
    ])
  })
})
