import type { AttackRule } from '../model.ts'
import { nodeControlPlane, nodeIdentity, nodePods } from './state-nodes.ts'
import { pidSharing, podEscape, podSecret, podToken } from './state-pods.ts'

/** Ways that take no right: what runs where, and as whom. */
export const stateRules: AttackRule[] = [
  podToken,
  podSecret,
  podEscape,
  pidSharing,
  nodePods,
  nodeIdentity,
  nodeControlPlane,
]
