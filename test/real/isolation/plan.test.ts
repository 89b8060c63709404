import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Cluster } from '../../../src/cluster/cluster.ts'
import { parsePeer } from '../../../src/isolation/peers.ts'
import type { TargetQuery } from '../../../src/isolation/scene.ts'
import { describeWithCluster } from '../../cluster/suite.ts'
import { connected } from '../cluster/connected.ts'
import { computed, make, planned, reaches, workloads } from './plan-stage.ts'
import { apply, kubectl, namespace, podOf, ready, until } from './stage.ts'

const space = 'shop'

type Listed = {
  metadata: { name: string; labels?: Record<string, string>; ownerReferences?: object[] }
  status: { podIP: string; phase: string }
}

describeWithCluster('node', 'plans to isolate', (cluster) => {
  let api: Cluster
  const pods = async (selector: string): Promise<Listed[]> =>
    (
      JSON.parse(await kubectl(cluster(), 'get', 'pods', '-n', space, '-l', selector, '-o', 'json')) as {
        items: Listed[]
      }
    ).items
  const running = (selector: string, count: number) =>
    until(
      `${count} of ${selector}`,
      async () => {
        const found = (await pods(selector)).filter(({ status }) => status.phase === 'Running')
        return found.length === count && found
      },
      30_000,
    )
  const addressOf = async (name: string) =>
    `${await kubectl(cluster(), 'get', 'pod', '-n', space, name, '-o', 'jsonpath={.status.podIP}')}:8080`
  const named = (kind: Exclude<TargetQuery, { selector: string }>['kind'], name: string): TargetQuery =>
    kind === 'Node' ? { kind, name } : { kind, namespace: space, name }

  beforeAll(async () => {
    await apply(cluster(), namespace(space), ...workloads(space), podOf(space, 'client'), podOf(space, 'other'))
    // Of the Deployment by its labels alone, which anybody may write: not its pod.
    await apply(cluster(), {
      ...podOf(space, 'forged'),
      metadata: { namespace: space, name: 'forged', labels: { app: 'web' } },
    })
    await kubectl(cluster(), 'create', 'job', '-n', space, 'nightly-1', '--from=cronjob/nightly')
    await ready(cluster(), space, 'client', 'other', 'forged')
    await running('app=web', 3)
    await running('app=crunch', 4)
    await running('app=db', 1)
    await running('app=agent', 1)
    await running('app=bare', 1)
  }, 120_000)

  beforeEach(async () => {
    api = await connected(cluster().kubeconfig)
  })

  describe('of each kind of target', () => {
    test.each([
      ['Deployment', 'web', 2],
      ['ReplicaSet', 'bare', 1],
      ['StatefulSet', 'db', 1],
      ['DaemonSet', 'agent', 1],
      ['Job', 'crunch', 2],
      ['CronJob', 'nightly', 2],
      ['ServiceAccount', 'robot', 2],
      ['Pod', 'client', 1],
      ['Node', 'node1', 12],
    ] as const)(
      '%s: its pods are found by owner, and the server takes every change in a dry run',
      async (kind, name, count) => {
        const { plan, scene } = await planned(api, named(kind, name), { cordon: true, revoke: true })
        expect(scene.gaps).toEqual([])
        const inSpace = plan.pods.filter(({ ref }) => ref.namespace === space)
        expect(inSpace.map(({ ref }) => ref.name)).toHaveLength(count)
        expect(kind !== 'Node' && inSpace.some(({ ref }) => ref.name === 'forged')).toBe(false)
        expect(plan.refused).toBeUndefined()
        expect(plan.changes.length).toBeGreaterThan(1)
        for (const change of plan.changes) await make(api, change, true)
        const answers = await computed(api, { plan, scene, planId: '' })
        expect(answers.flatMap(({ open }) => open)).toEqual([])
      },
    )

    test('by labels', async () => {
      const { plan } = await planned(api, { selector: 'app in (client, other)', namespace: space })
      expect(plan.pods.map(({ ref }) => ref.name).sort()).toEqual(['client', 'other'])
      await expect(planned(api, { selector: 'app=nobody', namespace: space })).rejects.toMatchObject({
        code: 'not-found',
      })
    })

    test('that does not exist', async () => {
      await expect(planned(api, named('Deployment', 'nothing'))).rejects.toMatchObject({ code: 'not-found' })
    })
  })

  test('a pod of a Deployment: cut off in two writes, out of its Service, off its ReplicaSet, and alive', async () => {
    const [web] = await pods('app=web,pod-template-hash')
    const name = web?.metadata.name ?? ''
    const address = await addressOf(name)
    expect(await reaches(cluster(), `${space}/client`, address)).toBe(true)
    const { plan } = await planned(api, named('Pod', name))
    expect(plan.changes.map(({ id }) => id)).toEqual(['deny-1', 'label-1'])
    for (const change of plan.changes) await make(api, change)
    await until('the cut', async () => !(await reaches(cluster(), `${space}/client`, address)))
    expect(await reaches(cluster(), `${space}/${name}`, await addressOf('client'))).toBe(false)
    await running('app=web,pod-template-hash', 2)
    const after = JSON.parse(await kubectl(cluster(), 'get', 'pod', '-n', space, name, '-o', 'json')) as Listed
    expect(after.status.phase).toBe('Running')
    expect(after.metadata.ownerReferences).toBeUndefined()
    await until('its Service to let it go', async () => {
      const slices = await kubectl(
        cluster(),
        'get',
        'endpointslices',
        '-n',
        space,
        '-o',
        'jsonpath={.items[*].endpoints[*].targetRef.name}',
      )
      return !slices.split(' ').includes(name)
    })
  })

  test('a Job that is suspended after its pods are off it leaves them running', async () => {
    const { plan } = await planned(api, named('Job', 'crunch'))
    const kept = plan.pods.map(({ ref }) => ref.name)
    for (const change of plan.changes) {
      if (change.gate === 'released') {
        await until('the Job to let its pods go', async () => {
          const found = await Promise.all(
            kept.map((name) =>
              kubectl(
                cluster(),
                'get',
                'pod',
                '-n',
                space,
                name,
                '-o',
                'jsonpath={.metadata.ownerReferences}{.metadata.finalizers}',
              ),
            ),
          )
          return found.every((text) => text === '')
        })
      }
      await make(api, change)
    }
    await until('the Job to be suspended', async () =>
      (
        await kubectl(cluster(), 'get', 'job', '-n', space, 'crunch', '-o', 'jsonpath={.status.conditions[*].type}')
      ).includes('Suspended'),
    )
    await until(
      'those that came meanwhile to be gone',
      async () => (await pods('batch.kubernetes.io/job-name=crunch')).length === 0,
    )
    for (const name of kept)
      expect(await kubectl(cluster(), 'get', 'pod', '-n', space, name, '-o', 'jsonpath={.status.phase}')).toBe(
        'Running',
      )
  })

  describe('where a policy allows every pod everything', () => {
    const allow = {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { namespace: space, name: 'open' },
      spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'], ingress: [{}], egress: [{}] },
    }
    const admin = 'policy.networking.k8s.io/v1alpha1'
    beforeAll(() => apply(cluster(), allow), 30_000)

    test.each([
      ['a tier of Calico', undefined],
      ['an AdminNetworkPolicy', new Set([admin])],
    ])('%s cuts all the same, but for exceptions and the node', async (_, served) => {
      const [db] = await pods('app=db')
      const name = db?.metadata.name ?? ''
      const address = await addressOf(name)
      const options = { allowFrom: [parsePeer(`${space}/app=client:8080`)] }
      const made = await planned(api, named('Pod', name), options, (scene) => (served ? { ...scene, served } : scene))
      const overlay = made.plan.changes.filter(({ id }) => id.startsWith('overlay'))
      expect(overlay.map(({ ref }) => ref.kind)).toEqual(
        served ? ['AdminNetworkPolicy'] : ['Tier', 'GlobalNetworkPolicy'],
      )
      // Without the overlay the policy of others wins: what the computation says of both is what is seen.
      const [without] = await computed(api, {
        ...made,
        plan: { ...made.plan, changes: made.plan.changes.filter((change) => !overlay.includes(change)) },
      })
      expect(without?.open.length).toBeGreaterThan(1)
      for (const change of made.plan.changes.filter((one) => !overlay.includes(one))) await make(api, change)
      expect(await reaches(cluster(), `${space}/other`, address)).toBe(true)
      const [with_] = await computed(api, made)
      // Who comes in from outside an AdminNetworkPolicy cannot deny.
      expect(with_?.open.map(({ direction, peer }) => `${direction} ${peer}`)).toEqual([
        `ingress pods ${space}/client`,
        ...(served ? ['ingress world (0.0.0.0/0)'] : []),
      ])
      for (const change of overlay) await make(api, change)
      await until('the cut', async () => !(await reaches(cluster(), `${space}/other`, address)))
      expect(await reaches(cluster(), `${space}/${name}`, await addressOf('other'))).toBe(false)
      expect(await reaches(cluster(), `${space}/client`, address)).toBe(true)
      const fromNode = await cluster().execOnNode([
        '/bin/sh',
        '-c',
        `wget -q -T 2 -O /dev/null http://${address}/ || curl -s -m 2 http://${address}/`,
      ])
      expect(fromNode.code).toBe(0)
      for (const { ref } of [...overlay].reverse())
        await kubectl(cluster(), 'delete', `${ref.resource}.${ref.apiVersion.split('/')[0]}`, ref.name)
    })
  })

  test('--revoke takes the account out of bindings and makes its tokens in Secrets invalid', async () => {
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { namespace: space, name: 'old', annotations: { 'kubernetes.io/service-account.name': 'robot' } },
      type: 'kubernetes.io/service-account-token',
    }
    await apply(cluster(), secret)
    await kubectl(
      cluster(),
      'create',
      'rolebinding',
      '-n',
      space,
      'robot',
      '--clusterrole=view',
      `--serviceaccount=${space}:robot`,
      `--serviceaccount=${space}:default`,
    )
    await kubectl(
      cluster(),
      'create',
      'clusterrolebinding',
      'all-robots',
      '--clusterrole=view',
      `--group=system:serviceaccounts:${space}`,
    )
    const token = await until('a token', async () =>
      Buffer.from(
        await kubectl(cluster(), 'get', 'secret', '-n', space, 'old', '-o', 'jsonpath={.data.token}'),
        'base64',
      ).toString(),
    )
    const asked = () =>
      cluster().exec([
        'kubectl',
        '--kubeconfig=/dev/null',
        `--server=${cluster().server}`,
        `--certificate-authority=${cluster().caFile}`,
        `--token=${token}`,
        'auth',
        'whoami',
      ])
    expect((await asked()).stdout).toContain('robot')
    const { plan } = await planned(api, named('ServiceAccount', 'robot'), { revoke: true })
    const revoke = plan.changes.filter(({ id }) => id.startsWith('revoke'))
    expect(revoke.map(({ ref }) => `${ref.resource} ${ref.name}`)).toEqual(['rolebindings robot', 'secrets old'])
    expect(plan.warnings.map(({ text }) => text)).toContainEqual(
      expect.stringContaining(`system:serviceaccounts:${space}`),
    )
    for (const change of revoke) await make(api, change)
    expect(
      await kubectl(cluster(), 'get', 'rolebinding', '-n', space, 'robot', '-o', 'jsonpath={.subjects[*].name}'),
    ).toBe('default')
    // The API server keeps what it has accepted for up to 10 seconds.
    const refused = await until(
      'the token to be refused',
      async () => {
        const { code, stderr } = await asked()
        return code !== 0 && stderr
      },
      20_000,
    )
    expect(refused).toMatch(/Unauthorized|logged in/)
  })

  test('who may read little gets a plan with gaps, and no label goes that its unread owner may need', async () => {
    const user = await cluster().clientCert('responder')
    await kubectl(cluster(), 'create', 'role', '-n', space, 'responder', '--verb=get,list,patch', '--resource=pods')
    await kubectl(cluster(), 'create', 'rolebinding', '-n', space, 'responder', '--role=responder', '--user=responder')
    const theirs = await connected(user.kubeconfig)
    const [web] = await pods('app=web,pod-template-hash')
    const { plan, scene } = await planned(theirs, named('Pod', web?.metadata.name ?? ''))
    expect(scene.gaps.map(({ resource }) => resource)).toEqual(
      expect.arrayContaining(['networkpolicies', 'services', 'replicasets', 'globalnetworkpolicies']),
    )
    expect(plan.pods[0]).toMatchObject({ ownership: { how: 'hands-off' }, strip: [] })
  })
})
