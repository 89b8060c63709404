import type { Json } from '../change/plan.ts'

const proved = new Set<Json>(['ISOLATED', 'ENFORCED'])

/** The verdict of what cuts off, by its outputs, where it is not the best there is: `PARTIAL`, `UNKNOWN`. Undefined too for what has none. */
export function shortVerdict(outputs: Json | undefined): string | undefined {
  const verdict = (outputs as { verdict?: Json } | null | undefined)?.verdict
  return typeof verdict === 'string' && !proved.has(verdict) ? verdict : undefined
}
