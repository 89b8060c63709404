import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Engine } from '../../../src/change/engine.ts'
import { carryOutIsolation } from '../../../src/isolation/carry-out.ts'
import { prepareIsolation } from '../../../src/isolation/prepare.ts'
import { metaOf } from '../../../src/isolation/raw.ts'
import { describeWithCluster } from '../../cluster/suite.ts'
import { isolate, undo } from './isolating.ts'
import { apply, image, kubectl, podOf, rawPod, ready } from './stage.ts'
import {
  addressOf,
  block,
  calico,
  everything,
  noOverlay,
  open,
  opens,
  openStreet,
  policy,
  responder,
  serviceOf,
  siblings,
  type Street,
} from './street.ts'
import { startTraffic } from './traffic.ts'

// Each scenario mostly waits; more at a time, and canaries run late on a small machine.
vi.setConfig({ maxConcurrency: 3, testTimeout: 300_000 })

const pod = (namespace: string) => ({ kind: 'Pod' as const, namespace, name: 'web' })
const without = (...names: string[]) => everything.filter((name) => !names.includes(name))
// The Service lets it go with its label.
const byAddress = without('client>service', 'outside>nodeport')
const all = [{}]

describeWithCluster('node', 'isolation against policies of others', (running) => {
  let street: Street
  let poor: Engine
  beforeAll(async () => {
    street = await openStreet(running())
    poor = await responder(street, 'poor', { rules: noOverlay })
  })
  afterAll(() => {
    street?.close()
    poor?.cluster.close()
  })

  const labelsOf = async (space: string) => metaOf(await rawPod(street.api, space, 'web')).labels
  /** Isolates, looks at all flows, undoes, and looks again. */
  const wholePath = async (
    space: string,
    options: Parameters<typeof isolate>[2],
    {
      engine = street.engine,
      before = everything,
      pings,
    }: { engine?: Engine; before?: string[]; pings?: () => Promise<boolean> } = {},
  ) => {
    const labels = await labelsOf(space)
    const report = await isolate(engine, pod(space), options)
    const during = await open(street, space)
    const labelsDuring = await labelsOf(space)
    const pinged = await pings?.()
    const undone = await undo(engine, report.plan)
    expect(undone).toMatchObject({ state: 'undone' })
    expect(await labelsOf(space)).toEqual(labels)
    await opens(street, space, before)
    return { report, pod: report.pods[0], during, labelsDuring, pinged }
  }

  describe.concurrent('', () => {
    test('no other policy: one policy, one patch; all is closed, and open again', async () => {
      await block(street, 'plain')
      // Echo requests need NET_RAW.
      await apply(running(), podOf('plain', 'pinger', { securityContext: {} }))
      await ready(running(), 'plain', 'pinger')
      const address = await addressOf(street, 'plain', 'web')
      const ping = ['exec', '-n', 'plain', 'pinger', '-c', 'main', '--', 'ping', '-c', '1', '-W', '1', address]
      const pings = async () => (await running().exec(['kubectl', ...ping])).code === 0
      expect(await pings()).toBe(true)
      const { report, during, pinged } = await wholePath('plain', { sever: true }, { pings })
      expect(pinged).toBe(false)
      expect(await pings()).toBe(true)
      expect(report).toMatchObject({ verdict: 'ISOLATED', reasons: [] })
      expect(report.run.steps.filter(({ do: how }) => how === 'patch')).toHaveLength(1)
      expect(during).toEqual(siblings)
    })

    test('without --sever at most PARTIAL', async () => {
      await block(street, 'kept')
      const { report, during } = await wholePath('kept', {})
      expect(report).toMatchObject({ verdict: 'PARTIAL', reasons: [expect.stringContaining('--sever')] })
      expect(during).toEqual(siblings)
    })

    test('1: a policy that lets all pods out: denied before it by a tier of its own', async () => {
      await block(street, 'out')
      await apply(running(), policy('out', 'out', { podSelector: {}, policyTypes: ['Egress'], egress: all }))
      const { report, during } = await wholePath('out', { sever: true })
      expect(report).toMatchObject({ verdict: 'ISOLATED', reasons: [] })
      expect(during).toEqual(siblings)
      const left = await kubectl(
        running(),
        'get',
        'tiers.crd.projectcalico.org,globalnetworkpolicies.crd.projectcalico.org',
        '-o',
        'name',
        '-l',
        `kubectl-secure.github.io/plan=${report.plan}`,
      )
      expect(left).toBe('')
    })

    test('1: who may not make that tier gets PARTIAL, and the policy that is in the way', async () => {
      await block(street, 'poor')
      await apply(running(), policy('poor', 'let-out', { podSelector: {}, policyTypes: ['Egress'], egress: all }))
      const { report, pod: found, during } = await wholePath('poor', {}, { engine: poor })
      expect(report).toMatchObject({ verdict: 'PARTIAL' })
      expect(found?.computed.open.flatMap(({ by }) => by.map(({ policy: { name } }) => name))).toContain('let-out')
      expect(found?.computed.open.every(({ direction }) => direction === 'egress')).toBe(true)
      // Its node lets it in by definition, and nothing else does.
      expect(during).toEqual(
        without('client>service', 'client>web', 'client>web udp', 'outside>nodeport', 'outside>web'),
      )
    })

    test('2: a policy that lets the world in by the label app: it goes off, once ours is seen to work', async () => {
      await block(street, 'world')
      await apply(
        running(),
        policy('world', 'in', {
          podSelector: { matchLabels: { app: 'web' } },
          ingress: [{ from: [{ ipBlock: { cidr: '0.0.0.0/0' } }] }],
        }),
      )
      const { report, during, labelsDuring } = await wholePath('world', { sever: true }, { engine: poor })
      expect(report).toMatchObject({ verdict: 'ISOLATED', reasons: [] })
      expect(labelsDuring).not.toHaveProperty('app')
      expect(labelsDuring).toHaveProperty('tier')
      const order = report.run.steps.map(({ change }) => change.replace(/-.*/, ''))
      expect(order.indexOf('deny')).toBeLessThan(order.indexOf('label'))
      expect(order.indexOf('label')).toBeLessThan(order.indexOf('strip'))
      expect(order.indexOf('twin')).toBeLessThan(order.indexOf('strip'))
      expect(during).toEqual(siblings)
    })

    test('3: labels of a policy that denies: never open in between', async ({ onTestFinished }) => {
      await block(street, 'closed')
      await apply(
        running(),
        policy('closed', 'deny', { podSelector: { matchLabels: { app: 'web' } }, policyTypes: ['Ingress', 'Egress'] }),
        serviceOf('closed', 'front', { app: 'web' }, { type: 'ClusterIP' }),
      )
      const [web, client] = [await addressOf(street, 'closed', 'web'), await addressOf(street, 'closed', 'client')]
      await vi.waitFor(async () => expect(await open(street, 'closed')).toEqual(siblings), 20_000)
      const flows = {
        web: {
          enter: await street.enter('closed/web'),
          flows: [
            { id: 'out', kind: 'udp-talk' as const, address: client, port: 9012 },
            { id: 'in', kind: 'udp-hear' as const, port: 9011 },
          ],
        },
        client: {
          enter: await street.enter('closed/client'),
          flows: [
            { id: 'in', kind: 'udp-talk' as const, address: web, port: 9011 },
            { id: 'out', kind: 'udp-hear' as const, port: 9012 },
          ],
        },
      }
      const traffic = await startTraffic(flows, (argv) => running().execOnNode(argv))
      onTestFinished(() => traffic.stop())
      const { report } = await wholePath('closed', {}, { before: siblings })
      expect(report).toMatchObject({ verdict: 'PARTIAL', pods: [{ computed: { open: [] } }] })
      // A datagram every 20 ms, one way, so that the first that gets through is heard.
      expect(traffic.heard()).toEqual({ 'web in': 0, 'web out': 0, 'client in': 0, 'client out': 0 })
    })

    test('4: a database that lets in whoever has no role: never in, whatever label goes', async () => {
      await block(street, 'database', { labels: { role: 'front' } })
      await apply(
        running(),
        serviceOf('database', 'fronts', { role: 'front' }),
        policy('database', 'db', {
          podSelector: { matchLabels: { app: 'client' } },
          policyTypes: ['Ingress'],
          ingress: [{ from: [{ podSelector: { matchExpressions: [{ key: 'role', operator: 'DoesNotExist' }] } }] }],
        }),
        policy('database', 'out', {
          podSelector: { matchLabels: { tier: 'front' } },
          policyTypes: ['Egress'],
          egress: all,
        }),
      )
      const before = without('web>client', 'web>client udp')
      const { report, during } = await wholePath('database', {}, { engine: poor, before })
      expect(report.pods[0]?.computed.open).toEqual([])
      expect(during).toEqual(siblings)
    })

    test('12: an AdminNetworkPolicy of priority 0 that allows all: our tier is before it', async () => {
      await block(street, 'admin')
      const subject = { namespaces: { matchLabels: { 'kubernetes.io/metadata.name': 'admin' } } }
      const rule = (side: string, more: object[] = []) => [
        { name: 'all', action: 'Allow', [side]: [{ namespaces: {} }, ...more] },
      ]
      await apply(running(), {
        apiVersion: 'policy.networking.k8s.io/v1alpha1',
        kind: 'AdminNetworkPolicy',
        metadata: { name: 'admin' },
        spec: { priority: 0, subject, ingress: rule('from'), egress: rule('to', [{ networks: ['0.0.0.0/0'] }]) },
      })
      const poorly = await isolate(poor, pod('admin'), {})
      // Nothing is cut, so that there is nothing to see of a policy at work.
      expect(poorly).toMatchObject({
        verdict: 'UNKNOWN',
        reasons: expect.arrayContaining([expect.stringContaining('still allowed')]),
      })
      expect(await open(street, 'admin')).toContain('web>client')
      expect(await undo(poor, poorly.plan)).toMatchObject({ state: 'undone' })
      // Without an object of its own, what Calico makes of AdminNetworkPolicies denies at its end what none of them allows.
      const far = ['outside>nodeport', 'outside>sibling', 'outside>web']
      const { report, during } = await wholePath('admin', { sever: true }, { before: without(...far) })
      expect(report).toMatchObject({ verdict: 'ISOLATED', reasons: [] })
      expect(during).toEqual(siblings.filter((name) => !far.includes(name)))
    })

    test('13, 14: named ports, blocks that cover pods, an empty from: what is said to be open is what is open', async () => {
      await block(street, 'named', {
        more: {
          ports: [
            { name: 'http', containerPort: 8080 },
            { name: 'dup', containerPort: 8081, protocol: 'UDP' },
          ],
        },
      })
      await apply(
        running(),
        policy('named', 'in', {
          podSelector: {},
          policyTypes: ['Ingress'],
          ingress: [{ from: [], ports: [{ port: 'http' }] }],
        }),
        policy('named', 'out', {
          podSelector: {},
          policyTypes: ['Egress'],
          egress: [{ to: [{ ipBlock: { cidr: '10.88.0.0/16' } }], ports: [{ port: 8080, endPort: 8090 }] }],
        }),
      )
      const openNow = await open(street, 'named')
      const { report, pod: found, during } = await wholePath('named', {}, { engine: poor, before: openNow })
      expect(report).toMatchObject({ verdict: 'PARTIAL' })
      expect(during).toEqual(['client>web', 'outside>web'])
      const traffic = (way: string) => [
        ...new Set(
          found?.computed.open
            .filter(({ direction }) => direction === way)
            .map((line) => JSON.stringify(line.traffic.map(({ protocol, ports }) => [protocol, ...ports]))),
        ),
      ]
      expect(traffic('ingress')).toEqual(['[["TCP",{"from":8080,"to":8080}]]'])
      expect(traffic('egress')).toEqual(['[["TCP",{"from":8080,"to":8090}]]'])
    })

    test('an egress policy that does not say its types closes ingress too', async () => {
      await block(street, 'absent')
      await apply(
        running(),
        policy('absent', 'out', { podSelector: {}, egress: [{ to: [{ ipBlock: { cidr: '192.0.2.0/24' } }] }] }),
      )
      const { report, during } = await wholePath('absent', {}, { engine: poor, before: ['web>outside'] })
      expect(report).toMatchObject({
        verdict: 'PARTIAL',
        reasons: [expect.stringContaining('192.0.2.0/24'), expect.anything()],
      })
      expect(during).toEqual(['web>outside'])
    })

    test("a GlobalNetworkPolicy that comes first in Calico's default tier", async () => {
      await block(street, 'global')
      await apply(
        running(),
        calico('GlobalNetworkPolicy', 'first', {
          order: 1,
          namespaceSelector: "kubernetes.io/metadata.name == 'global'",
          types: ['Ingress', 'Egress'],
          ingress: [{ action: 'Allow' }],
          egress: [{ action: 'Allow' }],
        }),
      )
      const poorly = await isolate(poor, pod('global'), {})
      expect(poorly.verdict).not.toBe('ISOLATED')
      expect(await open(street, 'global')).toEqual(byAddress)
      expect(await undo(poor, poorly.plan)).toMatchObject({ state: 'undone' })
      const { report, during } = await wholePath('global', { sever: true })
      expect(report).toMatchObject({ verdict: 'ISOLATED', reasons: [] })
      expect(during).toEqual(siblings)
    })

    test('a tier before all that can be: never called isolated', async () => {
      await block(street, 'first')
      await apply(running(), calico('Tier', 'aaa', { order: -1e300, defaultAction: 'Pass' }))
      const spec = {
        tier: 'aaa',
        order: 1,
        namespaceSelector: "kubernetes.io/metadata.name == 'first'",
        types: ['Ingress', 'Egress'],
        ingress: [{ action: 'Allow' }],
        egress: [{ action: 'Allow' }],
      }
      await apply(running(), calico('GlobalNetworkPolicy', 'aaa.all', spec))
      const { report, during } = await wholePath('first', {})
      expect(during).toEqual(byAddress)
      expect(report.verdict).not.toBe('ISOLATED')
      expect(report.reasons).toContainEqual(expect.stringContaining('still allowed'))
      await kubectl(
        running(),
        'delete',
        'globalnetworkpolicies.crd.projectcalico.org/aaa.all',
        'tiers.crd.projectcalico.org/aaa',
      )
    })

    test('an allowing policy that is made between plan and apply', async () => {
      await block(street, 'between')
      const request = { query: pod('between'), options: { sever: true }, command: ['isolate'], image }
      const prepared = await prepareIsolation(street.engine, request)
      await apply(
        running(),
        policy('between', 'late', { podSelector: {}, policyTypes: ['Ingress', 'Egress'], ingress: all, egress: all }),
      )
      const report = await carryOutIsolation(street.engine, prepared, { since: Date.now() })
      expect(report.verdict).not.toBe('ISOLATED')
      expect(report.pods[0]?.computed.open.flatMap(({ by }) => by.map(({ policy: { name } }) => name))).toContain(
        'late',
      )
    })
  })

  test("untracked and forwarded traffic that Calico lets in at the node's own interface", async () => {
    await block(street, 'forward')
    const rules = { types: ['Ingress', 'Egress'], ingress: [{ action: 'Allow' }], egress: [{ action: 'Allow' }] }
    const atHost = { selector: "at == 'door'", applyOnForward: true }
    await apply(
      running(),
      {
        apiVersion: 'crd.projectcalico.org/v1',
        kind: 'HostEndpoint',
        metadata: { name: 'door', labels: { at: 'door' } },
        spec: { node: 'node1', interfaceName: 'out0' },
      },
      calico('GlobalNetworkPolicy', 'untracked', { ...atHost, doNotTrack: true, ...rules }),
      calico('GlobalNetworkPolicy', 'pre-dnat', {
        ...atHost,
        preDNAT: true,
        types: ['Ingress'],
        ingress: [{ action: 'Allow' }],
      }),
      calico('GlobalNetworkPolicy', 'forwarded', { ...atHost, ...rules }),
    )
    const { report, during } = await wholePath('forward', { sever: true }, { before: await open(street, 'forward') })
    expect(report).toMatchObject({ verdict: 'ISOLATED', reasons: [] })
    expect(
      during.filter((name) => name.includes('web') || name.includes('nodeport') || name.includes('service')),
    ).toEqual([])
  })
})
