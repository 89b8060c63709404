import type { Cluster } from '../../cluster/cluster.ts'
import { type ApiObject, type JsonPatchOp, patchObject } from '../../cluster/write.ts'
import { SecureError } from '../../errors.ts'
import type { Json } from '../plan.ts'
import type { LeaseFacts } from './lease-body.ts'

/** Called before each write, with what is sent, so that it can be journaled; what it throws stops the write. */
export type BeforeWrite = (request: { method: string; path: string; body: Json }) => Promise<void>

/** Patches a lease as it was read, and no later one. */
export async function patchLease(
  cluster: Cluster,
  path: string,
  { metadata }: ApiObject,
  ops: JsonPatchOp[],
  before: BeforeWrite | undefined,
): Promise<ApiObject> {
  const body: JsonPatchOp[] = [
    { op: 'test', path: '/metadata/uid', value: metadata.uid },
    { op: 'test', path: '/metadata/resourceVersion', value: metadata.resourceVersion },
    ...ops,
  ]
  await before?.({ method: 'PATCH', path, body: body as Json })
  return await patchObject(cluster, path, body)
}

/** What to say when a lease passes to us, or undefined where it was ours. Throws where it may not. */
export function passOn(facts: LeaseFacts, holder: string, planId: string, now: Date | undefined, takeOver: boolean) {
  if (facts.holder === holder) return undefined
  const was = `the lease of plan ${planId} was held by ${facts.holder} since ${facts.since}, last renewed ${facts.renewed}`
  if (now !== undefined && facts.expires < now.getTime()) return `${was}, and had expired`
  if (takeOver) return `${was}, and was taken over`
  throw new SecureError(
    'conflict',
    `${facts.holder} works on plan ${planId} since ${facts.since}, last renewed ${facts.renewed}`,
    {
      hint: 'Agree with them first. --take-over makes you the one who works on it; they are stopped when they next renew theirs.',
    },
  )
}

/** Two answers that do not end it: somebody was faster, or nobody knows whether we were. Looking again tells both. */
export function mayBeSettledByLooking(error: unknown): boolean {
  if (!(error instanceof SecureError) || error.code === 'interrupted') return false
  return error.unsettled || (error.code === 'conflict' && error.status !== undefined) || error.code === 'already-exists'
}

/** The error of somebody who thought that they held it. */
export function lost(planId: string, facts: LeaseFacts | undefined): SecureError {
  const who = facts ? `${facts.holder} has taken it over (${facts.since})` : 'somebody has removed it or given it back'
  return new SecureError('conflict', `the lease of plan ${planId} is not ours any more: ${who}`, {
    hint: 'Nothing more is written. Agree with them, then take the plan up again, with --take-over where they are done.',
  })
}
