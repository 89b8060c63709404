import { ownNodeDoubt } from '../network/own-node.ts'
import type { FlowLine, IsolationVerdict, PodIsolation } from './report.ts'

/** What is known of one pod after the run, from which its verdict follows. */
export type Facts = Pick<PodIsolation, 'computed' | 'probe' | 'live'> & {
  /** Why no policy can reach the pod: it is on the host network, or static. */
  unenforceable?: string
  /** Why the cut itself was not made: the step that failed, and why. */
  notMade?: string
  /** Why it can be no better than PARTIAL whatever the proofs say. */
  atMostPartial: string[]
}

/**
 * The verdict on one pod, with the reasons why it is no better. ISOLATED needs all three: no flow is left open by computation, a
 * twin of the pod was seen cut off where a control was not, and the connections that were open were seen dead.
 */
export function verdictOf({ computed, probe, live, unenforceable, notMade, atMostPartial }: Facts): {
  verdict: IsolationVerdict
  reasons: string[]
} {
  if (unenforceable !== undefined) return { verdict: 'NOT ENFORCED', reasons: [unenforceable] }
  if (notMade !== undefined) return { verdict: 'NOT ENFORCED', reasons: [notMade] }
  if (probe.result === 'not-enforced') return { verdict: 'NOT ENFORCED', reasons: [probe.why] }
  const open = computed.open.filter(({ verdict }) => verdict === 'allowed')
  const isSeen = ({ direction, reason }: FlowLine) =>
    probe.ownNode === 'blocked' && direction === 'egress' && reason.includes(ownNodeDoubt)
  const unclear = computed.open.filter((line) => line.verdict === 'unknown' && !isSeen(line))
  const partial = [
    ...(open.length > 0
      ? [`${open.length} kinds of flow are still allowed: ${open[0]?.direction} ${open[0]?.peer}: ${open[0]?.reason}`]
      : []),
    ...(probe.ownNode === 'open' ? ['the twin reaches its own node, and so does the pod'] : []),
    ...(live.result === 'severed' ? [] : [live.why]),
    ...live.canUndo.map(
      (container) => `container ${container} holds NET_ADMIN and can undo the cut of its live connections`,
    ),
    ...atMostPartial,
  ]
  const unknown = [
    ...(probe.result === 'inconclusive' ? [probe.why] : []),
    ...(unclear.length > 0
      ? [`whether ${unclear[0]?.direction} ${unclear[0]?.peer} is open cannot be told: ${unclear[0]?.reason}`]
      : []),
    ...(computed.complete ? [] : computed.gaps.map(({ what, why }) => `${what}: ${why}`)),
  ]
  // Nobody saw a policy at work: that what is open is little means nothing then.
  if (probe.result === 'inconclusive') return { verdict: 'UNKNOWN', reasons: [...unknown, ...partial] }
  if (partial.length > 0) return { verdict: 'PARTIAL', reasons: [...partial, ...unknown] }
  if (unknown.length > 0) return { verdict: 'UNKNOWN', reasons: unknown }
  return { verdict: 'ISOLATED', reasons: [] }
}

/** The verdict on all pods: no better than the worst of them, and PARTIAL where some are cut off and some are not. */
export function verdictOfAll(pods: Pick<PodIsolation, 'namespace' | 'name' | 'verdict' | 'reasons'>[]): {
  verdict: IsolationVerdict
  reasons: string[]
} {
  const verdicts = new Set(pods.map(({ verdict }) => verdict))
  const reasons = pods
    .filter(({ verdict }) => verdict !== 'ISOLATED')
    .map(({ namespace, name, verdict, reasons: [first = 'no reason is known'] }) =>
      pods.length === 1 ? first : `pod ${namespace}/${name} is ${verdict}: ${first}`,
    )
  if (pods.length === 1) return { verdict: pods[0]?.verdict ?? 'UNKNOWN', reasons: pods[0]?.reasons ?? [] }
  if (pods.length === 0) return { verdict: 'UNKNOWN', reasons: ['there is no pod to isolate'] }
  if (verdicts.size === 1) return { verdict: pods[0]?.verdict ?? 'UNKNOWN', reasons }
  if (verdicts.has('PARTIAL') || verdicts.has('NOT ENFORCED')) return { verdict: 'PARTIAL', reasons }
  return { verdict: 'UNKNOWN', reasons }
}
