import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { applyChanges } from '../../../src/change/planned.ts'
import { planIsolation } from '../../../src/isolation/plan.ts'
import { computedOf } from '../../../src/isolation/computed.ts'
import { metaOf, type Raw, specOf } from '../../../src/isolation/raw.ts'
import type { ReachPorts } from '../../../src/network/reach-report.ts'
import { worldOf } from '../../../src/network/decode-world.ts'
import { evaluateParties } from '../../../src/network/evaluate.ts'
import type { Enforcer, Verdict } from '../../../src/network/model.ts'
import { type Network, networkOf } from '../../../src/network/network.ts'
import { externalParty, type Party } from '../../../src/network/party.ts'
import { drawFrom } from '../../fuzz/draw.ts'
import { podManifests } from '../../real/network/cast.ts'
import { drawPolicies } from '../../real/network/draw-policies.ts'
import { adminPolicy, enforcer, networkPolicy as anyPolicy, objects } from '../network/arbitrary-world.ts'
import { allowAll, calico, head, networkPolicy, sceneOf, service } from './scenes.ts'

const runs = Number(process.env['NETWORK_PROPERTY_RUNS'] ?? 150)
const policies = fc.array(fc.oneof({ weight: 3, arbitrary: anyPolicy }, adminPolicy), { maxLength: 5 })
// What labels cannot close, and what opens when one goes: random policies seldom have both.
const absent = (key: string) => ({ matchExpressions: [{ key, operator: 'DoesNotExist' }] })
const nasty = fc.constantFrom(
  [],
  [allowAll('a/open'), allowAll('b/open')],
  ...['app', 'tier'].flatMap((key) => [
    [allowAll('a/open'), allowAll('a/absent', absent(key))],
    [
      allowAll('a/open'),
      allowAll('a/front', { matchLabels: { [key]: 'x' } }),
      networkPolicy('b/back', {
        podSelector: {},
        ingress: [{ from: [{ namespaceSelector: {}, podSelector: absent(key) }] }],
      }),
    ],
  ]),
)
const services = fc.array(
  fc.dictionary(fc.constantFrom('app', 'tier'), fc.constantFrom('x', 'y'), { minKeys: 1, maxKeys: 2 }),
  { maxLength: 2 },
)
const around = fc
  .tuple(objects, policies, services, nasty)
  .map(([given, ruled, selectors, more]) => [
    ...more,
    ...(given as Raw[]),
    ...(ruled as Raw[]),
    ...selectors.map((selector, index) => service(`a/s${index}`, selector)),
  ])

