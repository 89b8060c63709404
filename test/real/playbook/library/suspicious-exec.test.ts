import { beforeAll, expect, it } from 'vitest'
import type { Cluster } from '../../../../src/cluster/cluster.ts'
import { addresses } from '../../../cluster/control-plane.ts'
import { describeWithCluster } from '../../../cluster/suite.ts'
import type { TestUser } from '../../../cluster/user.ts'
import { connectTo } from '../../change/harness.ts'
import { apply, namespace, podOf, ready } from '../../isolation/stage.ts'
import { looks, outcomes, responderOn } from './incident.ts'

const rbac = 'rbac.authorization.k8s.io'

describeWithCluster('node', 'the playbook suspicious-exec', (running) => {
  let api: Cluster
  let responder: ReturnType<typeof responderOn>
  let mallory: TestUser
  let getter: TestUser
  const look = async () => await looks(api, ['shop'])
  const shell = async ({ kubeconfig }: TestUser, ...words: string[]) =>
    await running().exec(['kubectl', 'exec', '-n', 'shop', 'web', '--', ...words], { env: { KUBECONFIG: kubeconfig } })
  const role = (name: string, verbs: string[]) => [
    {
      apiVersion: `${rbac}/v1`,
      kind: 'Role',
      metadata: { namespace: 'shop', name },
      rules: [
        { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] },
        { apiGroups: [''], resources: ['pods/exec'], verbs },
      ],
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'RoleBinding',
      metadata: { namespace: 'shop', name },
      subjects: [{ apiGroup: rbac, kind: 'User', name }],
      roleRef: { apiGroup: rbac, kind: 'Role', name },
    },
  ]
  const reachesDns = async () => {
    const connect = ['/agnhost', 'connect', `${addresses.dns}:53`, '--timeout=2s']
    return (await running().exec(['kubectl', 'exec', '-n', 'shop', 'web', '--', ...connect])).code === 0
  }
  const inputs = { namespace: 'shop', pod: 'shop/web', who: 'user:mallory' }

  beforeAll(async () => {
    api = await connectTo(running().kubeconfig)
    responder = responderOn(running())
    ;[mallory, getter] = await Promise.all([running().clientCert('mallory'), running().clientCert('getter')])
    await apply(running(), namespace('shop'), ...role('mallory', ['create', 'get']), ...role('getter', ['get']))
    await apply(running(), podOf('shop', 'web'), podOf('shop', 'client'))
    await ready(running(), 'shop', 'web', 'client')
    expect((await shell(mallory, 'cat', '/etc/passwd')).stdout).toContain('root:')
  }, 60_000)

  it('somebody with a reason is no incident, and who else can is said', async () => {
    // Before 1.35 who may get may take one, too.
    expect((await shell(getter, 'echo', 'in')).stdout).toBe('in\n')
    const { report, code, stderr } = await responder.run('suspicious-exec', { inputs, decisions: { known: 'yes' } })
    expect([report.state, code], stderr).toEqual(['finished', 0])
    expect(report.plans).toEqual([])
    const step = (id: string) => report.steps.find((one) => one.step === id)?.outputs as { subjects: string[] }
    expect(step('others').subjects).toContain('user:mallory')
    expect(step('readers').subjects).toEqual(expect.arrayContaining(['user:mallory', 'user:getter']))
    expect(stderr).toContain('No incident.')
  })

  it('takes the rights of who did it, and goes on with the pod', async () => {
    expect(await reachesDns()).toBe(true)
    const before = await look()
    const logs = running().auditLog
    const { report, code, stderr } = await responder.run('suspicious-exec', {
      inputs: { ...inputs, logs },
      decisions: {
        known: 'no',
        'pod/scope': 'one',
        'pod/hostReached': 'no',
        'pod/mend': 'keep',
        'pod/takeRights': 'no',
      },
      confirm: { revoke: true, 'pod/cutOne': true },
    })
    // Nobody said what the API server logs.
    expect([report.state, code], stderr).toEqual(['finished', 3])
    expect(outcomes(report)).toMatchObject({
      powerless: 'done',
      pod: 'done',
      'pod/cutOne': 'done',
      'pod/still': 'done',
    })
    expect((await shell(mallory, 'echo', 'in')).stderr).toMatch(/orbidden/)
    expect(await reachesDns()).toBe(false)
    const written = await responder.report(report, '--audit-log', logs)
    expect(written.code).toBe(0)
    for (const fact of [
      /Contained, [^\n]*step `powerless` saw that it is so[^\n]*step `pod\/cutOne` has the verdict ISOLATED/,
      /\| `mallory`: exec: cat `\/etc\/passwd` on `shop\/web`/,
      /patch `RoleBinding shop\/mallory`/,
    ])
      expect(written.stdout).toMatch(fact)
    const { undone, code: end, stderr: said } = await responder.undo(report)
    expect([undone.state, end], said).toEqual(['undone', 0])
    expect(await responder.differences(api, report, before, await look())).toEqual([])
    expect((await shell(mallory, 'echo', 'in')).stdout).toBe('in\n')
  })
})
