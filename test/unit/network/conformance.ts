import { evaluateFlow } from '../../../src/network/evaluate.ts'
import { networkOf } from '../../../src/network/network.ts'
import { worldOf } from '../../../src/network/decode-world.ts'
import type { Protocol } from '../../../src/network/traffic.ts'
import { readTruth } from './read-truth.ts'
import { type Manifest, podsOf } from './workloads.ts'

type Poke = { test: string; frm: string; to: string; proto: Protocol; port: number; allow: boolean }
export type Conformance = { base: Manifest[]; cases: { file: string; policies: Manifest[]; pokes: Poke[] }[] }

export const readConformance = () => readTruth('network-policy-api-conformance') as Conformance

/** Every connection that the conformance tests try before they change anything. */
export function checkConformance({ base, cases }: Conformance): { flows: number; disagreements: string[] } {
  const result = { flows: 0, disagreements: [] as string[] }
  const pods = base.flatMap(podsOf).map((pod, index) => ({ ...pod, status: { podIP: `10.0.0.${index + 1}` } }))
  for (const { file, policies, pokes } of cases) {
    const world = worldOf([...base, ...pods, ...policies], { enforcer: 'conformant' })
    if (world.gaps.length > 0) result.disagreements.push(`${file}: ${JSON.stringify(world.gaps)}`)
    const network = networkOf(world)
    for (const { test, frm, to, proto, port, allow } of pokes) {
      const { verdict, reason } = evaluateFlow(network, { from: end(frm), to: end(to), protocol: proto, port })
      result.flows += 1
      if (verdict !== (allow ? 'allowed' : 'denied')) {
        result.disagreements.push(`${file}: ${test}: ${frm} > ${to} ${proto}/${port}: ours ${verdict}, ${reason}`)
      }
    }
  }
  return result
}

function end(text: string) {
  const [namespace = '', name = ''] = text.split('/')
  return { kind: 'pod', namespace, name } as const
}
