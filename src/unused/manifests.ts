import type { Binding, PolicyRule, Role, Subject } from '../snapshot/objects.ts'
import type { Narrowed } from './narrow.ts'

const group = 'rbac.authorization.k8s.io'
const apiVersion = `${group}/v1`

/** The objects to `kubectl apply`, and those to `kubectl delete` after that; roles come before what refers to them. */
export function manifestsOf({ roles, bindings, removed }: Narrowed): { apply: object[]; remove: object[] } {
  return { apply: [...roles.map(roleObject), ...bindings.map(bindingObject)], remove: removed.map(headOf) }
}

function roleObject(role: Role): object {
  return { ...headOf(role), rules: role.rules.map(ruleObject) }
}

function bindingObject(binding: Binding): object {
  const { roleRef, subjects } = binding
  return { ...headOf(binding), roleRef: { apiGroup: group, ...roleRef }, subjects: subjects.map(subjectObject) }
}

function headOf(object: Role | Binding): object {
  const { kind, name, namespace } = object
  // Of other objects labels are not read; `kubectl apply` leaves what it does not know.
  const labels = 'labels' in object && Object.keys(object.labels).length > 0 ? { labels: object.labels } : {}
  return { apiVersion, kind, metadata: { name, ...(namespace !== undefined && { namespace }), ...labels } }
}

// Lists that are empty are left out: a rule for URLs has no resources.
function ruleObject(rule: PolicyRule): object {
  return Object.fromEntries(Object.entries(rule).filter(([, list]) => list.length > 0))
}

function subjectObject({ kind, name, namespace }: Subject): object {
  return {
    kind,
    ...(kind !== 'ServiceAccount' && { apiGroup: group }),
    name,
    ...(namespace !== undefined && { namespace }),
  }
}
