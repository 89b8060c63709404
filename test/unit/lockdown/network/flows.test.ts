import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readFlows } from '../../../../src/lockdown/network/flows.ts'
import { endText, portsText } from '../../../../src/lockdown/network/ends.ts'
import { plan, rulesOf, workload } from './scenes.ts'

const read = (...lines: unknown[]) =>
  readFlows(
    lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))),
    'flows.json',
    new Set(['shop']),
  )
const shown = async (...lines: unknown[]) =>
  (await read(...lines)).needs.map(
    ({ from, to, ports, by }) =>
      `${endText(from)} > ${endText(to)} ${portsText(ports)} (${by.map(({ what }) => what).join()})`,
  )

const web = {
  namespace: 'shop',
  pod_name: 'web-1',
  labels: [
    'k8s:app=web',
    'k8s:pod-template-hash=x',
    'k8s:io.kubernetes.pod.namespace=shop',
    'k8s:io.cilium.k8s.policy.cluster=default',
  ],
}
const cart = { namespace: 'shop', pod_name: 'cart-1', labels: ['k8s:app=cart'] }
const world = { identity: 2, labels: ['reserved:world'] }
const flow = (more: object = {}) => ({
  time: '2026-01-02T03:04:05Z',
  verdict: 'FORWARDED',
  IP: { source: '10.1.0.1', destination: '10.1.0.2', ipVersion: 'IPv4' },
  l4: { TCP: { source_port: 40_000, destination_port: 8080, flags: { SYN: true } } },
  source: web,
  destination: cart,
  is_reply: false,
  ...more,
})

describe("Hubble's flows", () => {
  test('by themselves, and as events', async () => {
    const wanted = ['web-1 in shop > cart-1 in shop TCP 8080 (flows.json, line 1)']
    expect(await shown(flow())).toEqual(wanted)
    expect(await shown({ flow: flow(), node_name: 'n1' })).toEqual(wanted)
    expect((await read(flow())).needs[0]?.from).toMatchObject({ selector: { matchLabels: { app: 'web' } } })
  })
  test('one need for many', async () => {
    expect(await shown(flow(), flow({ source: { ...web, pod_name: 'web-2' } }), flow())).toEqual([
      'web-1 in shop > cart-1 in shop TCP 8080 (flows.json, line 1 and 2 more)',
    ])
  })
  test('the world outside, by address', async () => {
    expect(await shown(flow({ destination: world, IP: { source: '10.1.0.1', destination: '192.0.2.7' } }))).toEqual([
      'web-1 in shop > 192.0.2.7 (world) TCP 8080 (flows.json, line 1)',
    ])
  })
  test.each([
    ['dropped', flow({ verdict: 'DROPPED' })],
    ['a reply', flow({ is_reply: true })],
    ['between others', flow({ source: { ...web, namespace: 'a' }, destination: { ...cart, namespace: 'b' } })],
    ['of the network alone', flow({ l4: { ICMPv4: { type: 8 } } })],
    ['no flow', { lost_events: { num_events_lost: 3 } }],
    [
      'an acknowledged one whose direction is not known',
      flow({ is_reply: null, l4: { TCP: { destination_port: 1, flags: { SYN: true, ACK: true } } } }),
    ],
  ])('not what is %s', async (_, line) => expect(await read(line)).toEqual({ needs: [], gaps: [] }))
  test('what cannot be read is counted', async () => {
    const { needs, gaps } = await read(
      '{',
      'null',
      '[]',
      '{}',
      flow({ l4: { TCP: { destination_port: 'x' } } }),
      flow({ is_reply: null, l4: { UDP: { destination_port: 5 } } }),
      flow(),
    )
    expect(needs).toHaveLength(1)
    expect(gaps.map(({ why }) => why)).toEqual([
      '5 flows cannot be read, the first in line 1',
      'of 1 flows it is not known who opened them, the first in line 1',
    ])
  })
})