describe('the plan for a pod of a random small world', () => {
  test('opens nothing that was closed, at no step, and changes nothing between others', () => {
    fc.assert(
      fc.property(around, enforcer, fc.nat(), (all, by, chosen) => {
        const pod = podAt(all, chosen)
        const { changes } = planFor(all, pod, { enforcer: by })
        const before = flows(all, by)
        for (const [index] of changes.entries())
          same(before, flows(applyChanges(all, changes.slice(0, index + 1)), by), pod)
        // Enforcers may hear of the labels first: those that wait for no proof open nothing without the policies either.
        const patches = changes.filter((change) => change.do === 'patch' && change.gate === undefined)
        same(before, flows(applyChanges(all, patches), by), pod)
      }),
      { numRuns: runs },
    )
  }, 300_000)

  test('opens nothing with the policies that the real cluster is tried with', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (seed, chosen) => {
        const pods = podManifests().map((object, index) => ({ ...object, status: { podIP: `10.0.0.${index}` } }))
        const all = [...pods, ...drawPolicies(drawFrom(seed))] as Raw[]
        const pod = podAt(all, chosen)
        const { changes } = planFor(all, pod, { ...calico })
        same(flows(all, 'calico'), flows(applyChanges(all, changes), 'calico'), pod)
      }),
      { numRuns: runs / 5 },
    )
  }, 300_000)

  test('is told as open where any flow of the pod is, and only there', () => {
    fc.assert(
      fc.property(around, enforcer, fc.nat(), (all, by, chosen) => {
        const pod = podAt(all, chosen)
        const [namespace = '', name = ''] = pod.split('/')
        const { changes } = planFor(all, pod, { enforcer: by })
        const [computed] = computedOf(all, changes, [{ namespace, name }], { enforcer: by })
        // A pod without an address, or on the network of its node, has no flows of its own.
        const raw = all.find((one) => one['kind'] === 'Pod' && metaOf(one).name === name)
        if (!computed || computed.gaps.length > 0 || !raw || specOf(raw)['hostNetwork'] === true) return
        const open = [...flows(applyChanges(all, changes), by)].filter(
          ([flow, { verdict, own }]) => isOf(flow, pod) && !own && verdict !== 'denied',
        )
        if (open.length > 0) expect(computed.open).not.toEqual([])
        // Of addresses only some are tried here.
        const inside = computed.open.filter(
          ({ peer, traffic }) => /^(?:pods|nodes)/.test(peer) && traffic.some(isTried),
        )
        if (inside.length > 0) expect(open).not.toEqual([])
      }),
      { numRuns: runs },
    )
  }, 300_000)

  test('leaves nothing open where there is an overlay of Calico, but for its own node', () => {
    let closedByOverlay = 0
    fc.assert(
      fc.property(around, fc.nat(), (all, chosen) => {
        const pod = podAt(all, chosen)
        const { changes, pods } = planFor(all, pod, calico)
        if (pods[0]?.standing !== 'enforceable') return
        if (changes.some(({ id }) => id === 'overlay')) closedByOverlay += 1
        for (const [flow, { verdict, own }] of flows(applyChanges(all, changes), 'calico')) {
          if (!own && isOf(flow, pod)) expect({ flow, verdict }).toEqual({ flow, verdict: 'denied' })
        }
      }),
      { numRuns: runs },
    )
    expect(closedByOverlay).toBeGreaterThan(runs / 20)
  }, 300_000)
})

function isTried({ protocol, ports }: ReachPorts): boolean {
  return protocol !== 'SCTP' && ports.some(({ from, to }) => [80, 81, 8080].some((port) => from <= port && port <= to))
}

function podAt(all: Raw[], chosen: number): string {
  const names = all.filter(({ kind }) => kind === 'Pod').map((raw) => `${metaOf(raw).namespace}/${metaOf(raw).name}`)
  return names[chosen % names.length] ?? ''
}

function planFor(all: Raw[], pod: string, more: Parameters<typeof sceneOf>[2]) {
  return planIsolation(sceneOf(all, [pod], more), { acceptRestart: true }, head)
}

/** `own`: from a node to a pod on it, which is open by definition. */
type Flow = { verdict: Verdict; own: boolean }

function flows(all: Raw[], by: Enforcer): Map<string, Flow> {
  const network = networkOf(worldOf(all, { enforcer: by }))
  const found = new Map<string, Flow>()
  const parties = everyone(network)
  for (const from of parties) {
    for (const to of parties) {
      if (from.id === to.id || (from.kind === 'external' && to.kind === 'external')) continue
      const own = from.kind === 'host' && from.node !== undefined && from.node === to.node
      for (const protocol of ['TCP', 'UDP'] as const) {
        for (const port of [80, 81, 8080]) {
          const { verdict } = evaluateParties(network, from, to, protocol, port)
          found.set(`${from.id} > ${to.id} ${protocol}/${port}`, { verdict, own })
        }
      }
    }
  }
  return found
}

function same(before: Map<string, Flow>, after: Map<string, Flow>, pod: string): void {
  for (const [flow, { verdict }] of before) {
    const is = after.get(flow)?.verdict
    if (!isOf(flow, pod)) expect({ flow, is }).toEqual({ flow, is: verdict })
    else if (verdict === 'denied') expect({ flow, is }).toEqual({ flow, is: 'denied' })
  }
}

const isOf = (flow: string, pod: string) => flow.startsWith(`pod ${pod} `) || flow.includes(`> pod ${pod} `)

function everyone({ world, parties }: Network): Party[] {
  return [
    ...world.pods.map((pod) => parties.ofPod(pod)),
    ...world.nodes.map((node) => parties.ofNode(node)),
    externalParty({ family: 4, value: 0n }),
    externalParty({ family: 4, value: 0xac100001n }),
    externalParty({ family: 6, value: 0n }),
  ]
}
