import type { Decision, SideVerdict } from './decide.ts'
import type { Direction, Verdict } from './model.ts'

export type FlowVerdict = { verdict: Verdict; by: Decision[]; reason: string }

/** Both sides must let a flow through. */
export function bothSides(egress: SideVerdict, ingress: SideVerdict, elsewhere?: string): FlowVerdict {
  const denied = [egress, ingress].filter(({ verdict }) => verdict === 'denied')
  if (denied.length > 0) {
    const by = denied.flatMap((side) => side.by)
    return {
      verdict: 'denied',
      by,
      reason: denied.map((side) => reasonOf(side, side === egress ? 'egress' : 'ingress')).join('; '),
    }
  }
  const unknown = [egress, ingress].filter(({ verdict }) => verdict === 'unknown')
  if (unknown.length > 0) {
    return {
      verdict: 'unknown',
      by: unknown.flatMap((side) => side.by),
      reason: unknown.flatMap((side) => side.doubts).join('; '),
    }
  }
  if (elsewhere !== undefined) return { verdict: 'unknown', by: [...egress.by, ...ingress.by], reason: elsewhere }
  return {
    verdict: 'allowed',
    by: [...egress.by, ...ingress.by],
    reason: `${reasonOf(egress, 'egress')}; ${reasonOf(ingress, 'ingress')}`,
  }
}

function reasonOf({ verdict, by }: SideVerdict, direction: Direction): string {
  const last = by.at(-1)
  if (!last) return `no policy restricts ${direction}`
  if (verdict === 'allowed' && last.action === 'pass') return `${direction} is passed on and nothing later restricts it`
  if (last.rule) return `${direction} is ${verdict} by a rule`
  return `${direction} is isolated and no rule allows it`
}

/** Over several ways, such as IPv4 and IPv6, one that is open is enough. */
export function best(verdicts: FlowVerdict[]): FlowVerdict {
  for (const wanted of ['allowed', 'unknown'] as const) {
    const found = verdicts.find(({ verdict }) => verdict === wanted)
    if (found) return found
  }
  return verdicts[0] ?? { verdict: 'unknown', by: [], reason: 'nothing to evaluate' }
}
