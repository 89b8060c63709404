import type { BoundRole } from '../rbac/rbac-index.ts'
import { type Found, isWhole } from './found.ts'
import type { Led } from './lead.ts'
import { isWorse } from './severity.ts'

/**
 * The findings of one subject in the attack graph, but for those that are part of another: who has everything in a scope has all else there, and that is as
 * bad as the worst of it. What leads further only together with other grants is left.
 */
export function withoutParts(found: Map<string, Found>): Found[] {
  const left = new Set(found.values())
  const byScope = Map.groupBy(left, ({ scope }) => scope)
  for (const whole of [...left].filter(isWhole)) {
    const own = new Set(boundsOf(whole))
    const beside = byScope.get(whole.scope)?.filter((each) => each !== whole) ?? []
    const isPart = (each: Found) => boundsOf(each).every((bound) => own.has(bound))
    for (const each of beside.filter(isPart)) {
      if (leadsFurther(each, whole)) Object.assign(whole, { severity: each.severity, lead: each.lead })
      left.delete(each)
    }
    for (const each of beside) if (!leadsFurther(each, whole)) left.delete(each)
  }
  return [...left]
}

// Of somebody named, as in joined.ts.
function leadsFurther({ lead }: Found, whole: Found): boolean {
  return isWorse((lead as Led).severity, (whole.lead as Led).severity)
}

function boundsOf({ held }: Found): BoundRole[] {
  return held.flatMap(({ bounds }) => [...bounds])
}
