import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from '../cluster/cluster.ts'
import { exec } from '../cluster/exec.ts'
import { podPath } from '../cluster/object-path.ts'
import { waitFor } from '../cluster/watch.ts'
import { SecureError } from '../errors.ts'
import { containerFailure } from '../evidence/start-failure.ts'
import type { Canaries } from './canary.ts'
import { canaryContainer, canaryPorts, type PodRef } from './canary-pod.ts'
import { isGood, judgeRounds, type Round, seenOf, steadyRounds } from './probe-judge.ts'
import { listAt, type Raw, recordAt, statusOf, textAt } from './raw.ts'
import type { ProbeReport, ProbeTry } from './report.ts'
import { nodeAddresses, podAddresses } from './sever-facts.ts'

/** `source` is an address of where it comes from. */
export type ProbeTryPlan = Pick<ProbeTry, 'from' | 'to' | 'protocol' | 'address' | 'port'> & { source: string }
export type ProbeInput = {
  canaries: Canaries
  /** What the policies say of a connection between twin and control; all are to be blocked where it is absent. */
  expects?: (plan: ProbeTryPlan) => ProbeTry['expected']
  /** Policies, other than ours, that would keep control and twin apart anyway: then a block proves nothing. */
  confounders?: string[]
  /** How many pods are probed at the same time: a node starts its canaries one after another. */
  pods?: number
  /** How long the policies may take to hold, once the canaries run. */
  settleMs?: number
  /** Exceptions may let the pod reach its node: then it is not tried. */
  skipNode?: boolean
  signal?: AbortSignal
}

/**
 * Tries connections between the canaries, which are there already, until the twin is blocked and stays so, or time is up. Reads pods and runs
 * commands in our own canaries; writes nothing. What fails is `inconclusive`, with why; throws SecureError `interrupted` alone.
 */
export async function runProbe(cluster: Cluster, input: ProbeInput): Promise<ProbeReport> {
  const { canaries, confounders = [], pods = 1, signal } = input
  const patience = Math.min(1 + (pods - 1) / 4, 4)
  const { settleMs = 6_000 * patience } = input
  const startMs = 15_000 * patience
  const { node } = canaries
  const inconclusive = (why: string): ProbeReport => ({ result: 'inconclusive', why, node, tries: [] })
  try {
    const all = [canaries.twin, canaries.a, canaries.b]
    const running = await Promise.all(all.map((pod) => started(cluster, pod, startMs, signal)))
    const failed = running.find((one) => typeof one === 'string')
    if (typeof failed === 'string') return inconclusive(failed)
    const [twin, a, b] = running.filter((one) => typeof one !== 'string')
    if (!twin || !a || !b) return inconclusive('no canary runs')
    const plans = plansOf({ twin, a, b }, input.expects ?? (() => 'blocked'))
    const rounds: Round[] = []
    const nodeTry = input.skipNode ? undefined : tryNode(cluster, twin, a)
    nodeTry?.catch(() => {})
    const end = Date.now() + settleMs
    // Once it is blocked the rounds that prove it steady are run to their end.
    for (let good = 0; good < steadyRounds && (good > 0 || rounds.length === 0 || Date.now() < end); ) {
      if (rounds.length > 0 && good === 0) await sleep(200, undefined, { signal })
      const round = await Promise.all(plans.map((plan) => tryOne(cluster, plan)))
      signal?.throwIfAborted()
      rounds.push(round)
      good = isGood(round) ? good + 1 : 0
    }
    const ownNode = await nodeTry
    return {
      ...judgeRounds(rounds, confounders),
      node,
      ...(twin.imageId ? { imageId: twin.imageId } : {}),
      ...(ownNode && { ownNode }),
    }
  } catch (error) {
    if (signal?.aborted) throw new SecureError('interrupted', 'the probe was interrupted', { cause: error })
    if (!(error instanceof SecureError) || error.code === 'interrupted') throw error
    return inconclusive(error.message)
  }
}

type Running = PodRef & { addresses: string[]; nodeAddresses: string[]; imageId: string }
type TryPlan = Omit<ProbeTryPlan, 'source'> & { by: PodRef; expected: ProbeTry['expected'] }

