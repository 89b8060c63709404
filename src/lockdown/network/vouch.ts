import { listAt, metaOf, type Raw, recordAt, specOf, statusOf, textAt, textsAt } from '../../isolation/raw.ts'
import { allowances } from '../../rbac/authorize.ts'
import { serviceAccountUser } from '../../rbac/identity.ts'
import { indexRbac, type RbacIndex } from '../../rbac/rbac-index.ts'
import type { Snapshot } from '../../snapshot/snapshot.ts'
import { selects } from '../../workload/label-selector.ts'
import { labelsSelector } from './ends.ts'
import { type Ground, labelsOf, serviceSelector } from './ground.ts'

type Right = { verb: string; group: string; resource: string; subresource?: string }

/** What a controller of Ingresses, and a Prometheus, must be allowed in a namespace to do their work. */
export const writesIngresses: Right = {
  verb: 'update',
  group: 'networking.k8s.io',
  resource: 'ingresses',
  subresource: 'status',
}
export const listsPods: Right = { verb: 'list', group: '', resource: 'pods' }

const indexes = new WeakMap<Snapshot, RbacIndex>()

/**
 * Whether the service account of a pod has a right in the namespace: the cluster's administrators, or the namespace, gave it that, and nobody who
 * can merely write where the pod is. What all accounts or all users have says nothing.
 */
export function mayHere({ scene, namespace }: Ground, right: Right): (pod: Raw) => boolean {
  const index = indexes.get(scene.rbac) ?? indexRbac(scene.rbac)
  indexes.set(scene.rbac, index)
  const request = { subresource: '', ...right, namespace, name: '' }
  return (pod) => {
    const { namespace: space } = metaOf(pod)
    const user = serviceAccountUser(space, textAt(specOf(pod), 'serviceAccountName') || 'default')
    return allowances(index, { user, groups: [`system:serviceaccounts:${space}`] }, request).length > 0
  }
}

/**
 * Whether a pod is behind a Service that has one of these addresses, as the status of an Ingress or a Gateway names them: the cluster
 * gives addresses to Services, and nobody can write one into his own.
 */
export function answersAt(ground: Ground, addresses: readonly string[]): (pod: Raw) => boolean {
  const wanted = new Set(addresses.filter((address) => address !== ''))
  const services =
    wanted.size === 0
      ? []
      : ground.declaring('/Service').filter((raw) => addressesOf(raw).some((one) => wanted.has(one)))
  return (pod) =>
    services.some((service) => {
      const selector = serviceSelector(service)
      const isThere = metaOf(service).namespace === metaOf(pod).namespace
      return isThere && selector !== undefined && selects(labelsSelector(selector), labelsOf(pod))
    })
}

/** What `status.loadBalancer` says of an object. */
export const balancedAt = (raw: Raw): string[] =>
  listAt(recordAt(statusOf(raw), 'loadBalancer'), 'ingress').flatMap((entry) => [
    textAt(entry, 'ip'),
    textAt(entry, 'hostname'),
  ])

function addressesOf(service: Raw): string[] {
  const spec = specOf(service)
  return [textAt(spec, 'clusterIP'), ...textsAt(spec, 'clusterIPs'), ...balancedAt(service)]
}
