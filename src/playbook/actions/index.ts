import type { Action } from '../model.ts'
import { whatCan, whoCan } from './access.ts'
import { accountRecreate } from './account-recreate.ts'
import { accountTokens } from './account-tokens.ts'
import { podsGone, rolloutDone } from './afterwards.ts'
import { auditAsk } from './audit-ask.ts'
import { bindingsRemove } from './bindings-remove.ts'
import { objectDelete, podDelete, webhookDelete } from './delete.ts'
import { drillStage } from './drill.ts'
import { evidenceCollect } from './evidence-collect.ts'
import { imageBlock } from './image-block.ts'
import { imagePods } from './image-pods.ts'
import { imageRefused } from './image-refused.ts'
import { isolate } from './isolate.ts'
import { lockdown } from './lockdown.ts'
import { nodeCordon } from './node-cordon.ts'
import { nodePods } from './node-pods.ts'
import { paths } from './paths.ts'
import { podFacts } from './pod-facts.ts'
import { reach } from './reach.ts'
import { revoke } from './revoke.ts'
import { secretMove } from './secret-move.ts'
import { secretUses } from './secret-uses.ts'
import { isolationStatus, lockdownStatus } from './standing.ts'
import { tokenDead } from './token-dead.ts'
import { cronJobSuspend, workloadRollBack, workloadStop } from './workload.ts'

const questions: readonly Action[] = [
  podFacts,
  whoCan,
  whatCan,
  paths,
  accountTokens,
  imagePods,
  imageRefused,
  nodePods,
  secretUses,
  auditAsk,
  isolationStatus,
  lockdownStatus,
  tokenDead,
  podsGone,
  rolloutDone,
  reach,
]
const changes: readonly Action[] = [
  isolate,
  lockdown,
  revoke,
  bindingsRemove,
  accountRecreate,
  workloadStop,
  workloadRollBack,
  cronJobSuspend,
  nodeCordon,
  imageBlock,
  secretMove,
  podDelete,
  objectDelete,
  webhookDelete,
  drillStage,
]

/** All that a playbook can do, by name: there is nothing else, and no way to add to it. */
export const actions: Readonly<Record<string, Action>> = Object.freeze(
  Object.fromEntries([...questions, evidenceCollect, ...changes].map((action) => [action.name, action])),
)
