import type { Cluster } from '../../cluster/cluster.ts'
import { type ApiObject, createObject, getObject, type JsonPatchOp } from '../../cluster/write.ts'
import { list } from '../../cluster/list.ts'
import { collectionPath, objectPath } from '../../cluster/object-path.ts'
import { planLabel } from '../plan.ts'
import { leaseFacts, leaseRef, leaseSpec, microTime, recordLease } from './lease-body.ts'
import { type BeforeWrite, lost, mayBeSettledByLooking, passOn, patchLease } from './lease-write.ts'
import { serverTime } from './server-time.ts'
import { own } from './shape.ts'

/** A lease that we hold. `note` says, for the journal and the responder, whose it was before. */
export type HeldLease = {
  planId: string
  namespace: string
  holder: string
  uid: string
  resourceVersion: string
  note?: string
}

export type LeaseHooks = { before?: BeforeWrite }
export type LeaseOptions = LeaseHooks & {
  /** As --take-over: also from somebody whose lease has not expired. */
  takeOver?: boolean
}

// A conflict means that somebody else was faster: the next look tells who.
const maxTries = 10

/**
 * Makes `holder` the only one who works on a plan: by a new Lease, or one that is free, has expired by the server's clock, or was this
 * holder's before. Throws SecureError `conflict` that names the holder otherwise, and any other of the requests.
 */
export async function acquireLease(
  cluster: Cluster,
  namespace: string,
  planId: string,
  holder: string,
  options: LeaseOptions = {},
): Promise<HeldLease> {
  const ref = leaseRef(planId, namespace)
  const path = objectPath(ref)
  let first: string | undefined
  let note: string | undefined
  let last: unknown
  for (let tries = 0; tries < maxTries; tries++) {
    const [time, lease] = await Promise.all([serverTime(cluster), getObject(cluster, path)])
    const now = time ?? new Date()
    try {
      if (!lease) {
        const body = recordLease(planId, namespace, holder, now)
        await options.before?.({ method: 'POST', path: collectionPath(ref), body })
        return heldBy(holder, planId, namespace, await createObject(cluster, collectionPath(ref), body))
      }
      const facts = leaseFacts(lease)
      first ??= facts?.holder
      // Who takes over does so from the one that was there: not from another who was faster at it.
      const takeOver = options.takeOver === true && facts?.holder === first
      const passed = facts && passOn(facts, holder, planId, time, takeOver)
      note = passed ?? note
      const spec = leaseSpec(holder, now, (facts?.transitions ?? 0) + (passed === undefined ? 0 : 1))
      const ops: JsonPatchOp[] = [{ op: 'add', path: '/spec', value: spec }]
      const held = heldBy(holder, planId, namespace, await patchLease(cluster, path, lease, ops, options.before))
      return { ...held, ...(note !== undefined && { note }) }
    } catch (error) {
      if (!mayBeSettledByLooking(error)) throw error
      last = error
    }
  }
  throw last
}

/** Takes a lease over whoever holds it. Only when a person said so: the other may be in the middle of it. */
export async function takeOverLease(
  cluster: Cluster,
  namespace: string,
  planId: string,
  holder: string,
  options: LeaseHooks = {},
): Promise<HeldLease> {
  return await acquireLease(cluster, namespace, planId, holder, { ...options, takeOver: true })
}

/** Says that we still work on it. Throws SecureError `conflict` when it was taken over: then nothing more may be written. */
export async function renewLease(cluster: Cluster, held: HeldLease, options: LeaseHooks = {}): Promise<HeldLease> {
  return await changeOurs(cluster, held, options.before, (now) => [
    { op: 'replace', path: '/spec/renewTime', value: microTime(now) },
  ])
}

/** Gives it back, so that the next one need not wait. Throws SecureError as {@link renewLease}. */
export async function releaseLease(cluster: Cluster, held: HeldLease, options: LeaseHooks = {}): Promise<void> {
  await changeOurs(cluster, held, options.before, () => [{ op: 'remove', path: '/spec/holderIdentity' }])
}

/** Who works on which plan, by its id, as far as leases that have not expired say. Hostile text. Throws SecureError. */
export async function leaseHolders(cluster: Cluster, namespace: string): Promise<Map<string, string>> {
  const path = `${collectionPath(leaseRef('', namespace))}?labelSelector=${encodeURIComponent(planLabel)}`
  const now = await serverTime(cluster)
  const { items } = await list(cluster, path, (lease) => lease, { kind: 'LeaseList' })
  return new Map(
    items.flatMap((lease) => {
      const facts = leaseFacts(lease)
      const plan = own(own(own(lease, 'metadata'), 'labels'), planLabel)
      const isHeld = facts && (now === undefined || facts.expires >= now.getTime())
      return isHeld && typeof plan === 'string' ? [[plan, facts.holder] as const] : []
    }),
  )
}

async function changeOurs(
  cluster: Cluster,
  held: HeldLease,
  before: BeforeWrite | undefined,
  opsAt: (now: Date) => JsonPatchOp[],
): Promise<HeldLease> {
  const { planId, namespace, holder } = held
  const path = objectPath(leaseRef(planId, namespace))
  let last: unknown
  for (let tries = 0; tries < maxTries; tries++) {
    const [now, lease] = await Promise.all([serverTime(cluster), getObject(cluster, path)])
    const facts = lease && leaseFacts(lease)
    if (!lease || lease.metadata.uid !== held.uid || facts?.holder !== holder) throw lost(planId, facts)
    try {
      const patched = await patchLease(cluster, path, lease, opsAt(now ?? new Date()), before)
      return heldBy(holder, planId, namespace, patched)
    } catch (error) {
      if (!mayBeSettledByLooking(error)) throw error
      last = error
    }
  }
  throw last
}

function heldBy(holder: string, planId: string, namespace: string, { metadata }: ApiObject): HeldLease {
  return { planId, namespace, holder, uid: metadata.uid, resourceVersion: metadata.resourceVersion }
}
