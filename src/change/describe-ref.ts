import { groupOf } from '../cluster/object-path.ts'
import type { ObjectRef } from './plan.ts'

/** An object as people read it: `networkpolicies.networking.k8s.io kubectl-secure-… in shop`. */
export function describeRef({ apiVersion, resource, namespace, name }: ObjectRef): string {
  const group = groupOf(apiVersion)
  const type = group === '' ? resource : `${resource}.${group}`
  return `${type} ${name}${namespace === undefined ? '' : ` in namespace ${namespace}`}`
}
