import type { ActiveRun } from '../change/active-run.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { inParallel } from '../cluster/in-parallel.ts'
import { expectedOf } from '../isolation/expected.ts'
import { runProbe } from '../isolation/probe.ts'
import type { ProbeReport } from '../isolation/report.ts'
import { enforcementOf } from '../network/enforcer.ts'
import type { NetworkObjects } from '../snapshot/network-objects.ts'
import { liveOrigin } from '../snapshot/origin.ts'
import type { Twin } from './canaries.ts'
import type { LockdownScene } from './model.ts'
import { tryAllowed } from './probe-allowed.ts'
import { readScenes } from './read.ts'
import type { LockdownProof } from './report.ts'
import type { PreparedLockdown } from './request.ts'

/** What is seen of the namespaces of a run, each thing once, whoever asks first. */
export type LockdownProver = {
  /** What lockdowns are planned from, as it is once the policies are there; in the order of the namespaces. */
  scenes(): Promise<LockdownScene[]>
  /** In the order of the namespaces. */
  proofs(): Promise<LockdownProof[]>
}

export function proverOf(cluster: Cluster, prepared: PreparedLockdown, run: ActiveRun): LockdownProver {
  const { lockdown, canaries } = prepared
  let reading: Promise<LockdownScene[]> | undefined
  const names = lockdown.namespaces.map(({ namespace }) => namespace)
  const origin = liveOrigin(cluster, () => {})
  const scenes = async () => await (reading ??= readScenes(origin, names))
  let proving: Promise<LockdownProof[]> | undefined

  const probe = async (twin: Twin, { objects, ...rest }: NetworkObjects): Promise<ProbeReport> => {
    const names = new Set([twin.twin, twin.a, twin.b].map(({ name }) => name))
    const failed = run.steps().find(({ ref, state }) => names.has(ref.name) && state !== 'applied')
    if (failed) return inconclusive(`the canaries of the probe were not made: ${failed.why ?? failed.state}`, twin.node)
    // Flows between canaries rest on none of the other pods.
    const around = objects.filter((raw) => raw['kind'] !== 'Pod' || names.has(nameIn(raw)))
    const expects = expectedOf(around, [], twin, readingOf({ objects, ...rest }))
    return await runProbe(cluster, { canaries: twin, expects, skipNode: true })
  }
  // All go through the two controls of a node, which are small: a crowd of commands would look like a policy.
  const probeAll = async (found: NetworkObjects): Promise<Map<Twin, ProbeReport>> => {
    const twins = canaries.flatMap((one) => one.twins)
    const byNode = [...Map.groupBy(twins, ({ node }) => node).values()]
    const done = await inParallel(
      byNode,
      async (some) => await inParallel(some, async (twin) => [twin, await probe(twin, found)] as const, 2),
    )
    return new Map(done.flat())
  }
  const prove = async (): Promise<LockdownProof[]> => {
    const [scene] = await scenes()
    const found = scene?.network
    if (!found) return []
    const probes = await probeAll(found)
    const reports = lockdown.namespaces.map(async (plan, index): Promise<LockdownProof> => {
      const own = canaries[index]
      if (!plan.network || !own) return { probes: [], allowed: [], unseen: [] }
      const seen = own.twins.flatMap((twin) => probes.get(twin) ?? [])
      const alive = own.twins.filter((twin) => probes.get(twin)?.result === 'enforced')
      return {
        probes: [...seen, ...own.impossible.map((why) => inconclusive(why, ''))],
        allowed: await tryAllowed(cluster, alive, plan.network.rules, found.objects, readingOf(found)),
        unseen: own.unseen,
      }
    })
    return await Promise.all(reports)
  }
  return {
    scenes,
    proofs: async () => await (proving ??= prove()),
  }
}

/** How the objects are to be read: who enforces, and which kinds are not known. */
export function readingOf(network: NetworkObjects) {
  const { enforcer } = enforcementOf(network.objects, network)
  return { enforcer, unread: network.unread, gaps: network.gaps }
}

function inconclusive(why: string, node: string): ProbeReport {
  return { result: 'inconclusive', why, node, tries: [] }
}

function nameIn(raw: Record<string, unknown>): string {
  return String((raw['metadata'] as { name?: unknown } | undefined)?.name)
}