describe("Calico's flows", () => {
  const log = (more: object = {}) => ({
    action: 'allow',
    proto: 'tcp',
    source_type: 'wep',
    source_namespace: 'shop',
    source_name: '-',
    source_name_aggr: 'web-x-*',
    source_labels: { labels: ['app=web', 'pod-template-hash=x', 'projectcalico.org/namespace=shop'] },
    dest_type: 'net',
    dest_namespace: '-',
    dest_name_aggr: 'pub',
    dest_ip: '192.0.2.7',
    dest_port: 443,
    reporter: 'src',
    ...more,
  })
  const whisker = (more: object = {}) => ({
    action: 'Allow',
    protocol: 'tcp',
    source_namespace: 'bank',
    source_name: 'client-*',
    source_labels: 'app=client | pod-template-hash=y',
    dest_namespace: 'shop',
    dest_name: 'cart-*',
    dest_labels: 'app=cart',
    dest_port: 8080,
    reporter: 'Dst',
    ...more,
  })
  test('of a log', async () =>
    expect(await shown(log())).toEqual(['web-x-* in shop > 192.0.2.7 TCP 443 (flows.json, line 1)']))
  test('of Whisker, in a line, a list and a stream', async () => {
    const wanted = ['client-* in bank > cart-* in shop TCP 8080 (flows.json, line 1)']
    expect(await shown(whisker())).toEqual(wanted)
    expect(await shown({ total: 1, items: [whisker()] })).toEqual(wanted)
    expect(await shown(`data: ${JSON.stringify(whisker())}`, '')).toEqual(wanted)
  })
  test('an address that was not logged cannot be named', async () => {
    expect(await shown(whisker({ source_namespace: '', source_name: 'PUBLIC NETWORK', source_labels: '' }))).toEqual([
      'PUBLIC NETWORK, whose address was not logged > cart-* in shop TCP 8080 (flows.json, line 1)',
    ])
  })
  test('not what was denied', async () =>
    expect(await read(whisker({ action: 'Deny' }))).toEqual({ needs: [], gaps: [] }))
})

describe('what was observed', () => {
  const shop = { workloads: [workload('shop/web'), workload('shop/cart')] }
  test('is listed, and let through only where that is chosen', async () => {
    const { needs } = await read(
      flow({ destination: world, IP: { source: '10.1.0.1', destination: '192.0.2.7' } }),
      flow(),
    )
    const found = plan(shop, { observed: needs })
    expect(rulesOf(found)).toEqual(['* egress the DNS of the cluster TCP 5353, UDP 5353'])
    expect(found.breaks.map(({ text, keep, certainty }) => [text, keep, certainty])).toEqual([
      [
        'observed, not allowed: web-1 in shop to 192.0.2.7 (world), TCP 8080, is cut',
        '--allow workload=Deployment/web,to=192.0.2.7/32:8080/TCP',
        'certain',
      ],
      [
        'observed, not allowed: web-1 in shop to cart-1 in shop, TCP 8080, is cut',
        '--allow workload=Deployment/web,to=shop/app=cart:8080/TCP',
        'certain',
      ],
    ])
    const allow = found.breaks.map(({ keep = '' }) => keep.replace('--allow ', ''))
    const chosen = plan(shop, { observed: needs, allow })
    expect(chosen.breaks).toEqual([])
    expect(rulesOf(chosen)).toContain(
      'Deployment/web egress 192.0.2.7 (world) TCP 8080'.replace('192.0.2.7 (world)', '192.0.2.7/32'),
    )
  })

  test('whatever the lines are, nothing is thrown', async () => {
    const line = fc.oneof(
      fc.string(),
      fc.json(),
      fc.object().map((more) => JSON.stringify(flow(more))),
      fc
        .object({ key: fc.constantFrom('flow', 'verdict', 'l4', 'TCP', 'source', 'labels', 'items', 'dest_namespace') })
        .map((value) => JSON.stringify(value)),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(line), async (lines) => void (await readFlows(lines, 'f', new Set(['shop'])))),
    )
  })
})
