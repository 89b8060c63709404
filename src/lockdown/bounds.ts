import type { Change } from '../change/plan.ts'
import { type Raw, recordAt, specOf, stringsAt } from '../isolation/raw.ts'
import { parseQuantity } from './quota-quantity.ts'

/** What quotas let be, by what they count: `{ pods: '10' }`. */
export type Bounds = Record<string, string>

const counted = new Set(['pods', 'requests.cpu', 'requests.memory'])
// Source: resourcequota's short names.
const longNames = new Map([
  ['cpu', 'requests.cpu'],
  ['memory', 'requests.memory'],
])

/** The least of what the quotas that hold for all pods let be, with those that a plan makes. Pure. */
export function boundsOf(quotas: readonly Raw[], changes: readonly Change[] = []): Bounds {
  const made = changes.flatMap((change) =>
    change.do === 'create' && change.ref.kind === 'ResourceQuota' ? [change.body] : [],
  )
  const least: Bounds = {}
  for (const quota of [...quotas, ...made]) {
    const spec = specOf(quota)
    if ('scopes' in spec || 'scopeSelector' in spec) continue
    const hard = recordAt(spec, 'hard')
    for (const [key, text] of Object.entries(stringsAt(spec, 'hard'))) {
      const name = longNames.get(key) ?? key
      const size = parseQuantity(hard[key])
      if (!counted.has(name) || size === undefined) continue
      const known = parseQuantity(least[name])
      if (known === undefined || size < known) least[name] = text
    }
  }
  return least
}

/** What may be more now than a plan left it, in words; pure. */
export function widened(before: Bounds, now: Bounds): string[] {
  return Object.entries(before).flatMap(([key, text]) => {
    const found = Object.hasOwn(now, key) ? now[key] : undefined
    if (found === undefined) return [`nothing bounds ${key} any more: it was ${text}`]
    const [was, is] = [parseQuantity(text), parseQuantity(found)]
    return was !== undefined && is !== undefined && is > was
      ? [`quotas let ${found} ${key} be, instead of ${text}`]
      : []
  })
}
