import { gunzipSync, gzipSync } from 'node:zlib'
import { SecureError } from '../../errors.ts'
import { type ObjectRef, objectName, type Plan, planLabel } from '../plan.ts'
import { planOf } from './plan-shape.ts'
import { own } from './shape.ts'

/** The type of the Secrets that are records. */
export const recordType = 'kubectl-secure.github.io/record'
/** Who made an object, by the label that Kubernetes recommends for it. */
export const managedBy = { 'app.kubernetes.io/managed-by': 'kubectl-secure' }

// Source: core/v1 MaxSecretSize, the sum of the values; ours are this and `by`.
const maxPacked = 1024 * 1024 - 4096
// A record may be made to grow a thousandfold when it is unpacked.
const maxUnpacked = 32 * 1024 * 1024

/** Where the record of a plan is. Its path: `collectionPath` and `objectPath` of paths.ts. */
export function recordRef(planId: string, stateNamespace: string): ObjectRef {
  return { apiVersion: 'v1', kind: 'Secret', resource: 'secrets', namespace: stateNamespace, name: objectName(planId) }
}

/**
 * The Secret by which another responder, on another machine, can take a plan back. Throws SecureError `usage` when the plan does not fit
 * into one: a plan of that size is better made in parts, and each part then has a record that stands for itself.
 */
export function recordSecret(plan: Plan, stateNamespace: string, by: string) {
  const json = Buffer.from(JSON.stringify(plan))
  const packed = gzipSync(json)
  if (packed.length > maxPacked || json.length > maxUnpacked) throw tooLarge(plan, packed.length, json.length)
  const { apiVersion, kind, namespace, name } = recordRef(plan.id, stateNamespace)
  return {
    apiVersion,
    kind,
    metadata: { name, namespace: namespace ?? '', labels: { ...managedBy, [planLabel]: plan.id } },
    type: recordType,
    // Nobody has to change it, so nobody can.
    immutable: true,
    data: { plan: packed.toString('base64'), by: Buffer.from(by.slice(0, 1024)).toString('base64') },
  }
}

/** A record as it was read. `by` is hostile text, as all of the plan is: {@link trusted} says what may be done by it. */
export type FoundRecord = { plan: Plan; by: string }

/** Reads a Secret that says it is a record, or says why it is none. Never throws. */
export function parseRecord(secret: unknown): FoundRecord | { problem: string } {
  const metadata = own(secret, 'metadata')
  const data = own(secret, 'data')
  if (own(secret, 'type') !== recordType) return { problem: `it is not of the type ${recordType}` }
  const [packed, by] = [bytesOf(own(data, 'plan')), bytesOf(own(data, 'by'))]
  if (!packed || !by) return { problem: 'it has no plan, or does not say by whom' }
  const unpacked = unpack(packed)
  if ('problem' in unpacked) return unpacked
  const read = planOf(unpacked.value)
  if ('problem' in read) return { problem: `its plan is none: ${read.problem}` }
  const { id } = read.plan
  if (own(metadata, 'name') !== objectName(id) || own(own(metadata, 'labels'), planLabel) !== id) {
    return { problem: `it holds plan ${id}, and has the name or the label of another` }
  }
  return { plan: read.plan, by: by.toString('utf8').slice(0, 1024) }
}

function bytesOf(value: unknown): Buffer | undefined {
  return typeof value === 'string' ? Buffer.from(value, 'base64') : undefined
}

function unpack(packed: Buffer): { value: unknown } | { problem: string } {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(gunzipSync(packed, { maxOutputLength: maxUnpacked }))
    return { value: JSON.parse(text) as unknown }
  } catch (error) {
    return { problem: `its plan cannot be unpacked: ${error instanceof Error ? error.message : String(error)}` }
  }
}

function tooLarge(plan: Plan, packed: number, unpacked: number): SecureError {
  const sized = plan.changes.map((change) => ({ id: change.id, size: JSON.stringify(change).length }))
  const largest = sized.sort((a, b) => b.size - a.size).slice(0, 3)
  const size = `${Math.ceil(packed / 1024)} KiB packed, ${Math.ceil(unpacked / 1024)} KiB as it is`
  const names = largest.map(({ id, size }) => `${id} (${Math.ceil(size / 1024)} KiB)`).join(', ')
  return new SecureError(
    'usage',
    `plan ${plan.id} is too large for its record in the cluster, a Secret of at most 1 MiB: ${size}, ${plan.changes.length} changes, the largest ${names}`,
    { hint: 'Make it in parts: name fewer targets, or a narrower selector, each time.' },
  )
}
