import { type ObjectRef, objectName, planLabel } from '../plan.ts'
import { managedBy } from './record.ts'
import { own } from './shape.ts'

/** How long a lease is good for after it was last renewed: a responder who was cut off is waited for so long. */
export const leaseSeconds = 60

/** Where the lease of a plan is. */
export function leaseRef(planId: string, stateNamespace: string): ObjectRef {
  const apiVersion = 'coordination.k8s.io/v1'
  return { apiVersion, kind: 'Lease', resource: 'leases', namespace: stateNamespace, name: objectName(planId) }
}

/** The Lease that makes `holder` the only one who works on a plan. `now` is the server's time. */
export function recordLease(planId: string, stateNamespace: string, holder: string, now: Date) {
  const { apiVersion, kind, namespace, name } = leaseRef(planId, stateNamespace)
  return {
    apiVersion,
    kind,
    metadata: { name, namespace: namespace ?? '', labels: { ...managedBy, [planLabel]: planId } },
    spec: leaseSpec(holder, now, 0),
  }
}

export function leaseSpec(holder: string, now: Date, transitions: number) {
  return {
    holderIdentity: holder,
    leaseDurationSeconds: leaseSeconds,
    acquireTime: microTime(now),
    renewTime: microTime(now),
    leaseTransitions: transitions,
  }
}

/** The form of metav1.MicroTime, which takes no other number of digits. */
export function microTime(time: Date): string {
  return time.toISOString().replace('Z', '000Z')
}

/** What a Lease says. Hostile text. */
export type LeaseFacts = { holder: string; since: string; renewed: string; transitions: number; expires: number }

/** Who holds a lease; undefined where nobody does. One that does not say until when never expires by itself. */
export function leaseFacts(lease: unknown): LeaseFacts | undefined {
  const spec = own(lease, 'spec')
  const text = (key: string) => {
    const value = own(spec, key)
    return typeof value === 'string' ? value.slice(0, 300) : ''
  }
  const number = (key: string) => {
    const value = own(spec, key)
    return typeof value === 'number' ? value : Number.NaN
  }
  if (text('holderIdentity') === '') return undefined
  const expires = Date.parse(text('renewTime')) + number('leaseDurationSeconds') * 1000
  return {
    holder: text('holderIdentity'),
    since: text('acquireTime') || 'an unknown time',
    renewed: text('renewTime') || 'an unknown time',
    transitions: number('leaseTransitions') || 0,
    expires: Number.isNaN(expires) ? Number.POSITIVE_INFINITY : expires,
  }
}
