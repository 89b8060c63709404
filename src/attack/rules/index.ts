import type { AttackRule } from '../model.ts'
import { controlPlaneRules } from './control-plane.ts'
import { identityRules } from './identity.ts'
import { rbacRules } from './rbac.ts'
import { stateRules } from './state.ts'
import { workloadRules } from './workload.ts'

/** Every rule by which a subject becomes more. */
export const attackRules: AttackRule[] = [
  ...rbacRules,
  ...identityRules,
  ...workloadRules,
  ...controlPlaneRules,
  ...stateRules,
]
