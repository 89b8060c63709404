import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, test, vi } from 'vitest'
import type { Engine } from '../../../src/change/engine.ts'
import { objectName } from '../../../src/change/plan.ts'
import type { Cluster } from '../../../src/cluster/cluster.ts'
import type { LockdownOptions } from '../../../src/lockdown/model.ts'
import { lookAtLockdowns } from '../../../src/lockdown/look.ts'
import type { RunStanding } from '../../../src/lockdown/status.ts'
import { describeWithCluster } from '../../cluster/suite.ts'
import { connectTo, newNamespace } from '../change/harness.ts'
import { engineFor } from '../isolation/isolating.ts'
import { apply, kubectl, until } from '../isolation/stage.ts'
import { lockdown, undo } from './locking.ts'

vi.setConfig({ testTimeout: 60_000 })

const group = 'rbac.authorization.k8s.io'
const rbac = (kind: string, space: string | undefined, name: string, more: object) => ({
  apiVersion: `${group}/v1`,
  kind,
  metadata: { name, ...(space === undefined ? {} : { namespace: space }) },
  ...more,
})
const bind = (space: string | undefined, name: string, role: string, ...subjects: object[]) =>
  rbac(space === undefined ? 'ClusterRoleBinding' : 'RoleBinding', space, name, {
    roleRef: { apiGroup: group, kind: role === 'reader' ? 'Role' : 'ClusterRole', name: role },
    subjects,
  })
const user = (name: string) => ({ kind: 'User', apiGroup: group, name })
const pod = (space: string, name: string, labels: object, spec: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { namespace: space, name, labels },
  spec: { automountServiceAccountToken: false, containers: [{ name: 'main', image: 'localhost/agnhost:1' }], ...spec },
})
const policy = (space: string, name: string, podSelector: object, ingress: object[]) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { namespace: space, name },
  spec: { podSelector, policyTypes: ['Ingress'], ingress },
})

type Case = {
  level: LockdownOptions['level']
  /** What somebody does once the namespace is closed; what it is called in what is said of it. */
  opens(space: string, plan: string): Promise<unknown>
  says: RegExp
  /** Where it changes what the run itself wrote, that is said as well. */
  drifts?: true
}

