import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { applyChanges } from '../../../../src/change/planned.ts'
import { metaOf, type Raw } from '../../../../src/isolation/raw.ts'
import { needsOn } from '../../../../src/lockdown/network/needs.ts'
import { groundOf } from '../../../../src/lockdown/network/ground.ts'
import { askedNeeds, parseAllow } from '../../../../src/lockdown/network/allow.ts'
import { type End, levels, type Need } from '../../../../src/lockdown/model.ts'
import { worldOf } from '../../../../src/network/decode-world.ts'
import { evaluateParties } from '../../../../src/network/evaluate.ts'
import { type Network, networkOf } from '../../../../src/network/network.ts'
import { parseAddress, parseCidr } from '../../../../src/network/address.ts'
import { namedPorts } from '../../../../src/network/traffic.ts'
import { externalParty, type Party } from '../../../../src/network/party.ts'
import type { LabelSelector } from '../../../../src/snapshot/objects.ts'
import { selects } from '../../../../src/workload/label-selector.ts'
import { arbitraryShop } from './arbitrary-shop.ts'
import { isForeign } from '../../../../src/lockdown/network/words.ts'
import { type Parts, plan, scene } from './scenes.ts'

const ports = [53, 80, 443, 5353, 5432, 6443, 8080, 9090, 9300]
const settings = fc.record({
  level: fc.constantFrom(...levels),
  allow: fc.subarray([
    'to=dns',
    'from=ns:bank:9300',
    'workload=web,to=api',
    'to=192.0.2.9:9300/tcp',
    'workload=pay,from=shop/app=cart',
  ]),
  selector: fc.constantFrom<LabelSelector | undefined>(undefined, undefined, {
    matchLabels: { track: 'a' },
    matchExpressions: [],
  }),
})
type Settings = { level: (typeof levels)[number]; allow: string[]; selector: LabelSelector | undefined }

function stage(parts: Parts, { level, allow, selector }: Settings) {
  const made = plan(parts, { level, allow, ...(selector ? { selector } : {}) })
  const world = scene(parts)
  const { objects } = world.network
  const network = (all: Raw[]) => networkOf(worldOf(all, { enforcer: 'calico' }))
  const ground = groundOf(world)
  const asked = askedNeeds(ground, allow.map(parseAllow)).needs
  const declared = needsOn(ground, { level }).needs
  // The same cluster, with nothing let through but by others.
  const types = level === 'baseline' ? ['Ingress'] : ['Ingress', 'Egress']
  const podSelector = selector ? { matchLabels: selector.matchLabels } : {}
  const deny: Raw = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { namespace: 'shop', name: 'deny' },
    spec: { podSelector, policyTypes: types },
  }
  return {
    made,
    asked,
    declared,
    before: network([...objects]),
    after: network(applyChanges(objects, made.changes)),
    closed: network([...objects, deny]),
  }
}

function parties(network: Network): Party[] {
  const { pods, nodes } = network.world
  const outside = ['192.0.2.9', '192.0.2.5', '198.51.100.1']
    .flatMap((text) => parseAddress(text) ?? [])
    .map(externalParty)
  return [
    ...pods.map((one) => network.parties.ofPod(one)),
    ...nodes.map((one) => network.parties.ofNode(one)),
    ...outside,
  ]
}

function* flows(network: Network): Generator<{ from: Party; to: Party; protocol: 'TCP' | 'UDP'; port: number }> {
  const all = parties(network)
  for (const from of all)
    for (const to of all) {
      if (from.id === to.id || ![from, to].some(({ namespace, kind }) => namespace === 'shop' && kind === 'pod'))
        continue
      // A node and its pods are open to each other, or it is not known.
      if (from.node !== undefined && from.node === to.node && [from, to].some(({ kind }) => kind === 'host')) continue
      for (const protocol of ['TCP', 'UDP'] as const) for (const port of ports) yield { from, to, protocol, port }
    }
}

function means(end: End, party: Party): boolean {
  switch (end.kind) {
    case 'anyone':
      return true
    case 'unnamed':
      return false
    case 'namespace':
      return party.namespace === end.namespace && party.kind === 'pod'
    case 'pods':
      return party.namespace === end.namespace && party.kind === 'pod' && selects(end.selector, party.labels)
    case 'block':
      return end.cidrs.some((cidr) => {
        const range = parseCidr(cidr)
        return (
          range &&
          party.addresses.some(
            ({ family, value }) => family === range.family && range.first <= value && value <= range.last,
          )
        )
      })
  }
}

