import type { AttackRule } from '../model.ts'
import { awsAuth } from './control-plane-aws.ts'
import { nsLabel } from './control-plane-label.ts'
import { operatorDeputy } from './control-plane-operators.ts'
import { webhookWrite } from './control-plane-webhook.ts'

/** Ways by what the control plane, or a controller, does for others. */
export const controlPlaneRules: AttackRule[] = [nsLabel, webhookWrite, awsAuth, operatorDeputy]
