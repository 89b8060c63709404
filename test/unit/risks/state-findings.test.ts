import { expect, test } from 'vitest'
import type { Escape, WebhookState } from '../../../src/snapshot/cluster-state.ts'
import { account, clusterBinding, clusterRole, roleBinding, rule, user } from '../rbac/worlds.ts'
import { everything, lines, pod, risksIn, world } from './worlds.ts'

const privileged: Escape = { kind: 'privileged', field: 'spec.containers[0].securityContext.privileged', root: true }
const hostNetwork: Escape = { kind: 'host-network', field: 'spec.hostNetwork', root: false }
const web = { namespace: 'shop', name: 'web', annotations: {} }
const boss = {
  clusterRoles: [clusterRole('boss', everything)],
  clusterRoleBindings: [clusterBinding('b', 'boss', account('shop', 'web'))],
}
const only = (found: string[], name: string) => found.filter((line) => line.startsWith(`${name} `))

test('pods that take their node, by what makes them: the same id whatever the pods are called', async () => {
  const deployment = { kind: 'Deployment', namespace: 'shop', name: 'web', serviceAccount: 'web', escapes: [] }
  const run = async (suffix: string) =>
    (
      await risksIn(
        world(
          {},
          {
            workloads: [deployment],
            pods: ['a', 'b'].map((each) =>
              pod({
                name: `web-${suffix}-${each}`,
                controller: { kind: 'ReplicaSet', name: `web-${suffix}` },
                escapes: [privileged, hostNetwork],
              }),
            ),
          },
        ),
      )
    ).filter(({ object }) => object)
  const [one, other] = [await run('5d8f'), await run('77aa')]
  expect(lines(one)).toEqual(['pod-escape Deployment/shop/web shop high', 'pod-host Deployment/shop/web shop low'])
  expect(other.map(({ id }) => id)).toEqual(one.map(({ id }) => id))
})

test('what may not work is less; static pods of the control plane are its own', async () => {
  const unsure = { ...privileged, unsure: 'the container runs as user 1000, not as root' }
  const found = async (given: Parameters<typeof pod>[0]) =>
    only(lines(await risksIn(world({}, { pods: [pod(given)] }))), 'pod-escape')
  expect(await found({ escapes: [unsure] })).toEqual(['pod-escape Pod/shop/web-0 shop medium'])
  expect(await found({ escapes: [privileged], mirror: true, controller: { kind: 'Node', name: 'n1' } })).toEqual([])
  expect(await found({ escapes: [] })).toEqual([])
})

test('a token that is mounted counts where its account leads far', async () => {
  const found = async (rbac: object, token: boolean) =>
    only(lines(await risksIn(world(rbac, { accounts: [web], pods: [pod({ token })] }))), 'pod-token')
  expect(await found(boss, true)).toEqual(['pod-token Pod/shop/web-0 shop critical'])
  expect(await found(boss, false)).toEqual([])
  expect(await found({}, true)).toEqual([])
})

test('legacy tokens, worse where their account leads far', async () => {
  const secrets = [
    { namespace: 'shop', name: 'old', serviceAccount: 'web' },
    { namespace: 'shop', name: 'key' },
  ]
  const found = async (rbac: object) =>
    only(lines(await risksIn(world(rbac, { accounts: [web], secrets }))), 'legacy-token')
  expect(await found({})).toEqual(['legacy-token Secret/shop/old shop medium'])
  expect(await found(boss)).toEqual(['legacy-token Secret/shop/old shop high'])
})

test('webhooks of pods that let through what they do not answer', async () => {
  const hook = (given: Partial<WebhookState>): WebhookState => ({
    kind: 'validating',
    configuration: 'policy',
    name: 'pods.example.com',
    failurePolicy: 'Ignore',
    rules: [{ operations: ['CREATE'], groups: [''], resources: ['pods'], scope: '*' }],
    ...given,
  })
  const found = async (given: Partial<WebhookState>) => lines(await risksIn(world({}, { webhooks: [hook(given)] })))
  expect(await found({})).toEqual(['webhook-ignore ValidatingWebhookConfiguration/policy/pods.example.com * medium'])
  expect(await found({ kind: 'mutating' })).toEqual([
    'webhook-ignore MutatingWebhookConfiguration/policy/pods.example.com * low',
  ])
  expect(await found({ failurePolicy: 'Fail' })).toEqual([])
  expect(
    await found({ rules: [{ operations: ['CREATE'], groups: ['apps'], resources: ['deployments'], scope: '*' }] }),
  ).toEqual([])
})

test('namespaces without Pod Security, where others may create pods', async () => {
  const rights = {
    clusterRoles: [clusterRole('c', rule({ verbs: ['create'] }))],
    roleBindings: [roleBinding('shop', 'c', 'c', user('ann'))],
  }
  const found = async (labels: Record<string, string>, rbac: object = rights) =>
    only(lines(await risksIn(world(rbac, { namespaces: [{ name: 'shop', labels }] }))), 'no-pod-security')
  const label = 'pod-security.kubernetes.io/enforce'
  expect(await found({})).toEqual(['no-pod-security Namespace/shop shop medium'])
  expect(await found({ [label]: 'privileged' })).toHaveLength(1)
  expect(await found({ [label]: 'baseline' })).toEqual([])
  expect(await found({}, {})).toEqual([])
})

test('accounts that are roles of the cloud', async () => {
  const annotations = { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::1:role/x' }
  const found = await risksIn(
    world(
      {},
      {
        accounts: [
          { ...web, annotations },
          { ...web, name: 'db' },
        ],
      },
    ),
  )
  expect(lines(found)).toEqual(['cloud-account ServiceAccount/shop/web shop low'])
})