describeWithCluster('control-plane', 'whether a namespace is still closed', (running) => {
  let cluster: Cluster
  let engine: Engine
  beforeAll(async () => {
    cluster = await connectTo(running().kubeconfig)
    engine = await engineFor(cluster)
    await apply(running(), { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'front' } })
    return () => cluster.close()
  })
  const run = async (...argv: string[]) => await kubectl(running(), ...argv)
  const json = async (path: string) => await cluster.json<{ items: { metadata: { name: string } }[] }>({ path })

  /** A namespace with an application, and what others may do there. */
  const stage = async () => {
    const space = await newNamespace(cluster)
    const account = ['kubectl', 'get', 'serviceaccount', 'default', '-n', space]
    await until('the default account', async () => (await running().exec(account)).code === 0)
    const deployment = (name: string, env: object[]) => ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { namespace: space, name },
      spec: {
        selector: { matchLabels: { app: name } },
        template: {
          metadata: { labels: { app: name } },
          spec: {
            automountServiceAccountToken: false,
            containers: [{ name: 'main', image: 'localhost/agnhost:1', env }],
          },
        },
      },
    })
    await apply(
      running(),
      deployment('web', [{ name: 'API', value: 'http://api' }]),
      deployment('api', []),
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { namespace: space, name: 'api' },
        spec: { selector: { app: 'api' }, ports: [{ port: 80, targetPort: 8080 }] },
      },
      pod(space, 'idle', { role: 'none' }),
      rbac('Role', space, 'reader', { rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] }] }),
      bind(space, 'readers', 'reader', user('rita')),
      bind(space, 'editors', 'edit', user('dev')),
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace: space, name: 'robot' } },
    )
    await until('pods', async () => (await json(`/api/v1/namespaces/${space}/pods`)).items.length === 3)
    return space
  }
  // Of the one namespace: those before it are being deleted, and their objects go one by one.
  const standing = async (of: Engine, space: string, plan: string): Promise<RunStanding> => {
    const { namespaces, gaps } = await lookAtLockdowns(of, [space])
    expect(gaps).toEqual([])
    const found = namespaces.flatMap(({ runs }) => runs).find((one) => one.plan === plan)
    if (!found) throw new Error('the run is not listed')
    return found
  }
  const own = async (space: string, plan: string, kind: string) =>
    (await json(kind.startsWith('/') ? kind : `/api/v1/namespaces/${space}/${kind}`)).items
      .map(({ metadata: { name } }) => name)
      .filter((name) => name.startsWith(objectName(plan)))

  const cases: Record<string, Case> = {
    'a policy that lets everyone in': {
      level: 'baseline',
      opens: async (space) => await apply(running(), policy(space, 'open', {}, [{}])),
      says: /NetworkPolicy \S+\/open .*ingress/,
    },
    'a policy for labels that no pod has yet': {
      level: 'restricted',
      opens: async (space) => await apply(running(), policy(space, 'door', { matchLabels: { door: 'open' } }, [{}])),
      says: /NetworkPolicy \S+\/door .*ingress.*pods that get the labels/,
    },
    'a policy that bears the label of the plan': {
      level: 'restricted',
      opens: async (space, plan) => {
        const { metadata, ...rest } = policy(space, 'sly', {}, [{}])
        const labels = { 'kubectl-secure.github.io/plan': plan }
        await apply(running(), { ...rest, metadata: { ...metadata, labels } })
      },
      says: /NetworkPolicy \S+\/sly .*ingress/,
    },
    'a policy of the run that lets everyone in now': {
      level: 'restricted',
      opens: async (space, plan) => {
        const path = `/apis/networking.k8s.io/v1/namespaces/${space}/networkpolicies`
        const name = (await own(space, plan, path)).find((one) => one.endsWith('default')) ?? ''
        await run('patch', 'networkpolicy', name, '-n', space, '--type=merge', '-p', '{"spec":{"ingress":[{}]}}')
      },
      says: /networkpolicies.* it is not as it was made/,
      drifts: true,
    },
    'a policy of the run that is gone': {
      level: 'quarantine',
      opens: async (space) => await run('delete', 'networkpolicies', '--all', '-n', space),
      says: /networkpolicies/,
      drifts: true,
    },
    'a pod on the network of its node': {
      level: 'baseline',
      opens: async (space) => await apply(running(), pod(space, 'free', {}, { hostNetwork: true })),
      says: /network of their node.*free/,
    },
    'a pod that was given the labels of another': {
      level: 'restricted',
      opens: async (space) => await run('label', 'pod', 'idle', '-n', space, 'app=web'),
      says: /Pod \S+\/idle .*Deployment.web/,
    },
    'a Pod Security label that is weaker': {
      level: 'restricted',
      opens: async (space) =>
        await run('label', 'namespace', space, 'pod-security.kubernetes.io/enforce=baseline', '--overwrite'),
      says: /pod-security\.kubernetes\.io\/enforce is "baseline"/,
      drifts: true,
    },
    'a quota that lets more be': {
      level: 'quarantine',
      opens: async (space, plan) => {
        const [name = ''] = await own(space, plan, 'resourcequotas')
        await run('patch', 'resourcequota', name, '-n', space, '-p', '{"spec":{"hard":{"pods":"50"}}}')
      },
      says: /50 pods.* 0/,
      drifts: true,
    },
    'a quota that is gone': {
      level: 'restricted',
      opens: async (space) => await run('delete', 'resourcequotas', '--all', '-n', space),
      says: /nothing bounds pods/,
      drifts: true,
    },
    'limits that are gone': {
      level: 'restricted',
      opens: async (space) => await run('delete', 'limitranges', '--all', '-n', space),
      says: /limitranges/,
      drifts: true,
    },
    'tokens again': {
      level: 'restricted',
      opens: async (space) =>
        await run('patch', 'serviceaccount', 'default', '-n', space, '-p', '{"automountServiceAccountToken":true}'),
      says: /automountServiceAccountToken/,
      drifts: true,
    },
    'a binding that is new': {
      level: 'quarantine',
      opens: async (space) => await apply(running(), bind(space, 'again', 'edit', user('mallory'))),
      says: /user:mallory can .*write.*RoleBinding \S+\/again/,
    },
    'a binding of the whole cluster for one who lost his rights': {
      level: 'quarantine',
      opens: async (space) => await apply(running(), bind(undefined, `wide-${space}`, 'edit', user('dev'))),
      says: /user:dev can .*write.*ClusterRoleBinding wide-/,
    },
    'a role that says more than it did': {
      level: 'quarantine',
      opens: async (space) => {
        const rules = [{ apiGroups: [''], resources: ['pods', 'secrets'], verbs: ['get', 'list'] }]
        await apply(running(), rbac('Role', space, 'reader', { rules }))
      },
      says: /user:rita can secrets.*RoleBinding \S+\/readers/,
    },
    'a right of one of its accounts elsewhere': {
      level: 'quarantine',
      opens: async (space) => {
        const robot = { kind: 'ServiceAccount', name: 'robot', namespace: space }
        await apply(running(), bind('front', `for-${space}`, 'view', robot))
      },
      says: /RoleBinding front\/for-\S+ .*robot/,
    },
    'a subject put back into its binding': {
      level: 'quarantine',
      opens: async (space) => await apply(running(), bind(space, 'editors', 'edit', user('dev'))),
      says: /user:dev can .*write.*RoleBinding \S+\/editors/,
      drifts: true,
    },
  }

  test.for(Object.entries(cases))(
    '%s: closed before, and said after, here and by the record alone',
    async ([, { level, opens, says, drifts }]) => {
      const space = await stage()
      const { report } = await lockdown(engine, [space], { level })
      const plan = report.plan ?? ''
      const elsewhere = await engineFor(cluster, mkdtempSync(join(tmpdir(), 'ks-other-')))
      for (const from of [engine, elsewhere]) {
        expect(await standing(from, space, plan)).toMatchObject({ state: 'applied', drift: [], open: [] })
      }
      await opens(space, plan)
      for (const from of [engine, elsewhere]) {
        const { drift, open } = await standing(from, space, plan)
        expect([...drift, ...open.map(({ text }) => text)].join('\n')).toMatch(says)
        expect(drift.length > 0).toBe(drifts ?? false)
      }
      expect((await undo(engine, plan)).state).toMatch(/undone$/)
      await run('delete', 'namespace', space, '--wait=false')
      await run('delete', 'clusterrolebinding', `wide-${space}`, '--ignore-not-found')
    },
  )

  test('what was open before it was closed is said as open, and not as drift', async () => {
    const space = await stage()
    await apply(running(), policy(space, 'old', {}, [{}]))
    const { report } = await lockdown(engine, [space])
    const { drift, open } = await standing(engine, space, report.plan ?? '')
    expect(drift).toEqual([])
    expect(open.map(({ part, text }) => [part, text])).toEqual([
      ['network', expect.stringContaining(`NetworkPolicy ${space}/old`)],
    ])
    const wide = `old-${space}`
    await apply(running(), bind(undefined, wide, 'edit', user('boss')))
    const { report: second } = await lockdown(engine, [space], { level: 'quarantine', parts: ['rbac'] })
    expect((await standing(engine, space, second.plan ?? '')).open.map(({ text }) => text)).toEqual([
      expect.stringMatching(/^rights stay with .*user:boss/),
    ])
    await run('delete', 'clusterrolebinding', wide)
  })

  test('with a selector: a pod that loses the labels by which it was chosen', async () => {
    const space = await stage()
    const selector = { matchLabels: { app: 'web' }, matchExpressions: [] }
    const { report } = await lockdown(engine, [space], { selector, parts: ['network'] })
    expect(await standing(engine, space, report.plan ?? '')).toMatchObject({ drift: [], open: [] })
    await run('label', 'pods', '-n', space, '-l', 'app=web', 'app=free', '--overwrite')
    const { open } = await standing(engine, space, report.plan ?? '')
    expect(open.map(({ text }) => text)).toEqual([expect.stringMatching(/Pod \S+\/web-\S+ has lost the labels/)])
  })

  test('pods that come and go as their workloads make them open nothing', async () => {
    const space = await stage()
    const { report } = await lockdown(engine, [space], { level: 'baseline' })
    await run('rollout', 'restart', 'deployment/web', '-n', space)
    await run('scale', 'deployment/api', '-n', space, '--replicas=3')
    await until('pods', async () => (await json(`/api/v1/namespaces/${space}/pods`)).items.length >= 5)
    expect(await standing(engine, space, report.plan ?? '')).toMatchObject({ drift: [], open: [] })
  })

  test('who may not read what it takes is told so, and not that it is closed', async () => {
    const space = await stage()
    const { report } = await lockdown(engine, [space], { level: 'quarantine' })
    await apply(
      running(),
      rbac('ClusterRole', undefined, 'looks', {
        rules: [
          { apiGroups: [''], resources: ['namespaces', 'serviceaccounts', 'limitranges'], verbs: ['get', 'list'] },
        ],
      }),
      rbac('ClusterRoleBinding', undefined, 'looks', {
        roleRef: { apiGroup: group, kind: 'ClusterRole', name: 'looks' },
        subjects: [user('watcher')],
      }),
      rbac('Role', 'kubectl-secure', 'records', {
        rules: [
          { apiGroups: [''], resources: ['secrets'], verbs: ['list'] },
          { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['list'] },
        ],
      }),
      rbac('RoleBinding', 'kubectl-secure', 'records', {
        roleRef: { apiGroup: group, kind: 'Role', name: 'records' },
        subjects: [user('watcher')],
      }),
    )
    const { kubeconfig } = await running().clientCert('watcher')
    const watcher = await connectTo(kubeconfig)
    const from = await engineFor(watcher, mkdtempSync(join(tmpdir(), 'ks-other-')))
    const { gaps, complete } = await lookAtLockdowns(from, [space])
    watcher.close()
    expect(complete).toBe(false)
    const said = gaps.map(({ what }) => what).join('\n')
    for (const what of ['networkpolicies', 'pods', 'resourcequotas', 'rolebindings']) expect(said).toContain(what)
    expect(report.plan).toBeDefined()
  })
})
