import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { newPlanId } from '../../../src/change/id.ts'
import type { Cluster } from '../../../src/cluster/cluster.ts'
import { releaseResult, severResult } from '../../../src/isolation/live.ts'
import type { Raw } from '../../../src/isolation/raw.ts'
import type { LiveReport } from '../../../src/isolation/report.ts'
import { helperChange, helperContainer, type SeverAction, severChange } from '../../../src/isolation/sever.ts'
import { podAddresses } from '../../../src/isolation/sever-facts.ts'
import { addresses } from '../../cluster/control-plane.ts'
import { describeWithCluster } from '../../cluster/suite.ts'
import { connected } from '../cluster/connected.ts'
import {
  addContainer,
  apply,
  image,
  kubectl,
  make,
  namespace,
  podOf,
  rawPod,
  ready,
  restricted,
  stateNamespace,
} from './stage.ts'
import { startTraffic, type Traffic } from './traffic.ts'

const space = 'shop'
const liveness = { httpGet: { path: '/healthz', port: 'web' }, periodSeconds: 1, failureThreshold: 1 }
const probed = { ports: [{ name: 'web', containerPort: 8080 }], livenessProbe: liveness }

describeWithCluster('node', 'sever cuts what is connected', (cluster) => {
  beforeAll(async () => {
    await apply(cluster(), namespace(space), namespace('locked', 'restricted'), namespace(stateNamespace, 'privileged'))
    await apply(cluster(), podOf(space, 'peer'), podOf('locked', 'web', restricted), service)
    await ready(cluster(), space, 'peer')
    await ready(cluster(), 'locked', 'web')
  }, 60_000)

  let api: Cluster
  beforeEach(async () => {
    api = await connected(cluster().kubeconfig)
  })

  async function run(pod: Raw, planId: string, action: SeverAction = 'cut') {
    const change = severChange(pod, { planId, image }, action)
    await addContainer(api, change)
    const { namespace = '', name } = change.ref
    return { way: 'ephemeral container', namespace, pod: name, container: change.container.name } as const
  }
  const cut = async (pod: Raw, planId: string): Promise<LiveReport> => severResult(api, pod, await run(pod, planId))
  const release = async (pod: Raw, planId: string) => releaseResult(api, await run(pod, planId, 'release'))

  async function victim(name: string, more: object = {}): Promise<Raw> {
    await apply(cluster(), podOf(space, name, more))
    await ready(cluster(), space, name)
    return rawPod(api, space, name)
  }

  /** Talk of every kind between the pod, its peer and its node; first it is seen to flow. */
  async function talk(pod: Raw): Promise<Traffic> {
    const peer = await rawPod(api, space, 'peer')
    const [here = '', there = ''] = [podAddresses(pod)[0], podAddresses(peer)[0]]
    const serves = (id: string, port: number) => ({ id, port, kind: 'tcp-serve' as const })
    const hears = (id: string, port: number) => ({ id, port, kind: 'udp-hear' as const })
    const talks = (id: string, address: string, port: number) => ({ id, address, port, kind: 'tcp-talk' as const })
    const sends = (id: string, address: string, port: number) => ({ id, address, port, kind: 'udp-talk' as const })
    const enter = async (address: string) => {
      const find =
        'for ns in /run/netns/*; do echo "$ns $(nsenter --net=$ns ip -4 -o addr show eth0 2>/dev/null)"; done'
      const { stdout } = await cluster().execOnNode(['sh', '-c', find])
      const line = stdout.split('\n').find((one) => one.includes(` ${address}/`)) ?? ''
      return ['nsenter', `--net=${line.split(' ')[0]}`, '--']
    }
    const places = {
      pod: {
        enter: await enter(here),
        flows: [
          serves('in', 9001),
          hears('in-udp', 9002),
          serves('from-node', 9003),
          talks('out', there, 9011),
          sends('out-udp', there, 9012),
          talks('service', serviceAddress, 80),
          serves('loopback', 9004),
          talks('self', '127.0.0.1', 9004),
          talks('own-address', here, 9004),
        ],
      },
      peer: {
        enter: await enter(there),
        flows: [
          talks('in', here, 9001),
          sends('in-udp', here, 9002),
          serves('out', 9011),
          hears('out-udp', 9012),
          serves('service', 9013),
        ],
      },
      node: { enter: [], flows: [talks('from-node', here, 9003)] },
    }
    const traffic = await startTraffic(places, (argv) => cluster().execOnNode(argv))
    onTestFinished(() => traffic.stop())
    await flows(traffic)
    return traffic
  }

  test('streams, datagrams, both ways, through a Service and from the node: all stop, and loopback goes on', async () => {
    const pod = await victim('victim', probed)
    const traffic = await talk(pod)
    const planId = newPlanId()
    const report = await cut(pod, planId)
    expect(report).toMatchObject({ result: 'severed', alive: [], canUndo: [], way: 'ephemeral container' })
    expect(report.destroyed).toBeGreaterThanOrEqual(5)
    expect(report.watchedMs).toBeGreaterThanOrEqual(1500)
    expect(moving(await traffic.during(1500))).toEqual(local)
    const ended = traffic.ends()
    for (const id of ['pod in', 'pod out', 'pod service', 'pod from-node']) expect(ended[id]?.ended).toBeGreaterThan(0)
    for (const id of ['pod self', 'pod own-address']) expect(ended[id]?.ended).toBe(0)

    expect(await kubectl(cluster(), 'exec', '-n', space, 'victim', '--', 'echo', 'hello')).toBe('hello\n')
    await sleep(4000)
    const now = await rawPod(api, space, 'victim')
    expect(now['status']).toMatchObject({ containerStatuses: [{ restartCount: 0, ready: true }] })

    expect(await release(pod, planId)).toEqual({ released: true, why: 'the filters are gone' })
    await flows(traffic)
  })

  test('two plans cut one pod and let it go apart from each other', async () => {
    const pod = await victim('twice')
    const traffic = await talk(pod)
    const [first, second] = [newPlanId(), newPlanId()]
    expect(await cut(pod, first)).toMatchObject({ result: 'severed', why: expect.stringContaining('no packet left') })
    expect(await cut(pod, second)).toMatchObject({ result: 'severed' })
    expect(await release(pod, first)).toMatchObject({ released: true, why: expect.stringContaining('still cuts eth0') })
    expect(moving(await traffic.during(1000))).toEqual(local)
    const again = severChange(pod, { planId: second, image, attempt: 2 })
    await addContainer(api, again)
    const where = {
      way: 'ephemeral container',
      namespace: space,
      pod: 'twice',
      container: again.container.name,
    } as const
    expect(await severResult(api, pod, where)).toMatchObject({
      result: 'severed',
      why: expect.stringContaining('it was cut before'),
    })
    expect(await release(pod, second)).toEqual({ released: true, why: 'the filters are gone' })
    await flows(traffic)
  })

  describe('where Pod Security refuses the container', () => {
    test('a dry run says so, and the helper on the node does it', async () => {
      const pod = await rawPod(api, 'locked', 'web')
      const planId = newPlanId()
      const first = addContainer(api, severChange(pod, { planId, image }), true)
      await expect(first).rejects.toMatchObject({ code: 'forbidden', message: expect.stringContaining('PodSecurity') })
      const help = async (action: SeverAction) => {
        const change = helperChange(pod, { planId, image, stateNamespace }, action)
        const { metadata } = await make(api, change, new Map())
        const where = { namespace: stateNamespace, pod: metadata.name, container: helperContainer }
        return { way: 'node helper', uid: metadata.uid, ...where } as const
      }
      const path = '/api/v1/namespaces/locked/pods/web:8080/proxy/hostname'
      const reach = () => cluster().exec(['kubectl', 'get', '--raw', path, '--request-timeout=2s'])
      expect((await reach()).code).toBe(0)
      const report = await severResult(api, pod, await help('cut'))
      expect(report).toMatchObject({ result: 'severed', way: 'node helper' })
      expect((await reach()).code).not.toBe(0)
      expect(await releaseResult(api, await help('release'))).toMatchObject({ released: true })
      expect((await reach()).code).toBe(0)
    })
  })

  test('a container with NET_ADMIN is named, as it can undo the cut', async () => {
    const pod = await victim('admin', { securityContext: { capabilities: { add: ['NET_ADMIN'] } } })
    expect(await cut(pod, newPlanId())).toMatchObject({ result: 'severed', canUndo: ['main'] })
  })

  test('a pod of another address is left alone', async () => {
    const pod = await victim('other')
    const wrong = {
      ...pod,
      status: { ...(pod['status'] as object), podIP: '192.0.2.1', podIPs: [{ ip: '192.0.2.1' }] },
    }
    const report = await cut(wrong, newPlanId())
    expect(report).toMatchObject({ result: 'unknown', why: expect.stringContaining('it has no 192.0.2.1') })
  })

  test('an image that cannot be had is unknown, and quickly', async () => {
    const pod = await victim('no-image')
    const change = severChange(pod, { planId: newPlanId(), image: 'localhost:1/nothing/here:1' })
    await addContainer(api, change)
    const where = {
      way: 'ephemeral container',
      namespace: space,
      pod: 'no-image',
      container: change.container.name,
    } as const
    expect(await severResult(api, pod, where)).toMatchObject({
      result: 'unknown',
      why: expect.stringMatching(/ErrImagePull|ImagePullBackOff/),
    })
  })
})

const serviceAddress = `${addresses.services.split('.').slice(0, 2).join('.')}.77.7`
const service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { namespace: space, name: 'peer' },
  spec: { clusterIP: serviceAddress, selector: { app: 'peer' }, ports: [{ port: 80, targetPort: 9013 }] },
}

// Ends that hear: of one-way datagrams only one does.
const both = [
  'node from-node',
  'peer in',
  'peer out',
  'peer out-udp',
  'peer service',
  'pod from-node',
  'pod in',
  'pod in-udp',
  'pod out',
  'pod service',
]
const local = ['pod loopback', 'pod own-address', 'pod self']
const moving = (heard: Record<string, number>): string[] =>
  Object.keys(heard)
    .filter((id) => (heard[id] ?? 0) > 0)
    .sort()

/** Waits until everything flows, and says what does not. */
const flows = (traffic: Traffic): Promise<void> =>
  vi.waitFor(async () => expect(moving(await traffic.during(300))).toEqual([...both, ...local].sort()), 15_000)
