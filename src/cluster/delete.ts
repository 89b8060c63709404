import { deletionOf, isObjectMissing } from './api-object.ts'
import type { Cluster, Request } from './cluster.ts'
import { getObject } from './get-object.ts'
import { settled, withQuery } from './write-request.ts'
import type { WriteOptions } from './write-request.ts'

/** What a delete holds to. Deleting an object of another uid or resourceVersion is a `conflict`. */
export type DeleteConditions = {
  /** Deletes this very object, never another one of its name. */
  uid: string
  resourceVersion?: string
  gracePeriodSeconds?: number
  propagationPolicy?: 'Orphan' | 'Background' | 'Foreground'
}

/**
 * Deletes one object, and never another one that took its name. `deleted`: it is no more. `terminating`: it is still there, for its
 * grace period or finalizers. `gone`: it was not there. Throws SecureError `conflict` when the name now has another uid or
 * resourceVersion. Needs `get` too, to tell the first two apart where the server does not say: without it, `terminating`.
 */
export async function deleteObject(
  cluster: Cluster,
  path: string,
  conditions: DeleteConditions,
  options: WriteOptions = {},
): Promise<'deleted' | 'terminating' | 'gone'> {
  // Seen on 1.34: the server ignores the dryRun of the query once there is a body. It is in the query for the transport.
  const body = { apiVersion: 'v1', kind: 'DeleteOptions', ...deleteOptions(conditions, options) }
  const request: Request = {
    method: 'DELETE',
    path: options.dryRun ? `${path}?dryRun=All` : path,
    body,
    onWarning: options.onWarning,
  }
  let answer: unknown
  try {
    answer = await settled(cluster.json(request))
  } catch (error) {
    if (isObjectMissing(error, path)) return 'gone'
    throw error
  }
  const said = deletionOf(answer)
  if (said !== 'unknown') return said
  if (options.dryRun) return 'deleted'
  // The object as it was: kinds differ in whether they send it back when it is already gone.
  const left = await getObject(cluster, path).catch(() => 'unknown' as const)
  return left === 'unknown' || left?.metadata.uid === conditions.uid ? 'terminating' : 'deleted'
}

/**
 * Asks for a pod to be evicted, which its disruption budgets may refuse (`too-many-requests`, with a cause `DisruptionBudget`). `evicted`: the
 * server agreed, and the pod may still be there for its grace period. `gone`: it was not there. Throws SecureError as {@link deleteObject}.
 */
export async function evictPod(
  cluster: Cluster,
  podPath: string,
  conditions: Omit<DeleteConditions, 'propagationPolicy'>,
  options: WriteOptions = {},
): Promise<'evicted' | 'gone'> {
  const [pod = '', , namespace = ''] = podPath.split('/').reverse()
  const body = {
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { name: decodeURIComponent(pod), namespace: decodeURIComponent(namespace) },
    deleteOptions: deleteOptions(conditions, options),
  }
  const path = withQuery(`${podPath}/eviction`, options)
  try {
    await cluster.request({ method: 'POST', path, body, onWarning: options.onWarning })
    return 'evicted'
  } catch (error) {
    if (isObjectMissing(error, podPath)) return 'gone'
    throw error
  }
}

function deleteOptions({ uid, resourceVersion, ...rest }: DeleteConditions, { dryRun }: WriteOptions): object {
  const preconditions = { uid, ...(resourceVersion !== undefined && { resourceVersion }) }
  return { ...rest, preconditions, ...(dryRun && { dryRun: ['All'] }) }
}
