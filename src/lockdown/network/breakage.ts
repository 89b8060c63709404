import type { Breakage, End, Need } from '../model.ts'
import type { Crossing, Crossings } from './crossing.ts'
import { endText, isPod, needKey, portsText } from './ends.ts'
import type { Ground } from './ground.ts'
import { keepOf } from './keep.ts'

/** The needs that work now and would not any more, or not for sure; `allowed` are those that the policies let through as well as they can. */
export function breakagesOf(
  ground: Ground,
  needs: readonly Need[],
  allowed: readonly Need[],
  crossings: Crossings,
): Breakage[] {
  const known = new Set(allowed.map(needKey))
  return needs.flatMap((need): Breakage[] => {
    if (!touches(ground, need)) return []
    let cut: Crossing | undefined
    let unsure: Crossing | undefined
    for (const crossing of crossings.of(need)) {
      if (crossing.after === 'denied') {
        if (crossing.before === 'allowed') {
          cut = crossing
          break
        }
        unsure ??= crossing
      } else if (crossing.after === 'unknown' && crossing.before === 'allowed') unsure ??= crossing
    }
    const lost = cut ?? unsure
    if (!lost) return []
    const isNamed = need.from.kind !== 'unnamed' && need.to.kind !== 'unnamed'
    // What was asked for and is cut all the same is not kept by asking again.
    const keep = isNamed && known.has(needKey(need)) ? undefined : keepOf(ground, need)
    return [
      {
        part: 'network',
        what: 'connection',
        of: ownerOf(ground, need),
        text: textOf(need, lost),
        certainty: cut && isNamed ? 'certain' : 'possible',
        evidence: need.by,
        ...(keep === undefined ? {} : { keep }),
      },
    ]
  })
}

function textOf({ from, to, ports, by }: Need, { after, reason }: Crossing): string {
  const seen = by.every(({ how }) => how === 'observed') ? 'observed, not allowed: ' : ''
  const end = after === 'unknown' ? `may be cut (${reason})` : 'is cut'
  return `${seen}${endText(from)} to ${endText(to)}, ${portsText(ports)}, ${end}`
}

/** A connection between others is none of ours, whoever saw it. */
export function touches({ namespace }: Ground, { from, to }: Need): boolean {
  return [from, to].some((end) => (end.kind === 'pods' || end.kind === 'namespace') && end.namespace === namespace)
}

function ownerOf(ground: Ground, { from, to }: Need): Breakage['of'] {
  const { namespace } = ground
  for (const end of [from, to]) {
    const own = ownerIn(ground, end)
    if (own) return own
  }
  return { kind: 'Namespace', namespace: '', name: namespace }
}

function ownerIn({ workloads, namespace }: Ground, end: End): Breakage['of'] | undefined {
  if (end.kind !== 'pods' || end.namespace !== namespace) return undefined
  const found = workloads.find(({ labels }) => isPod(end, namespace, labels))
  return found ? { kind: found.ref.kind, namespace, name: found.ref.name } : { kind: 'Pod', namespace, name: end.name }
}
