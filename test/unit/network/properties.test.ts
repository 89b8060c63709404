import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Address, formatAddress } from '../../../src/network/address.ts'
import { diffReach } from '../../../src/network/diff-reach.ts'
import { evaluateParties } from '../../../src/network/evaluate.ts'
import type { FlowVerdict } from '../../../src/network/flow-verdict.ts'
import { type Network, networkOf } from '../../../src/network/network.ts'
import type { Party } from '../../../src/network/party.ts'
import { reach } from '../../../src/network/reach.ts'
import type { ReachReport } from '../../../src/network/reach-report.ts'
import { externalParty } from '../../../src/network/party.ts'
import type { Enforcer } from '../../../src/network/model.ts'
import type { Protocol } from '../../../src/network/traffic.ts'
import { drawFrom } from '../../fuzz/draw.ts'
import { podManifests } from '../../real/network/cast.ts'
import { drawPolicies } from '../../real/network/draw-policies.ts'
import { adminPolicy, enforcer, makeWorld, networkPolicy, objects } from './arbitrary-world.ts'

const runs = Number(process.env['NETWORK_PROPERTY_RUNS'] ?? 150)
const policies = fc.array(fc.oneof({ weight: 3, arbitrary: networkPolicy }, adminPolicy), { maxLength: 5 })
const ports = [79, 80, 81, 82, 8080, 8081]
const protocols: Protocol[] = ['TCP', 'UDP', 'SCTP']

describe('who reaches whom, on random small worlds', () => {
  test('by groups it is as pair by pair', () => {
    fc.assert(
      fc.property(objects, policies, enforcer, (around, given, by) => {
        sameByPairs(networkOf(makeWorld([...around, ...given], by)))
      }),
      { numRuns: runs },
    )
  }, 300_000)

  test('by groups it is as pair by pair for what the real cluster is tried with', () => {
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom<Enforcer>('calico', 'unidentified'), (seed, by) => {
        const pods = podManifests().map((object, index) => ({ ...object, status: { podIP: `10.0.0.${index}` } }))
        sameByPairs(networkOf(makeWorld([...pods, ...drawPolicies(drawFrom(seed))], by)))
      }),
      { numRuns: runs / 10 },
    )
  }, 300_000)

  test('the order in which policies are listed changes nothing', () => {
    fc.assert(
      fc.property(objects, policies, enforcer, fc.infiniteStream(fc.nat()), (around, given, by, random) => {
        const shuffled = given
          .map((policy) => ({ policy, at: random.next().value ?? 0 }))
          .sort((a, b) => a.at - b.at)
          .map(({ policy }) => policy)
        const [one, other] = [given, shuffled].map((list) => networkOf(makeWorld([...around, ...list], by)))
        if (!one || !other) throw new Error('no network')
        expect(verdicts(other)).toEqual(verdicts(one))
      }),
      { numRuns: runs },
    )
  }, 300_000)

  test('a further NetworkPolicy cuts only flows of the pods it selects, and opens only what was isolated before', () => {
    fc.assert(
      fc.property(objects, fc.array(networkPolicy, { maxLength: 4 }), networkPolicy, (around, given, further) => {
        const before = networkOf(makeWorld([...around, ...given], 'conformant'))
        const after = networkOf(makeWorld([...around, ...given, further], 'conformant'))
        const policy = after.world.policies.find(({ ref }) => ref.name === further.metadata.name)
        if (!policy) throw new Error('the policy was not read')
        for (const [from, to, protocol, port, was] of flows(before)) {
          const [source, destination] = [from, to].map((party) => same(after, party))
          if (!source || !destination) throw new Error('a party is gone')
          const now = evaluateParties(after, source, destination, protocol, port).verdict
          if (now === was.verdict) continue
          const touched =
            (policy.egress && policy.subject.test(source, 4) !== false) ||
            (policy.ingress && policy.subject.test(destination, 4) !== false)
          expect(touched).toBe(true)
          if (was.verdict !== 'denied') continue
          // What it opens, an earlier policy had closed.
          expect(was.by.some(({ action, rule }) => action === 'deny' && rule === undefined)).toBe(true)
        }
      }),
      { numRuns: runs },
    )
  }, 300_000)

  test('what a change opens and cuts is what differs pair by pair', () => {
    fc.assert(
      fc.property(objects, policies, policies, enforcer, (around, one, other, by) => {
        const before = networkOf(makeWorld([...around, ...one], by))
        const after = networkOf(makeWorld([...around, ...other], by))
        const report = diffReach(before, after)
        const changes = expand({ ...report, rows: report.rows.map((row) => ({ ...row, connections: row.changes })) })
        for (const [from, to, protocol, port, was] of flows(before)) {
          const [source, destination] = [from, to].map((party) => same(after, party))
          if (!source || !destination) throw new Error('a party is gone')
          const { verdict } = evaluateParties(after, source, destination, protocol, port)
          const found = changes(source, destination, protocol, port)
          const where = `${from.id} > ${to.id} ${protocol}/${port}`
          const wanted = verdict === was.verdict ? undefined : [was.verdict, verdict]
          expect({ where, change: found && [found.before, found.after] }).toEqual({ where, change: wanted })
        }
      }),
      { numRuns: runs },
    )
  }, 300_000)
})

