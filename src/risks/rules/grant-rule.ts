import type { AttackWorld, Power } from '../../attack/model.ts'
import type { Severity } from '../finding.ts'
import type { RiskInfo } from '../found.ts'

/** A risk that lies in rights, whether or not they lead any further in the attack graph. */
export type GrantRule = RiskInfo & {
  /** Any of these, for a finding. */
  wants: Power[]
  /** And any of these beside it, by the same subject in a scope that meets it. */
  besides?: Power[]
  /** Held in the whole cluster; in one namespace (absent: nothing there). */
  severity: { cluster: Severity; namespace?: Severity }
  /** Where alone it matters; the whole cluster has these in it. */
  namespaces?: readonly string[]
  /** Of rights that are narrowed to names, those that matter. */
  names?: readonly string[]
  /** Whether it matters in a world at all. */
  when?: (world: AttackWorld) => boolean
  /** Attack rules that say the same and more: what they found in a scope is not found again. */
  unless?: readonly string[]
}
