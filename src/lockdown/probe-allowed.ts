import type { Cluster } from '../cluster/cluster.ts'
import { inParallel } from '../cluster/in-parallel.ts'
import { exec } from '../cluster/exec.ts'
import { podPath } from '../cluster/object-path.ts'
import { SecureError } from '../errors.ts'
import { canaryContainer, canaryPorts, type PodRef } from '../isolation/canary-pod.ts'
import { seenOf } from '../isolation/probe-judge.ts'
import type { Raw } from '../isolation/raw.ts'
import { podAddresses } from '../isolation/sever-facts.ts'
import { worldOf } from '../network/decode-world.ts'
import { evaluateFlow } from '../network/evaluate.ts'
import { type Network, networkOf } from '../network/network.ts'
import type { Protocol } from '../network/traffic.ts'
import { getObject } from '../cluster/write.ts'
import type { Twin } from './canaries.ts'
import type { PlannedRule } from './network/policies.ts'
import { type Target, targetsOf } from './probe-targets.ts'
import type { AllowedTry } from './report.ts'

// Each is a command in a pod, of a second or less.
const mostTries = 24

type Party = { ref: PodRef; name: string; pod: Raw; addresses: string[] }
type Reading = Parameters<typeof worldOf>[1]

/**
 * Tries what the rules let through between canaries: twins with one another, and with plain pods outside; where that is nothing, from twins to
 * those who are there, such as DNS. That the other one refuses, as nothing listens at that port, shows as well that it got through. Runs
 * commands in our own canaries; writes nothing. Throws SecureError `interrupted` alone.
 */
export async function tryAllowed(
  cluster: Cluster,
  twins: readonly Twin[],
  rules: readonly PlannedRule[],
  objects: readonly Raw[],
  reading: Reading,
): Promise<AllowedTry[]> {
  const parties = await partiesOf(cluster, twins)
  const targets = targetsOf(rules, objects)
  const network = networkOf(
    worldOf(
      // A flow between two pods rests on these alone.
      [
        ...objects.filter(({ kind }) => kind !== 'Pod'),
        ...[...parties, ...targets].flatMap(({ pod }) => (pod ? [{ ...pod, apiVersion: 'v1', kind: 'Pod' }] : [])),
      ],
      reading,
    ),
  )
  const between = plansOf(parties, rules, network)
  const plans = between.length > 0 ? between : plansTo(parties, targets, network)
  return await inParallel(plans, async (plan) => await tryOne(cluster, plan), 4)
}

async function partiesOf(cluster: Cluster, twins: readonly Twin[]): Promise<Party[]> {
  const wanted = new Map(
    twins.flatMap(({ twin, a, b, of, namespace }): [string, Pick<Party, 'ref' | 'name'>][] => [
      [`${twin.namespace}/${twin.name}`, { ref: twin, name: `a twin of ${namespace}/${of}` }],
      ...[a, b].map((ref): [string, Pick<Party, 'ref' | 'name'>] => [
        `${ref.namespace}/${ref.name}`,
        { ref, name: `a pod of ${ref.namespace}` },
      ]),
    ]),
  )
  const found = await Promise.all(
    [...wanted.values()].map(async ({ ref, name }): Promise<Party[]> => {
      const pod = await getObject(cluster, podPath(ref.namespace, ref.name)).catch(orNothing)
      return pod && podAddresses(pod).length > 0 ? [{ ref, name, pod, addresses: podAddresses(pod) }] : []
    }),
  )
  return found.flat()
}

type TryPlan = { from: Party; to: string; protocol: Protocol; port: number; address: string }

const isOutside = ({ ref }: Party) => ref.name.includes('-control-')

function plansOf(parties: Party[], rules: readonly PlannedRule[], network: Network): TryPlan[] {
  const traffic = trafficOf(rules)
  const found: TryPlan[] = []
  for (const from of parties)
    for (const to of parties) {
      if (from === to || (isOutside(from) && isOutside(to))) continue
      const address = to.addresses.find((own) =>
        from.addresses.some((other) => other.includes(':') === own.includes(':')),
      )
      if (address === undefined) continue
      const let_ = traffic.filter(({ protocol, port }) => {
        const ends = { from: { kind: 'pod' as const, ...from.ref }, to: { kind: 'pod' as const, ...to.ref } }
        return evaluateFlow(network, { ...ends, protocol, port }).verdict === 'allowed'
      })
      // What is open as a whole says no more the second time.
      for (const one of let_.slice(0, 2)) found.push({ from, to: to.name, address, ...one })
    }
  return found.slice(0, mostTries)
}

/** One for each twin: it is there to see that something gets through, not to knock at every door. */
function plansTo(parties: Party[], targets: readonly Target[], network: Network): TryPlan[] {
  return parties
    .filter((party) => !isOutside(party))
    .slice(0, mostTries)
    .flatMap((from): TryPlan[] => {
      const open = targets.find(({ address, port }) => {
        const ends = { from: { kind: 'pod' as const, ...from.ref }, to: { kind: 'ip' as const, address } }
        return evaluateFlow(network, { ...ends, protocol: 'TCP', port }).verdict === 'allowed'
      })
      return open ? [{ from, to: open.name, protocol: 'TCP', port: open.port, address: open.address }] : []
    })
}

function trafficOf(rules: readonly PlannedRule[]): { protocol: Protocol; port: number }[] {
  const ports = rules
    .flatMap((rule) => rule.ports)
    .flatMap(({ protocol, port }) =>
      typeof port === 'number' && (protocol === 'TCP' || protocol === 'UDP') ? [{ protocol, port }] : [],
    )
  const all = [...ports, { protocol: 'TCP' as const, port: canaryPorts.TCP }]
  return [...new Map(all.map((one) => [`${one.protocol} ${one.port}`, one])).values()]
}

async function tryOne(cluster: Cluster, { from, to, protocol, port, address }: TryPlan): Promise<AllowedTry> {
  const head = { from: from.name, to, protocol, port }
  const target = `${address.includes(':') ? `[${address}]` : address}:${port}`
  // Longer than the second after which TCP tries again: one lost packet does not look like a policy.
  const command = ['/agnhost', 'connect', target, '--timeout=1300ms', `--protocol=${protocol.toLowerCase()}`]
  try {
    const { namespace, name: pod } = from.ref
    const request = { namespace, pod, container: canaryContainer, command, timeoutMs: 10_000 }
    const { exitCode, stderr } = await exec(cluster, request)
    return { ...head, ...seenOf(exitCode, stderr) }
  } catch (error) {
    orNothing(error)
    return { ...head, seen: 'error', detail: error instanceof Error ? error.message : '' }
  }
}

function orNothing(error: unknown): undefined {
  if (!(error instanceof SecureError) || error.code === 'interrupted') throw error
  return undefined
}
