import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { quarantineLabelPrefix } from '../../../src/change/plan.ts'
import { carryOutIsolation } from '../../../src/isolation/carry-out.ts'
import { parsePeer } from '../../../src/isolation/peers.ts'
import { prepareIsolation } from '../../../src/isolation/prepare.ts'
import { metaOf, statusOf } from '../../../src/isolation/raw.ts'
import { describeWithCluster } from '../../cluster/suite.ts'
import { isolate, undo } from './isolating.ts'
import { apply, image, kubectl, namespace, podOf, rawPod, ready, restricted } from './stage.ts'
import {
  addressOf,
  block,
  everything,
  open,
  opens,
  openStreet,
  outside,
  serviceOf,
  siblings,
  type Street,
} from './street.ts'
import type { Flow } from './talker.ts'
import { startTraffic } from './traffic.ts'

// Each scenario mostly waits; more at a time, and canaries run late on a small machine.
vi.setConfig({ maxConcurrency: 3, testTimeout: 300_000 })

const pod = (namespace: string, name = 'web') => ({ kind: 'Pod' as const, namespace, name })

describeWithCluster('node', 'isolation and what is alive', (running) => {
  let street: Street
  beforeAll(async () => {
    street = await openStreet(running())
  })
  afterAll(() => street?.close())

  const moving = (heard: Record<string, number>) =>
    Object.keys(heard)
      .filter((id) => (heard[id] ?? 0) > 0)
      .sort()
  async function talk(onTestFinished: (end: () => Promise<void>) => void, places: Record<string, Flow[]>) {
    const entries = await Promise.all(
      Object.entries(places).map(
        async ([place, flows]) => [place.replaceAll('/', '-'), { flows, enter: await street.enter(place) }] as const,
      ),
    )
    const traffic = await startTraffic(Object.fromEntries(entries), (argv) => running().execOnNode(argv))
    onTestFinished(() => traffic.stop())
    return traffic
  }
  const serves = (id: string, port: number): Flow => ({ id, port, kind: 'tcp-serve' })
  const hears = (id: string, port: number): Flow => ({ id, port, kind: 'udp-hear' })
  const talks = (id: string, address: string, port: number): Flow => ({ id, address, port, kind: 'tcp-talk' })
  const sends = (id: string, address: string, port: number): Flow => ({ id, address, port, kind: 'udp-talk' })

  describe.concurrent('', () => {
    test('streams and datagrams that were open stop, and come again after undo', async ({ onTestFinished }) => {
      await block(street, 'streams')
      const [web, client] = [await addressOf(street, 'streams', 'web'), await addressOf(street, 'streams', 'client')]
      const traffic = await talk(onTestFinished, {
        'streams/web': [
          serves('in', 9001),
          hears('udp-in', 9002),
          serves('far-in', 9003),
          talks('out', client, 9011),
          sends('udp-out', client, 9012),
          talks('far-out', outside, 9013),
          talks('self', '127.0.0.1', 9001),
        ],
        'streams/client': [
          talks('in', web, 9001),
          sends('udp-in', web, 9002),
          serves('out', 9011),
          hears('udp-out', 9012),
        ],
        outside: [talks('far-in', web, 9003), serves('far-out', 9013)],
      })
      const both = [
        'outside far-in',
        'outside far-out',
        'streams-client in',
        'streams-client out',
        'streams-client udp-out',
        'streams-web far-in',
        'streams-web far-out',
        'streams-web in',
        'streams-web out',
        'streams-web self',
        'streams-web udp-in',
      ]
      // Whoever called in learns of the cut only when it sends again, and waits the longer the longer it has waited.
      const flows = async () =>
        await vi.waitFor(async () => expect(moving(await traffic.during(300))).toEqual(both), 90_000)
      await flows()
      const report = await isolate(street.engine, pod('streams'), { sever: true })
      expect(report).toMatchObject({ verdict: 'ISOLATED', reasons: [] })
      expect(report.pods[0]?.live.destroyed).toBeGreaterThanOrEqual(4)
      // The loopback of the pod is its own.
      expect(moving(await traffic.during(1000))).toEqual(['streams-web in', 'streams-web self'])
      await undo(street.engine, report.plan)
      await flows()
    })

    test('exceptions are open, nothing else is, and it is ISOLATED still', async () => {
      await block(street, 'except')
      await apply(running(), namespace('forensics'), podOf('forensics', 'looker'), podOf('forensics', 'other'))
      await ready(running(), 'forensics', 'looker', 'other')
      const options = {
        sever: true,
        allowFrom: [parsePeer('forensics/app=looker:8080')],
        allowTo: [parsePeer('dns'), parsePeer(`${outside}/32:9`)],
      }
      const report = await isolate(street.engine, pod('except'), options)
      expect(report).toMatchObject({ verdict: 'ISOLATED', reasons: [] })
      expect(await open(street, 'except')).toEqual([...siblings, 'web>dns', 'web>dns-tcp', 'web>outside'].sort())
      const web = await addressOf(street, 'except', 'web')
      const asks = [8080, 8082].map((port) => ({ id: `${port}`, by: 'tcp' as const, address: web, port }))
      expect(await street.ask('forensics/looker', asks)).toEqual({ 8080: 'yes', 8082: 'no' })
      expect(await street.ask('forensics/other', asks)).toEqual({ 8080: 'no', 8082: 'no' })
      await undo(street.engine, report.plan)
      await opens(street, 'except', everything)
    })

    test('a stream with whom an exception names, but on another port: cut, or it is not ISOLATED', async ({
      onTestFinished,
    }) => {
      await block(street, 'ports')
      const [web, client] = [await addressOf(street, 'ports', 'web'), await addressOf(street, 'ports', 'client')]
      const traffic = await talk(onTestFinished, {
        'ports/web': [talks('c2', client, 9999), serves('in', 8443)],
        'ports/client': [serves('c2', 9999), talks('in', web, 8443)],
      })
      await vi.waitFor(async () => expect(moving(await traffic.during(300))).toHaveLength(4), 20_000)
      const report = await isolate(street.engine, pod('ports'), {
        sever: true,
        allowFrom: [parsePeer('ports/app=client:8080')],
      })
      const left = moving(await traffic.during(1000))
      expect([report.verdict, left]).toEqual(['ISOLATED', []])
      await undo(street.engine, report.plan)
    })

    test('a controller that takes the label off again at once', async () => {
      await block(street, 'reverted')
      const request = { query: pod('reverted'), options: { sever: true }, command: ['isolate'], image }
      const prepared = await prepareIsolation(street.engine, request)
      const key = `${quarantineLabelPrefix}${prepared.plan.id}`
      let reverted = 0
      const engine = {
        ...street.engine,
        onStep: async ({ change, state }: { change: string; state: string }) => {
          if (change !== 'label-1' || state !== 'applied') return
          await kubectl(running(), 'label', 'pod', '-n', 'reverted', 'web', `${key}-`)
          reverted += 1
        },
      }
      const report = await carryOutIsolation(engine, prepared, { since: Date.now() })
      expect(reverted).toBe(1)
      expect(report.verdict).toBe('NOT ENFORCED')
      expect(report.reasons.join()).toContain('label-1')
    })

    test('a container that starts again after the cut is as cut off as before', async () => {
      await block(street, 'again')
      const report = await isolate(street.engine, pod('again'), { sever: true })
      expect(report).toMatchObject({ verdict: 'ISOLATED', reasons: [] })
      await kubectl(running(), 'exec', '-n', 'again', 'web', '-c', 'main', '--', 'kill', '1')
      await vi.waitFor(async () => {
        const status = statusOf(await rawPod(street.api, 'again', 'web'))
        expect(status).toMatchObject({ containerStatuses: [{ restartCount: 1, ready: true }] })
      }, 30_000)
      expect(await open(street, 'again')).toEqual(siblings)
      await undo(street.engine, report.plan)
      await opens(street, 'again', everything)
    })

    test('a container with NET_ADMIN: PARTIAL at most', async () => {
      await block(street, 'netadmin', {
        more: { securityContext: { capabilities: { add: ['NET_ADMIN'], drop: ['NET_RAW'] } } },
      })
      const report = await isolate(street.engine, pod('netadmin'), { sever: true })
      expect(report).toMatchObject({ verdict: 'PARTIAL', reasons: [expect.stringContaining('NET_ADMIN')] })
      expect(await open(street, 'netadmin')).toEqual(siblings)
    })

    test('a container that can go into the network of its node: PARTIAL at most', async () => {
      const more = { securityContext: { capabilities: { add: ['SYS_ADMIN', 'SYS_PTRACE'], drop: ['NET_RAW'] } } }
      await block(street, 'escape', { more, spec: { hostPID: true } })
      const report = await isolate(street.engine, pod('escape'), { sever: true })
      const client = await addressOf(street, 'escape', 'client')
      const out = await kubectl(
        running(),
        'exec',
        '-n',
        'escape',
        'web',
        '-c',
        'main',
        '--',
        'nsenter',
        '-t',
        '1',
        '-n',
        '/agnhost',
        'connect',
        `${client}:8080`,
        '--timeout=2s',
      )
      expect(out).toBe('')
      expect(report).toMatchObject({ verdict: 'PARTIAL', reasons: [expect.stringContaining('SYS_ADMIN')] })
    })

    test('where Pod Security is restricted a helper on the node cuts, and releases', async () => {
      await block(street, 'locked', { level: 'restricted', more: restricted })
      const report = await isolate(street.engine, pod('locked'), { sever: true })
      expect(report).toMatchObject({ verdict: 'ISOLATED', reasons: [], pods: [{ live: { way: 'node helper' } }] })
      expect(await open(street, 'locked')).toEqual(siblings)
      await undo(street.engine, report.plan)
      await opens(street, 'locked', everything)
    })

    test('no image for canaries: UNKNOWN', async () => {
      await block(street, 'noimage')
      const request = { query: pod('noimage'), options: {}, command: ['isolate'], image: 'localhost:1/nothing/here:1' }
      const prepared = await prepareIsolation(street.engine, request)
      const report = await carryOutIsolation(street.engine, prepared, { since: Date.now() })
      expect(report).toMatchObject({
        verdict: 'UNKNOWN',
        reasons: [expect.stringMatching(/ErrImagePull|ImagePullBackOff/), expect.anything()],
      })
      expect(await open(street, 'noimage')).toEqual(siblings)
    })

    test('a Service that sends to pods that are not ready gets no canary', async () => {
      await block(street, 'headless')
      await apply(running(), serviceOf('headless', 'all', { tier: 'front' }, { publishNotReadyAddresses: true }))
      const report = await isolate(street.engine, pod('headless'), { sever: true })
      expect(report).toMatchObject({ verdict: 'ISOLATED', reasons: [] })
    })

    test('names and labels as long as they may be', async () => {
      // The kubelet makes a folder NAMESPACE_NAME_UID for logs, whose name the kernel allows 255 bytes: no pod with longer names runs.
      const [space, name] = ['n'.repeat(63), `${'p'.repeat(62)}.`.repeat(3).slice(0, 153) + 'p']
      const long = podOf(space, name) as { metadata: { labels: Record<string, string> } }
      const key = `${`${'k'.repeat(60)}.`.repeat(4)}example/${'k'.repeat(63)}`
      long.metadata.labels = { app: 'long', [key]: 'v'.repeat(63) }
      await apply(running(), namespace(space))
      await apply(running(), long, podOf(space, 'client'), serviceOf(space, 'web', { [key]: 'v'.repeat(63) }))
      await ready(running(), space, name, 'client')
      const report = await isolate(street.engine, pod(space, name), { sever: true })
      expect(report).toMatchObject({ verdict: 'ISOLATED', reasons: [] })
      const to = (id: string, address: string) => ({ id, by: 'tcp' as const, address, port: 8080 })
      expect(await street.ask(`${space}/client`, [to('in', await addressOf(street, space, name))])).toEqual({
        in: 'no',
      })
      expect(await undo(street.engine, report.plan)).toMatchObject({ state: 'undone' })
      expect(metaOf(await rawPod(street.api, space, name)).labels).toEqual(long.metadata.labels)
    })
  })
})
