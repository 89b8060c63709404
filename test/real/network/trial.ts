import { evaluateFlow } from '../../../src/network/evaluate.ts'
import type { FlowVerdict } from '../../../src/network/flow-verdict.ts'
import { networkOf } from '../../../src/network/network.ts'
import { worldOf } from '../../../src/network/decode-world.ts'
import type { Draw } from '../../fuzz/draw.ts'
import { drawPolicies } from './draw-policies.ts'
import type { Probe, Stage } from './stage.ts'

export type Trial = {
  flows: number
  allowed: number
  denied: number
  /** What we do not claim to know. */
  unknown: number
  mismatches: string[]
}

const traffic = [
  ['TCP', 80],
  ['TCP', 8080],
  ['TCP', 9090],
  ['UDP', 53],
  ['UDP', 8081],
] as const

/** One set of policies, and every flow between what is on the stage: ours against what gets through. */
export async function runTrial(stage: Stage, draw: Draw, limit: number): Promise<Trial> {
  await stage.clear()
  await stage.apply(drawPolicies(draw))
  const objects = await stage.objects()
  const world = worldOf(objects, { enforcer: 'calico' })
  if (world.gaps.length > 0) throw new Error(JSON.stringify(world.gaps))
  const network = networkOf(world)
  const result: Trial = { flows: 0, allowed: 0, denied: 0, unknown: 0, mismatches: [] }
  const expected = new Map<string, FlowVerdict>()
  const probes = sample(allProbes(stage), limit, draw).filter((probe) => {
    const verdict = evaluateFlow(network, {
      from: probe.source.ref,
      to: probe.target.ref,
      protocol: probe.protocol,
      port: probe.port,
    })
    if (verdict.verdict === 'unknown') result.unknown += 1
    else expected.set(probe.id, verdict)
    return verdict.verdict !== 'unknown'
  })
  const wrong = await settle(stage, probes, expected)
  result.flows = probes.length
  for (const { verdict } of expected.values()) result[verdict === 'allowed' ? 'allowed' : 'denied'] += 1
  const policies = objects.filter((object) => String((object as { kind?: string }).kind).includes('Policy'))
  for (const { id } of wrong) {
    const { verdict, reason, by } = expected.get(id) ?? { verdict: '', reason: '', by: [] }
    result.mismatches.push(`${id}: ours ${verdict} (${reason}; ${JSON.stringify(by)}), the cluster says otherwise`)
  }
  if (wrong.length > 0) result.mismatches.push(`with ${JSON.stringify(policies.map(bare))}`)
  return result
}

// Felix needs a moment, and a busy machine loses packets: what differs is asked again, with more patience.
async function settle(stage: Stage, probes: Probe[], expected: Map<string, FlowVerdict>): Promise<Probe[]> {
  let open = probes
  for (const patience of [1000, 1500, 2000, 3000, 4000]) {
    const reached = await stage.probe(open, patience)
    open = open.filter(({ id }) => reached.get(id) !== (expected.get(id)?.verdict === 'allowed'))
    if (open.length === 0) break
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
  return open
}

function allProbes({ ends }: Stage): Probe[] {
  return ends.flatMap((source) =>
    ends.flatMap((target) => {
      // What never meets a pod is no question, and one machine talking to itself is none either.
      if (source.ref.kind !== 'pod' && target.ref.kind !== 'pod') return []
      return traffic.map(([protocol, port]): Probe => {
        const id = `${source.name}>${target.name}:${protocol}/${port}`
        return { id, source, target, from: source.ref, to: target.ref, protocol, port }
      })
    }),
  )
}

function sample(probes: Probe[], limit: number, draw: Draw): Probe[] {
  if (probes.length <= limit) return probes
  const rest = [...probes]
  return Array.from({ length: limit }, () => {
    const at = draw.count(0, rest.length - 1)
    const [chosen] = rest.splice(at, 1)
    if (!chosen) throw new Error('nothing left')
    return chosen
  })
}

function bare(object: object): object {
  const { kind, metadata, spec } = object as {
    kind: string
    metadata: { name: string; namespace?: string }
    spec: object
  }
  return { kind, name: metadata.name, namespace: metadata.namespace, spec }
}