/** A canary once it runs, or why it does not. */
async function started(
  cluster: Cluster,
  { namespace, name }: PodRef,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<Running | string> {
  const who = `canary ${namespace}/${name}`
  const look = (pod: Raw | undefined): Running | string | undefined => {
    if (!pod) return `${who} is gone`
    const failure = containerFailure(pod, canaryContainer)
    if (failure !== undefined) return `${who} does not run: ${failure}`
    const status = listAt(statusOf(pod), 'containerStatuses').find((one) => textAt(one, 'name') === canaryContainer)
    const state = recordAt(status ?? {}, 'state')
    if (Object.hasOwn(state, 'terminated')) return `${who} has ended`
    const addresses = podAddresses(pod)
    if (!Object.hasOwn(state, 'running') || addresses.length === 0) return undefined
    return { namespace, name, addresses, nodeAddresses: nodeAddresses(pod), imageId: textAt(status ?? {}, 'imageID') }
  }
  try {
    return await waitFor(cluster, podPath(namespace, name), look, { timeoutMs, signal })
  } catch (error) {
    if (!(error instanceof SecureError) || error.code !== 'timeout') throw error
    return `${who} did not run within ${timeoutMs / 1000} s`
  }
}

function plansOf(
  { twin, a, b }: { twin: Running; a: Running; b: Running },
  expects: (plan: ProbeTryPlan) => ProbeTry['expected'],
): TryPlan[] {
  return (['TCP', 'UDP'] as const).flatMap((protocol) => {
    const port = canaryPorts[protocol]
    const plan = (by: Running, from: ProbeTry['from'], to: ProbeTry['to'], address: string): TryPlan => {
      const bare = { from, to, protocol, address, port }
      const source = by.addresses.find((own) => own.includes(':') === address.includes(':')) ?? ''
      return { ...bare, by, expected: from === to ? 'connects' : expects({ ...bare, source }) }
    }
    return [
      ...shared(a, b).map((address) => plan(a, 'control', 'control', address)),
      plan(twin, 'twin', 'twin', '127.0.0.1'),
      ...shared(twin, b).map((address) => plan(twin, 'twin', 'control', address)),
      ...shared(a, twin).map((address) => plan(a, 'control', 'twin', address)),
    ]
  })
}

/** The kubelet listens on every node: where a control reaches it, that the twin does not is the policies' doing. */
async function tryNode(cluster: Cluster, twin: Running, control: Running): Promise<ProbeReport['ownNode']> {
  const [address] = twin.nodeAddresses
  if (address === undefined) return undefined
  const plan = {
    from: 'twin' as const,
    to: 'control' as const,
    protocol: 'TCP' as const,
    address,
    port: 10_250,
    expected: 'blocked' as const,
  }
  const [byControl, byTwin] = await Promise.all([control, twin].map((by) => tryOne(cluster, { ...plan, by })))
  if (byControl?.seen !== 'connects' || byTwin === undefined || byTwin.seen === 'error') return undefined
  return byTwin.seen === 'connects' ? 'open' : 'blocked'
}

/** Addresses of the target of families that the source has too. */
function shared(from: Running, to: Running): string[] {
  return to.addresses.filter((address) => from.addresses.some((own) => own.includes(':') === address.includes(':')))
}

async function tryOne(cluster: Cluster, { by, ...plan }: TryPlan): Promise<ProbeTry> {
  const { address, port, protocol } = plan
  const target = `${address.includes(':') ? `[${address}]` : address}:${port}`
  // Longer than the second after which TCP tries again: one lost packet does not look like a policy.
  const command = ['/agnhost', 'connect', target, '--timeout=1300ms', `--protocol=${protocol.toLowerCase()}`]
  try {
    const { namespace, name: pod } = by
    const request = { namespace, pod, container: canaryContainer, command, timeoutMs: 10_000 }
    const { exitCode, stderr } = await exec(cluster, request)
    return { ...plan, ...seenOf(exitCode, stderr) }
  } catch (error) {
    if (!(error instanceof SecureError) || error.code === 'interrupted') throw error
    return { ...plan, seen: 'error', detail: error.message }
  }
}
