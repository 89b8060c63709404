import { apiVersion } from '../snapshot/snapshot.ts'
import type { Engine } from './engine.ts'
import { newPlanId } from './id.ts'
import type { Plan } from './plan.ts'

/** What the user says of a plan: the command line, as words, and what it is for. */
export type PlanWords = { command: string[]; incident?: string | undefined; reason?: string | undefined }

/** What a new plan has beside its changes: its id, the cluster and the user it is for. */
export function planHead(
  { cluster: { server, context }, clusterId, user, now }: Engine,
  { command, incident, reason }: PlanWords,
): Omit<Plan, 'changes' | 'notes'> {
  return {
    apiVersion,
    kind: 'Plan',
    id: newPlanId(),
    command,
    ...(incident !== undefined && { incident }),
    ...(reason !== undefined && { reason }),
    createdAt: now().toISOString(),
    cluster: { id: clusterId, server, ...(context !== undefined && { context }) },
    user,
  }
}
