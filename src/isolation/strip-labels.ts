import type { LabelSelector } from '../snapshot/objects.ts'
import { quarantineLabelPrefix } from '../change/plan.ts'
import type { Party } from '../network/party.ts'
import { selects } from '../workload/label-selector.ts'
import { neverOpens } from './never-opens.ts'
import type { Opening, OwnSide } from './own-side.ts'

type Labels = Record<string, string>

export type StripInput = {
  side: OwnSide
  pod: Party
  /** The label of the plan, that its policies select by. */
  quarantine: string
  /** Selectors of Services of the namespace. */
  services: Labels[]
  /** The labels that the pod's controller owns it by, and whether it is to be taken off. Absent: it has none. */
  owner?: { keys: string[]; detach: boolean }
  /** Labels that have to stay whatever they let through. `all`: no label may go. */
  protect: ReadonlySet<string> | 'all'
  /** The texts of the policies, to see which labels could matter at all. */
  texts: readonly string[]
}
export type Stripped = { keys: string[]; openings: Opening[]; services: number[] }

/**
 * The labels to take off, so that as little as possible is still let through. Never all subsets: everything that could matter is
 * taken off, and then given back label by label unless that makes it worse. Where the outcome could open something that was
 * closed, nothing is taken off.
 */
export function stripLabels(input: StripInput): Stripped {
  const { side, pod, quarantine, protect, owner } = input
  const selectors = input.services.map((matchLabels): LabelSelector => ({ matchLabels, matchExpressions: [] }))
  const detach = new Set(owner?.detach ? owner.keys : [])
  const candidates = Object.keys(pod.labels).filter((key) => {
    if (protect === 'all' || protect.has(key) || key.startsWith(quarantineLabelPrefix)) return false
    if (owner && !owner.detach && owner.keys.includes(key)) return false
    if (detach.has(key)) return true
    return (
      input.services.some((selector) => Object.hasOwn(selector, key)) || input.texts.some((text) => text.includes(key))
    )
  })
  const look = (gone: ReadonlySet<string>): Look => {
    const labels = { ...without(pod.labels, gone), [quarantine]: 'true' }
    const party: Party = { ...pod, labels }
    const openings = side.openings(party)
    const services = selectors.flatMap((selector, index) =>
      Object.keys(selector.matchLabels).length > 0 && selects(selector, labels) ? [index] : [],
    )
    return {
      gone,
      openings,
      services,
      safe: openings.length === 0 || (side.everywhere && neverOpens(side, pod, party)),
    }
  }
  let best = look(new Set(candidates))
  const back = (key: string) => look(new Set([...best.gone].filter((other) => other !== key)))
  const few = candidates.length <= mostCandidates ? candidates : []
  // First what makes it better is given back, the best first; then what makes no difference.
  for (const _ of few) {
    const better = [...best.gone].map(back).sort(compare)[0]
    if (!better || compare(better, best) >= 0) break
    best = better
  }
  for (const key of few) {
    // What the controller owns the pod by is off as a whole: budgets and autoscalers often select by the same labels.
    if (detach.has(key) || !best.gone.has(key)) continue
    const tried = back(key)
    if (compare(tried, best) <= 0) best = tried
  }
  if (!best.safe) best = look(new Set())
  return { keys: [...best.gone], openings: best.openings, services: best.services }
}

// Whoever may label a pod may give it tens of thousands.
const mostCandidates = 50

type Look = Omit<Stripped, 'keys'> & { gone: ReadonlySet<string>; safe: boolean }

/** Below 0 where `a` is better: first nothing is opened, then little stays open, then few Services send clients to it. */
function compare(a: Look, b: Look): number {
  return (
    Number(b.safe) - Number(a.safe) || a.openings.length - b.openings.length || a.services.length - b.services.length
  )
}

function without(labels: Labels, gone: ReadonlySet<string>): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([key]) => !gone.has(key)))
}
