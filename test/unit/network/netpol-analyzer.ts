import { formatAddress, parseAddress } from '../../../src/network/address.ts'
import { worldOf } from '../../../src/network/decode-world.ts'
import { type Group, groupsOf } from '../../../src/network/groups.ts'
import { Matrix } from '../../../src/network/matrix.ts'
import { networkOf } from '../../../src/network/network.ts'
import type { FlowStretch } from '../../../src/network/stretches.ts'
import { lastPort, protocols } from '../../../src/network/traffic.ts'
import { readTruth } from './read-truth.ts'
import { type Manifest, workloadPods } from './workloads.ts'

type Line = { src: string; dst: string; conn: string }
export type Analyzed = { dir: string; objects: Manifest[]; expected: Line[] }

export const readAnalyzed = () => readTruth('netpol-analyzer') as Analyzed[]

type Checked = { lines: number; pairs: number; disagreements: string[] }

/** Every pair of workloads, and of workloads and outside addresses: the connections must be the expected ones, or none. */
export function checkAnalyzed({ objects, expected }: Analyzed, { hostNetwork = false } = {}): Checked {
  const workloads = workloadPods(objects)
  if (!hostNetwork) for (const pod of [...workloads.values()].flat()) pod.spec = { ...pod.spec, hostNetwork: false }
  // It holds that a pod is in no ipBlock, not even 0.0.0.0/0. Pod addresses of IPv6, which no policy here names, say so.
  const podRanges = [{ family: 6, first: 1n, last: 1n } as const]
  const manifests = [...objects.filter(({ kind }) => kind !== 'Pod'), ...[...workloads.values()].flat()]
  const world = worldOf(manifests.map(kindByShape), { enforcer: 'conformant', podRanges })
  const network = networkOf(world)
  const grouping = groupsOf(network)
  const matrix = new Matrix(network, grouping)
  const groupOf = new Map(
    grouping.groups.flatMap((group) => group.members.map((member) => [member.id, group] as const)),
  )
  const outside = grouping.groups.filter(({ kind, families }) => kind === 'external' && families[0] === 4)
  const lines = readLines(expected)
  const result: Checked = {
    lines: expected.length,
    pairs: 0,
    disagreements: world.gaps.map(({ what, why }) => `${what}: ${why}`),
  }
  const ours = new Map<string, Group[]>()
  for (const [name, pods] of workloads) {
    ours.set(name, [
      ...new Set(pods.flatMap((pod) => groupOf.get(`pod ${pod.metadata?.namespace}/${pod.metadata?.name}`) ?? [])),
    ])
  }
  const compare = (src: string, dst: string, from: Group, to: Group, wanted: string) => {
    result.pairs += 1
    const found = shown(matrix.between(from, to, false).stretches)
    if (found !== wanted) result.disagreements.push(`${src} > ${dst}: wanted "${wanted}", ours "${found}"`)
  }
  for (const [src, sources] of ours) {
    for (const from of sources) {
      for (const [dst, destinations] of ours) {
        if (src === dst) continue
        for (const to of destinations) compare(src, dst, from, to, lines.get(`${src} > ${dst}`) ?? '')
      }
      for (const group of outside) {
        for (const { first } of group.ranges) {
          const address = formatAddress({ family: 4, value: first })
          compare(src, address, from, group, lines.outside(src, address, 'dst'))
          compare(address, src, group, from, lines.outside(src, address, 'src'))
        }
      }
    }
  }
  for (const line of expected) {
    const names = [line.src, line.dst].filter((name) => !name.endsWith('[External]'))
    for (const name of names) if (!ours.has(name)) result.disagreements.push(`no workload ${name}`)
  }
  return result
}

function readLines(expected: Line[]) {
  const byPair = new Map<string, string>()
  const outsiders = new Map<string, { first: bigint; last: bigint; conn: string }[]>()
  for (const { src, dst, conn } of expected) {
    byPair.set(`${src} > ${dst}`, conn)
    for (const [end, other, side] of [
      [src, dst, 'src'],
      [dst, src, 'dst'],
    ] as const) {
      if (!end.endsWith('[External]')) continue
      const [first = '', last = first] = end.slice(0, -'[External]'.length).split('-')
      const key = `${other} ${side}`
      const list = outsiders.get(key) ?? []
      list.push({ first: valueOf(first), last: valueOf(last), conn })
      outsiders.set(key, list)
    }
  }
  return {
    get: (pair: string) => byPair.get(pair),
    outside(workload: string, address: string, side: 'src' | 'dst'): string {
      const value = valueOf(address)
      return (
        outsiders.get(`${workload} ${side}`)?.find(({ first, last }) => first <= value && value <= last)?.conn ?? ''
      )
    },
  }
}

/** As netpol-analyzer writes it: `TCP 80,8080-9090,UDP 1-65535`. */
function shown(stretches: readonly FlowStretch[]): string {
  if (stretches.some(({ verdict }) => verdict === 'unknown'))
    return `unknown: ${stretches.map(({ reason }) => reason).join()}`
  const parts = [...protocols].sort().flatMap((protocol) => {
    const merged: [number, number][] = []
    for (const { from, to, verdict, protocol: own } of stretches) {
      if (own !== protocol || verdict !== 'allowed') continue
      const last = merged.at(-1)
      if (last && last[1] + 1 === from) last[1] = to
      else merged.push([from, to])
    }
    const ports = merged.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`))
    return ports.length > 0 ? [`${protocol} ${ports.join(',')}`] : []
  })
  const everything = [...protocols].sort().map((protocol) => `${protocol} 1-${lastPort}`)
  return parts.join() === everything.join() ? 'All Connections' : parts.join()
}

function valueOf(address: string): bigint {
  return parseAddress(address)?.value ?? -1n
}

// Lists leave out what kind their items are.
function kindByShape(object: Manifest): Manifest {
  if (object.kind !== undefined) return object
  const policy = { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' }
  return { ...(object.spec?.['podSelector'] ? policy : { apiVersion: 'v1', kind: 'Namespace' }), ...object }
}
