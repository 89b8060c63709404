import type { Role } from '../../snapshot/objects.ts'
import type { Severity } from '../finding.ts'
import type { Found, RiskInfo } from '../found.ts'

/** A finding about a role. `widens` keeps those apart that one role makes of several. */
export function roleFound(info: RiskInfo, role: Role, severity: Severity, because: string[], widens?: string): Found {
  const { kind, name } = role
  const object = { kind, name, ...placeOf(role) }
  return { info, severity, scope: role.namespace ?? widens ?? '*', object, held: [], because }
}

export function placeOf({ namespace }: Role): { namespace?: string } {
  return namespace === undefined ? {} : { namespace }
}
