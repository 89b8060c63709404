import { beforeAll, describe, expect, test } from 'vitest'
import type { CanaryPlan } from '../../../src/isolation/canary.ts'
import { runProbe } from '../../../src/isolation/probe.ts'
import { describeWithCluster } from '../../cluster/suite.ts'
import { connected } from '../cluster/connected.ts'
import {
  apply,
  canariesOf,
  kubectl,
  namespace,
  podOf,
  quarantine,
  rawPod,
  ready,
  restricted,
  stateNamespace,
} from './stage.ts'

const space = 'shop'

describeWithCluster('node', 'the probe proves isolation on a real enforcer', (cluster) => {
  beforeAll(async () => {
    await apply(cluster(), namespace(space, 'restricted'), namespace(stateNamespace, 'restricted'), tier)
    await apply(cluster(), podOf(space, 'web', restricted))
    await ready(cluster(), space, 'web')
    await apply(cluster(), ...limits)
  }, 60_000)

  const remove = ({ canaries: { twin, a, b } }: CanaryPlan) =>
    Promise.all([twin, a, b].map((pod) => kubectl(cluster(), 'delete', 'pod', '-n', pod.namespace, pod.name)))

  test('enforced: the control connects, the twin does not, and no Service takes the twin in', async () => {
    const api = await connected(cluster().kubeconfig)
    const service = (name: string, more = {}) => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { namespace: space, name },
      spec: { selector: { app: 'web' }, ports: [{ port: 80 }], ...more },
    })
    await apply(cluster(), service('web'))
    const plan = await canariesOf(api, await rawPod(api, space, 'web'), await quarantine(api, space))
    const report = await runProbe(api, { canaries: plan.canaries })
    expect(report).toMatchObject({ result: 'enforced', node: 'node1', imageId: expect.stringContaining('sha256:') })
    expect(report.tries).toHaveLength(8)
    expect(report.tries.filter(({ expected }) => expected === 'connects').map(({ seen }) => seen)).toEqual(
      Array(4).fill('connects'),
    )
    const slices = await kubectl(cluster(), 'get', 'endpointslices', '-n', space, '-o', 'json')
    const ends = (
      JSON.parse(slices) as { items: { endpoints: { targetRef: { name: string }; conditions: object }[] }[] }
    ).items
    const twin = ends.flatMap(({ endpoints }) => endpoints).find(({ targetRef }) => targetRef.name.endsWith('-twin'))
    expect(twin?.conditions).toMatchObject({ ready: false, serving: false })
    await remove(plan)
  })

  test('not enforced: with an allow-all of the enforcer before the policy, the twin connects too', async () => {
    const api = await connected(cluster().kubeconfig)
    await apply(cluster(), allowAll)
    const plan = await canariesOf(api, await rawPod(api, space, 'web'), await quarantine(api, space))
    const report = await runProbe(api, { canaries: plan.canaries, settleMs: 2_000 })
    await kubectl(cluster(), 'delete', 'globalnetworkpolicies.crd.projectcalico.org', 'early.allow-all')
    expect(report).toMatchObject({
      result: 'not-enforced',
      why: expect.stringContaining('the twin connects as the control does'),
    })
    await remove(plan)
  })

  describe('inconclusive', () => {
    test('where the controls cannot connect', async () => {
      const api = await connected(cluster().kubeconfig)
      await apply(cluster(), denyAll(stateNamespace))
      const plan = await canariesOf(api, await rawPod(api, space, 'web'), await quarantine(api, space))
      const report = await runProbe(api, { canaries: plan.canaries, settleMs: 2_000 })
      await kubectl(cluster(), 'delete', 'networkpolicy', '-n', stateNamespace, 'deny-all')
      expect(report).toMatchObject({
        result: 'inconclusive',
        why: expect.stringContaining('the control cannot connect either'),
      })
      await remove(plan)
    })

    test('where the image cannot be had, and quickly', async () => {
      const api = await connected(cluster().kubeconfig)
      const image = 'localhost:1/nothing/here:1'
      const plan = await canariesOf(api, await rawPod(api, space, 'web'), await quarantine(api, space), { image })
      const report = await runProbe(api, { canaries: plan.canaries })
      expect(report).toMatchObject({
        result: 'inconclusive',
        why: expect.stringMatching(/does not run: (ErrImagePull|ImagePullBackOff)/),
      })
      await remove(plan)
    })
  })
})

// A namespace that is strict about resources: whoever does not say how much is refused.
const limits = [
  {
    kind: 'ResourceQuota',
    spec: { hard: { 'requests.cpu': '1', 'requests.memory': '1Gi', 'limits.cpu': '1', 'limits.memory': '1Gi' } },
  },
  { kind: 'LimitRange', spec: { limits: [{ type: 'Container', max: { cpu: '1', memory: '512Mi' } }] } },
].map((object) => ({ apiVersion: 'v1', metadata: { namespace: space, name: 'strict' }, ...object }))
const tier = {
  apiVersion: 'crd.projectcalico.org/v1',
  kind: 'Tier',
  metadata: { name: 'early' },
  spec: { order: 100, defaultAction: 'Pass' },
}
const allowAll = {
  apiVersion: 'crd.projectcalico.org/v1',
  kind: 'GlobalNetworkPolicy',
  metadata: { name: 'early.allow-all' },
  spec: {
    tier: 'early',
    order: 0,
    selector: 'all()',
    types: ['Ingress', 'Egress'],
    ingress: [{ action: 'Allow' }],
    egress: [{ action: 'Allow' }],
  },
}
const denyAll = (space: string) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { namespace: space, name: 'deny-all' },
  spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
})
