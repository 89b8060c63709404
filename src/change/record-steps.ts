import { createObject, deleteObject, getObject } from '../cluster/write.ts'
import { SecureError } from '../errors.ts'
import type { Engine } from './engine.ts'
import type { Journal } from './journal/journal.ts'
import { collectionPath, objectPath } from '../cluster/object-path.ts'
import type { Json, ObjectRef, Plan } from './plan.ts'
import { leaseFacts, leaseRef } from './record/lease-body.ts'
import { lost as takenOver } from './record/lease-write.ts'
import { acquireLease, type HeldLease, releaseLease, renewLease } from './record/lease.ts'
import { stateNamespaceBody } from './record/namespace.ts'
import { recordRef, recordSecret } from './record/record.ts'

/** The cluster's own memory of a run, while we are the one who works on it. */
export type Held = {
  /** Throws once somebody else has taken the run over: nothing more may be written then. */
  check(): Promise<void>
  /** Ends the work: another responder may go on at once. */
  release(): Promise<void>
  /** Ends the run: nothing of it is in force any more, and its record goes. */
  remove(): Promise<void>
}

// A third of what a lease is good for.
const renewEvery = 20_000
const freshFor = 1000

/** Writes the record of a run and takes its lease. Throws SecureError: somebody else works on it, or it cannot be written. */
export async function openRecord(engine: Engine, journal: Journal, plan: Plan, takeOver: boolean): Promise<Held> {
  const before = async (request: { method: string; path: string; body?: unknown }) =>
    await journal.append({
      type: 'intent',
      change: 'record',
      way: 'record',
      request: request as { method: string; path: string; body?: Json },
    })
  const held = await holdWork(engine, plan.id, { before, takeOver, beside: () => ensureRecord(engine, plan, before) })
  if (held.note !== undefined) await journal.append({ type: 'note', kind: 'lease', data: held.note })
  return held
}

type Before = (request: { method: string; path: string; body?: unknown }) => Promise<void>

/**
 * Makes us the only one who works on what has this id, by a lease in the cluster; `before` sees each write. `note`: whose it was. Throws SecureError
 * `conflict` that names who works on it.
 */
export async function holdWork(
  engine: Engine,
  id: string,
  { before, takeOver, beside }: { before: Before; takeOver: boolean; beside?: () => Promise<void> },
): Promise<Held & { note?: string }> {
  const { cluster, stateNamespace, holder } = engine
  const write = async () =>
    await Promise.all([acquireLease(cluster, stateNamespace, id, holder, { before, takeOver }), beside?.()])
  // The namespace is there but for the first time: it is not asked for on the way to a cut.
  const [lease] = await write().catch(async (error: unknown) => {
    if (!(error instanceof SecureError) || error.code !== 'not-found') throw error
    await ensureNamespace(engine, before)
    return await write()
  })
  return { ...hold(engine, id, lease, before), ...(lease.note !== undefined && { note: lease.note }) }
}

async function ensureNamespace({ cluster, stateNamespace }: Engine, before: Before): Promise<void> {
  const path = '/api/v1/namespaces'
  if (await getObject(cluster, `${path}/${encodeURIComponent(stateNamespace)}`)) return
  const body = stateNamespaceBody(stateNamespace)
  await before({ method: 'POST', path, body })
  await settled(async () => await createObject(cluster, path, body))
}

async function ensureRecord({ cluster, stateNamespace, holder }: Engine, plan: Plan, before: Before): Promise<void> {
  const ref = recordRef(plan.id, stateNamespace)
  if (await getObject(cluster, objectPath(ref))) return
  const body = recordSecret(plan, stateNamespace, holder)
  const path = collectionPath(ref)
  // The plan is in the journal's first line already.
  await before({ method: 'POST', path, body: { ...body, data: {} } })
  await settled(async () => await createObject(cluster, path, body))
}

function hold(engine: Engine, id: string, lease: HeldLease, before: Before): Held {
  const { cluster, stateNamespace, holder } = engine
  let lost: unknown
  let checked = performance.now()
  const timer = setInterval(() => {
    renewLease(cluster, lease, { before }).catch((error: unknown) => {
      // A server that does not answer takes nothing from us; somebody who took over does.
      if (error instanceof SecureError && error.code === 'conflict') lost = error
    })
  }, renewEvery)
  timer.unref()
  const remove = async (ref: ObjectRef) => {
    const path = objectPath(ref)
    const object = await getObject(cluster, path)
    if (!object) return
    const { uid } = object.metadata
    await before({ method: 'DELETE', path, body: { preconditions: { uid } } })
    await settled(async () => await deleteObject(cluster, path, { uid }))
  }
  return {
    async check() {
      if (lost !== undefined) throw lost
      // A take-over is noticed within a second.
      if (performance.now() - checked < freshFor) return
      const now = await getObject(cluster, objectPath(leaseRef(id, stateNamespace))).catch(() => 'not known')
      if (now === 'not known') return
      checked = performance.now()
      const facts = typeof now === 'object' ? leaseFacts(now) : undefined
      if (facts?.holder !== holder || typeof now !== 'object' || now.metadata.uid !== lease.uid) {
        lost = takenOver(id, facts)
        throw lost
      }
    },
    async release() {
      clearInterval(timer)
      if (lost === undefined) await releaseLease(cluster, lease, { before })
    },
    async remove() {
      clearInterval(timer)
      await remove(recordRef(id, stateNamespace))
      await remove(leaseRef(id, stateNamespace))
    },
  }
}

const maxTries = 6

// Creating again what is there, or deleting again what is gone, tells that a lost request had arrived.
async function settled(write: () => Promise<unknown>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await write()
      return
    } catch (error) {
      if (!(error instanceof SecureError)) throw error
      if (error.code === 'already-exists') return
      if ((!error.unsettled && error.code !== 'conflict') || tries === maxTries) throw error
    }
  }
}
