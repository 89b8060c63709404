import { beforeAll, expect, it } from 'vitest'
import type { Cluster } from '../../../../src/cluster/cluster.ts'
import { describeWithCluster } from '../../../cluster/suite.ts'
import type { TestUser } from '../../../cluster/user.ts'
import { connectTo } from '../../change/harness.ts'
import { apply, kubectl, namespace } from '../../isolation/stage.ts'
import { looks, outcomes, responderOn } from './incident.ts'

const rbac = 'rbac.authorization.k8s.io'
const [config, hook] = ['MutatingWebhookConfiguration', 'sidecar-injector']

describeWithCluster('node', 'the playbook rbac-escalation', (running) => {
  let api: Cluster
  let responder: ReturnType<typeof responderOn>
  let mallory: TestUser
  let jane: TestUser
  const look = async () => await looks(api, ['shop'], { bindings: 'shop-' })
  /** What the API server answers to one of them: what stands in its error, or nothing. */
  const refusal = async ({ kubeconfig }: TestUser, ...words: string[]) =>
    (await running().exec(['kubectl', ...words], { env: { KUBECONFIG: kubeconfig } })).stderr
  const secrets = ['get', 'secrets', '-n', 'kube-system']
  const user = (name: string) => ({ apiGroup: rbac, kind: 'User', name })
  const binding = (kind: string, name: string, role: string, ...names: string[]) => ({
    apiVersion: `${rbac}/v1`,
    kind,
    metadata: { name, ...(kind === 'RoleBinding' && { namespace: 'shop' }) },
    subjects: names.map(user),
    roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: role },
  })

  beforeAll(async () => {
    api = await connectTo(running().kubeconfig)
    responder = responderOn(running())
    ;[mallory, jane] = await Promise.all([running().clientCert('mallory'), running().clientCert('jane')])
    await apply(
      running(),
      namespace('shop'),
      {
        apiVersion: `${rbac}/v1`,
        kind: 'ClusterRole',
        metadata: { name: 'shop-deployer' },
        rules: [
          { apiGroups: [rbac], resources: ['clusterrolebindings'], verbs: ['create'] },
          { apiGroups: [rbac], resources: ['clusterroles'], verbs: ['bind'] },
          { apiGroups: ['admissionregistration.k8s.io'], resources: ['mutatingwebhookconfigurations'], verbs: ['*'] },
        ],
      },
      binding('ClusterRoleBinding', 'shop-deployers', 'shop-deployer', 'jane', 'mallory'),
      binding('RoleBinding', 'shop-edit', 'edit', 'mallory'),
    )
    // The escalation, by their own hands.
    const own = { env: { KUBECONFIG: mallory.kubeconfig } }
    const made = await running().exec(
      ['kubectl', 'create', 'clusterrolebinding', 'shop-root', '--clusterrole=cluster-admin', '--user=mallory'],
      own,
    )
    expect(made.code, made.stderr).toBe(0)
    const clientConfig = { url: 'https://203.0.113.7/', caBundle: '' }
    const webhook = {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: config,
      metadata: { name: hook },
      webhooks: [
        {
          name: 'inject.example.org',
          clientConfig,
          sideEffects: 'None',
          admissionReviewVersions: ['v1'],
          failurePolicy: 'Ignore',
          objectSelector: { matchLabels: { none: 'such' } },
          rules: [{ apiGroups: [''], apiVersions: ['v1'], resources: ['pods'], operations: ['CREATE'] }],
        },
      ],
    }
    const hooked = await running().exec(['kubectl', 'create', '-f', '-'], { ...own, input: JSON.stringify(webhook) })
    expect(hooked.code, hooked.stderr).toBe(0)
    expect(await refusal(mallory, ...secrets)).not.toContain('orbidden')
  }, 60_000)

  it('takes all rights of the one who took some, and the webhook that they left; undo gives all back', async () => {
    const before = await look()
    const webhooks = await kubectl(running(), 'get', config, hook, '-o', 'jsonpath={.webhooks}')
    const { report, code, stderr } = await responder.run('rbac-escalation', {
      inputs: { subject: 'user:mallory', logs: running().auditLog, which: hook },
      decisions: { own: 'no', webhook: 'yes' },
      confirm: { revoke: true, unhook: true },
    })
    // Nobody said what the API server logs.
    expect([report.state, code], stderr).toEqual(['finished', 3])
    expect(outcomes(report)).toMatchObject({ wrote: 'done', after: 'done', evidence: 'done', unhook: 'done' })
    for (const words of [
      secrets,
      ['get', 'pods', '-n', 'shop'],
      ['create', 'clusterrolebinding', 'x', '--clusterrole=view', '--user=x'],
    ])
      expect(await refusal(mallory, ...words)).toMatch(/[Ff]orbidden/)
    // Who has the same binding keeps it.
    const bind = ['create', 'clusterrolebinding', 'x', '--clusterrole=view', '--user=x', '--dry-run=server']
    expect(await refusal(jane, ...bind)).toBe('')
    expect((await running().exec(['kubectl', 'get', config, hook])).code).toBe(1)
    const written = await responder.report(report, '--audit-log', running().auditLog)
    expect(written.code).toBe(0)
    for (const fact of [
      /> \*\*✔\*\* Contained, [^\n]*step `after` saw that it is so/,
      /`mallory`: create clusterrolebindings[^\n]*shop-root/,
      /patch `ClusterRoleBinding shop-root`/,
      /delete `MutatingWebhookConfiguration sidecar-injector`/,
    ])
      expect(written.stdout).toMatch(fact)
    const { undone, code: end, stderr: said } = await responder.undo(report)
    expect([undone.state, end], said).toEqual(['undone', 0])
    expect(said).toContain(`${config} ${hook}: it comes back with another uid`)
    expect(await responder.differences(api, report, before, await look())).toEqual([])
    expect(await kubectl(running(), 'get', config, hook, '-o', 'jsonpath={.webhooks}')).toBe(webhooks)
    await expect.poll(async () => await refusal(mallory, ...secrets)).not.toContain('orbidden')
  })

  it('takes nothing from whom it is run by', async () => {
    const { report, code } = await responder.run('rbac-escalation', {
      inputs: { subject: 'group:system:masters' },
      decisions: { own: 'no', webhook: 'no' },
      confirm: { revoke: true },
    })
    expect([report.state, code]).toEqual(['stopped', 1])
    expect(report.why).toContain('you would take your own rights away')
    const {
      report: other,
      code: end,
      stderr,
    } = await responder.run('rbac-escalation', {
      inputs: { subject: 'group:system:masters' },
      decisions: { own: 'yes', webhook: 'no' },
    })
    expect([other.state, end], stderr).toEqual(['finished', 0])
    expect(other.plans).toEqual([])
    expect(outcomes(other)).toMatchObject({ byHand: 'done', evidence: 'done', left: 'done' })
  })
})
