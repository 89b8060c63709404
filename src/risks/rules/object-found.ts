import type { Severity } from '../finding.ts'
import type { Found, RiskInfo } from '../found.ts'

/** A finding about an object. `part` is of one that has several, each a risk of its own. */
export function objectFound(
  info: RiskInfo,
  object: NonNullable<Found['object']>,
  severity: Severity,
  because: string[],
  part?: string,
): Found {
  const named = part === undefined ? object : { ...object, name: `${object.name}/${part}` }
  return { info, severity, scope: object.namespace ?? '*', object: named, held: [], because }
}
