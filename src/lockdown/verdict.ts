import type { LockdownProof, LockdownVerdict } from './report.ts'
import { lockdownVerdicts } from './report.ts'

/** All that is known of one namespace after the run. */
export type LockdownFacts = {
  /** Whether policies are part of it: what other parts do the API server itself enforces. */
  hasNetwork: boolean
  proof: LockdownProof
  /** Changes that were not made, or that somebody has taken back; each in words. */
  notMade: string[]
  /** What others' policies let through, pods beyond the reach of policies, kinds that could not be read. */
  atMostPartial: string[]
}

/** The verdict on a namespace, with the reasons why it is no better; pure. */
export function verdictOf({ hasNetwork, proof, notMade, atMostPartial }: LockdownFacts): {
  verdict: LockdownVerdict
  reasons: string[]
} {
  const { probes, allowed, unseen } = proof
  const open = probes.filter(({ result }) => result === 'not-enforced')
  if (open.length > 0)
    return { verdict: 'NOT ENFORCED', reasons: [...distinct(open.map(whyOf)), ...notMade, ...atMostPartial] }
  const seen = probes.filter(({ result }) => result === 'enforced')
  const unsure = distinct(probes.filter(({ result }) => result === 'inconclusive').map(whyOf))
  if (hasNetwork && seen.length === 0) {
    const why = unsure.length > 0 ? unsure : ['no pod could be made to see the policies at work']
    return { verdict: 'UNKNOWN', reasons: [...why, ...notMade, ...atMostPartial] }
  }
  const stuck = allowed.filter(({ seen: what }) => what === 'blocked')
  const reasons = [
    ...notMade,
    ...atMostPartial,
    ...unsure,
    ...(unseen.length > 0 ? [`nothing was tried on ${unseen.join(', ')}, where pods of it run`] : []),
    ...stuck.map(
      ({ from, to, protocol, port }) =>
        `the rules let ${from} reach ${to} at ${port}/${protocol}, and it did not get through`,
    ),
  ]
  return { verdict: reasons.length > 0 ? 'PARTIAL' : 'ENFORCED', reasons }
}

/** The worst of several: NOT ENFORCED, UNKNOWN, PARTIAL, ENFORCED. */
export function worstOf(verdicts: readonly LockdownVerdict[]): LockdownVerdict {
  const order: readonly LockdownVerdict[] = ['NOT ENFORCED', 'UNKNOWN', 'PARTIAL', 'ENFORCED']
  return order.find((verdict) => verdicts.includes(verdict)) ?? lockdownVerdicts[3]
}

const whyOf = ({ why, node }: { why: string; node: string }) => (node === '' ? why : `on node ${node}: ${why}`)
const distinct = (texts: string[]) => [...new Set(texts)]