/** Every pair, asked one by one, is as the report by groups has it. */
function sameByPairs(network: Network): void {
  const answers = expand(reach(network, {}))
  const notDenied = expand(reach(network, { verdicts: ['allowed', 'unknown'] }))
  for (const from of everyone(network)) {
    for (const to of everyone(network)) {
      if (from.id === to.id || (from.kind === 'external' && to.kind === 'external')) continue
      for (const protocol of protocols) {
        for (const port of ports) {
          const { verdict, by: decided } = evaluateParties(network, from, to, protocol, port)
          const ours = answers(from, to, protocol, port)
          const where = `${from.id} > ${to.id} ${protocol}/${port}`
          expect({ where, verdict: ours?.verdict }).toEqual({ where, verdict })
          const open = notDenied(from, to, protocol, port)?.verdict ?? 'denied'
          expect({ where, open }).toEqual({ where, open: verdict })
          if (from.node !== to.node) expect({ where, by: ours?.by }).toEqual({ where, by: decided })
        }
      }
    }
  }
}

type Row<T> = {
  from: number
  to: number[]
  where?: string
  connections: (T & { traffic: ReachReport['rows'][0]['connections'][0]['traffic'] })[]
}

/** Looks a pair up in a report. */
function expand<T>({ groups, rows }: { groups: ReachReport['groups']; rows: Row<T>[] }) {
  const groupOf = new Map(groups.flatMap(({ id, members }) => members.map((member) => [member, id] as const)))
  const outside = (party: Party) => groups.find(({ ranges }) => ranges.some((range) => inShown(range, party)))?.id
  const byPair = new Map<string, Row<T>[]>()
  for (const row of rows) {
    for (const to of row.to) byPair.set(`${row.from} ${to}`, [...(byPair.get(`${row.from} ${to}`) ?? []), row])
  }
  return (from: Party, to: Party, protocol: Protocol, port: number) => {
    const [source, destination] = [from, to].map((party) => groupOf.get(party.id) ?? outside(party))
    const place = from.node !== undefined && from.node === to.node ? 'own-node' : 'other-nodes'
    const found =
      byPair.get(`${source} ${destination}`)?.filter(({ where }) => where === undefined || where === place) ?? []
    const connections = found.flatMap((row) => row.connections)
    return connections.find(({ traffic }) =>
      traffic.some(
        (entry) => entry.protocol === protocol && entry.ports.some((range) => range.from <= port && port <= range.to),
      ),
    )
  }
}

// The sample addresses are the first ones of their ranges.
function inShown(range: string, { addresses }: Party): boolean {
  const [first] = range.split(/[-/]/)
  return addresses.some((address) => formatAddress(address) === first)
}

function everyone(network: Network): Party[] {
  const { pods, nodes } = network.world
  const outsiders: Address[] = [
    { family: 4, value: 0n },
    { family: 6, value: 0n },
  ]
  return [
    ...pods.map((pod) => network.parties.ofPod(pod)),
    ...nodes.map((node) => network.parties.ofNode(node)),
    ...outsiders.map(externalParty),
  ]
}

function same(network: Network, party: Party): Party | undefined {
  return everyone(network).find(({ id }) => id === party.id)
}

function* flows(network: Network): Generator<[Party, Party, Protocol, number, FlowVerdict]> {
  for (const from of everyone(network)) {
    for (const to of everyone(network)) {
      if (from.id === to.id || (from.kind === 'external' && to.kind === 'external')) continue
      for (const protocol of ['TCP', 'UDP'] as const) {
        for (const port of [80, 81, 8080])
          yield [from, to, protocol, port, evaluateParties(network, from, to, protocol, port)]
      }
    }
  }
}

function verdicts(network: Network): string[] {
  return [...flows(network)].map(
    ([from, to, protocol, port, { verdict }]) => `${from.id} ${to.id} ${protocol}/${port} ${verdict}`,
  )
}
