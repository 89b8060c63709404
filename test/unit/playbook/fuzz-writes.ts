import type { Change, Plan } from '../../../src/change/plan.ts'
import type { Request } from '../../../src/cluster/cluster.ts'
import { collectionPath, objectPath } from '../../../src/cluster/object-path.ts'

/** Writes that no plan names which was shown and confirmed; the record of a change, which is ours, aside. In words. */
export function unplanned(requests: readonly Request[], plans: readonly Plan[], stateNamespace: string): string[] {
  const changes = plans.flatMap((plan) => plan.changes)
  return requests.flatMap((request) => {
    const isNamed = changes.some((change) => isOf(request, change))
    return isNamed || (plans.length > 0 && isOfRecord(request, stateNamespace))
      ? []
      : [`no plan that was confirmed has ${request.method} ${request.path}`]
  })
}

// As it is made, read back, settled and taken away again: a change touches its own object alone.
function isOf({ method, path, body }: Request, { ref, ...change }: Change): boolean {
  const [place = ''] = path.split('?')
  const own = objectPath(ref)
  if (method === 'EXEC') return change.do === 'create' && place === `${own}/exec`
  if (change.do === 'create') {
    const made = (body as { metadata?: { name?: unknown } } | undefined)?.metadata?.name
    return (
      (method === 'POST' && place === collectionPath(ref) && made === ref.name) ||
      (method === 'DELETE' && place === own)
    )
  }
  if (change.do === 'delete') return method === 'DELETE' && place === own
  if (change.do === 'evict') return method === 'POST' && place === `${own}/eviction`
  if (change.do === 'scale') return ['PATCH', 'PUT'].includes(method ?? '') && [own, `${own}/scale`].includes(place)
  if (change.do === 'subresource') return method === 'PATCH' && place === `${own}/${change.subresource}`
  return method === 'PATCH' && place === own
}

function isOfRecord({ path, body }: Request, namespace: string): boolean {
  const [place = ''] = path.split('?')
  if (place === '/api/v1/namespaces') return (body as { metadata: { name: string } }).metadata.name === namespace
  return ['/api/v1', '/apis/coordination.k8s.io/v1'].some((base) =>
    place.startsWith(`${base}/namespaces/${namespace}/`),
  )
}