function covers(need: Need, from: Party, to: Party, protocol: string, number: number): boolean {
  if (!means(need.from, from) || !means(need.to, to)) return false
  if (need.ports.length === 0) return true
  return need.ports.some(({ protocol: name, port, endPort }) => {
    if (name !== protocol) return false
    if (typeof port === 'string') return namedPorts(to, port, name).includes(number)
    return port <= number && number <= (endPort ?? port)
  })
}

const verdict = (
  network: Network,
  { from, to, protocol, port }: { from: Party; to: Party; protocol: 'TCP' | 'UDP'; port: number },
) => evaluateParties(network, from, to, protocol, port).verdict

describe('any shop', () => {
  test('nothing is open that no need asks for and no policy of others lets through', () => {
    fc.assert(
      fc.property(arbitraryShop, settings, (parts, given) => {
        const { asked, declared, after, closed } = stage(parts, given)
        const spoken = given.level === 'restricted' ? declared.filter((need) => !isForeign(need)) : declared
        const needs = given.level === 'quarantine' ? asked : [...spoken, ...asked]
        const own: Need = {
          from: { kind: 'namespace', namespace: 'shop' },
          to: { kind: 'namespace', namespace: 'shop' },
          ports: [],
          by: [],
        }
        const all = given.level === 'baseline' ? [...needs, own] : needs
        for (const flow of flows(after)) {
          const { from, to, protocol, port } = flow
          if (verdict(after, flow) === 'denied' || verdict(closed, flow) !== 'denied') continue
          const why = `${from.id} > ${to.id} ${protocol} ${port}`
          expect(
            all.some((need) => covers(need, from, to, protocol, port)),
            why,
          ).toBe(true)
        }
      }),
      { numRuns: 60 },
    )
  })

  test('what is needed is open as before, or on the list', () => {
    fc.assert(
      fc.property(arbitraryShop, settings, (parts, given) => {
        const { asked, declared, made, before, after } = stage(parts, given)
        const open = [...flows(before)].filter((flow) => verdict(before, flow) === 'allowed')
        const lost = open.filter((flow) => verdict(after, flow) !== 'allowed')
        const listed = new Set(made.breaks.flatMap(({ evidence }) => evidence.map(({ what }) => what)))
        for (const need of [...declared, ...asked]) {
          // Anyone may come in: that is no promise that all pods may go out.
          const isMeant = ({ namespace }: Party) => need.from.kind !== 'anyone' || namespace !== 'shop'
          const gone = lost.find(
            ({ from, to, protocol, port }) => isMeant(from) && covers(need, from, to, protocol, port),
          )
          if (gone)
            expect(
              need.by.every(({ what }) => listed.has(what)),
              `${gone.from.id} > ${gone.to.id} ${gone.protocol} ${gone.port}: ${need.by[0]?.what}`,
            ).toBe(true)
        }
        // What the level lets through is lost to nobody who can be named; on the word of others alone only baseline does.
        const certain = made.breaks.filter(
          ({ certainty, evidence }) =>
            certainty === 'certain' && !(given.level === 'restricted' && isForeign({ by: evidence })),
        )
        if (given.level !== 'quarantine') expect(certain.map(({ text }) => text)).toEqual([])
      }),
      { numRuns: 60 },
    )
  })

  test('policies are what the API server takes, and never open by a missing list', () => {
    fc.assert(
      fc.property(arbitraryShop, settings, (parts, given) => {
        const { made } = stage(parts, given)
        const names = made.changes.map(({ ref }) => ref.name)
        expect(new Set(names).size).toBe(names.length)
        for (const change of made.changes) {
          if (change.do !== 'create') throw new Error(change.do)
          const spec = change.body['spec'] as { policyTypes: string[]; ingress?: object[]; egress?: object[] }
          expect(metaOf(change.body).name).toMatch(/^[a-z\d]([a-z\d.-]*[a-z\d])?$/)
          expect(spec.policyTypes.length).toBeGreaterThan(0)
          for (const rule of [...(spec.ingress ?? []), ...(spec.egress ?? [])]) {
            expect(Object.keys(rule).length).toBeGreaterThan(0)
            for (const list of Object.values(rule)) expect((list as unknown[]).length).toBeGreaterThan(0)
          }
          expect(spec.ingress ?? [1]).not.toEqual([])
          expect(spec.egress ?? [1]).not.toEqual([])
        }
      }),
      { numRuns: 60 },
    )
  })
})
