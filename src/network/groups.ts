import { type Address, type Family, type Range } from './address.ts'
import { Cells } from './cells.ts'
import { Asker, distinctMatches, familiesOf, type Hits, type Matchers, portNames, tablesOf } from './matchers.ts'
import { hasEnded, type Network } from './network.ts'
import { externalParty, type Party } from './party.ts'

/** Parties that no policy tells apart: what holds for one holds for all. */
export type Group = {
  id: number
  kind: Party['kind']
  /** One of them, that stands for all. */
  party: Party
  /** Pods, host-network pods and nodes; empty for outsiders. */
  members: Party[]
  /** The addresses of outsiders, apart from those that pods and nodes have. */
  ranges: Range[]
  families: readonly Family[]
  /** The ports that policies know by name. */
  ports: string
}

export type Grouping = { groups: Group[]; matchers: Matchers }

type Draft = { party: Party; members: Party[]; ranges: Range[] }
type Options = {
  /** Parties with different marks are kept apart. */
  mark?: (party: Party, range?: Range) => string
  /** More addresses to tell apart. */
  boundaries?: readonly Range[]
}

/** Puts every party of a world, and every other address, into groups; pods without an address or ended are left out. */
export function groupsOf(network: Network, { mark = () => '', boundaries = [] }: Options = {}): Grouping {
  const matches = distinctMatches(network.world.policies)
  const cells = new Cells(
    [...matches.values()].flatMap(({ ranges }) => ranges ?? []),
    boundaries,
  )
  const names = portNames(network.world.policies)
  const asker = new Asker([...matches.values()])
  const bySignature = new Map<string, Group>()
  const hitsOf: Hits[] = []
  for (const { party, members, ranges } of draftsOf(network, cells, mark)) {
    const families = familiesOf(party)
    const ports = portsKey(party, names)
    const hits = asker.ask(party)
    const shown = hits.map(({ id, family, value }) => `${id}.${family}.${value}`)
    const signature = JSON.stringify([party.kind, party.ownNetwork, families, ports, mark(party, ranges[0]), shown])
    const known = bySignature.get(signature)
    if (known) {
      for (const member of members) known.members.push(member)
      for (const range of ranges) known.ranges.push(range)
    } else {
      const id = hitsOf.push(hits) - 1
      bySignature.set(signature, { id, kind: party.kind, party, members, ranges, families, ports })
    }
  }
  const ids = new Map([...matches.keys()].map((key, id) => [key, id]))
  const values = tablesOf(matches.size, hitsOf)
  return { groups: [...bySignature.values()], matchers: { ids, values, doubts: asker.doubts } }
}

// Replicas have the same labels, so that most pods are put together before anything is evaluated.
function draftsOf(network: Network, cells: Cells, mark: NonNullable<Options['mark']>): Draft[] {
  const drafts = new Map<string, Draft>()
  const add = (party: Party) => {
    const key = JSON.stringify([
      party.kind,
      party.namespace,
      party.labels,
      party.kind === 'host' ? party.nodeLabels : null,
      party.serviceAccount,
      party.ports,
      party.addresses.map((address) => cells.indexOf(address)),
      mark(party),
    ])
    const known = drafts.get(key)
    if (known) known.members.push(party)
    else drafts.set(key, { party, members: [party], ranges: [] })
  }
  for (const pod of network.world.pods) {
    if (hasEnded(pod) || (pod.phase !== undefined && pod.addresses.length === 0)) continue
    add(network.parties.ofPod(pod))
  }
  for (const node of network.world.nodes) add(network.parties.ofNode(node))
  const outsiders = ([4, 6] as const)
    .flatMap((family) => cells.ranges(family))
    .map((range): Draft => {
      const first: Address = { family: range.family, value: range.first }
      return { party: externalParty(first), members: [], ranges: [range] }
    })
  return [...drafts.values(), ...outsiders]
}

function portsKey(party: Party, names: ReadonlySet<string>): string {
  const known = party.ports
    .filter(({ name }) => names.has(name))
    .map(({ name, port, protocol }) => [name, port, protocol])
  // Names of pods on the host network count otherwise than those of other pods.
  return known.length === 0 ? '' : party.kind + JSON.stringify(known.sort((a, b) => (String(a) < String(b) ? -1 : 1)))
}
