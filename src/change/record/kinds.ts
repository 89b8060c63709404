import { drillNamespace, type ObjectRef, objectName } from '../plan.ts'

type Known = { resource: string; scope: 'namespace' | 'cluster' | 'state' }

/** What the tool creates, and so may delete again. `state`: in the state namespace alone. */
const made: Record<string, Known> = {
  'networking.k8s.io/v1 NetworkPolicy': { resource: 'networkpolicies', scope: 'namespace' },
  'policy.networking.k8s.io/v1alpha1 AdminNetworkPolicy': { resource: 'adminnetworkpolicies', scope: 'cluster' },
  'policy.networking.k8s.io/v1alpha2 ClusterNetworkPolicy': { resource: 'clusternetworkpolicies', scope: 'cluster' },
  'crd.projectcalico.org/v1 NetworkPolicy': { resource: 'networkpolicies', scope: 'namespace' },
  'crd.projectcalico.org/v1 GlobalNetworkPolicy': { resource: 'globalnetworkpolicies', scope: 'cluster' },
  'crd.projectcalico.org/v1 Tier': { resource: 'tiers', scope: 'cluster' },
  'projectcalico.org/v3 NetworkPolicy': { resource: 'networkpolicies', scope: 'namespace' },
  'projectcalico.org/v3 GlobalNetworkPolicy': { resource: 'globalnetworkpolicies', scope: 'cluster' },
  'projectcalico.org/v3 Tier': { resource: 'tiers', scope: 'cluster' },
  'cilium.io/v2 CiliumNetworkPolicy': { resource: 'ciliumnetworkpolicies', scope: 'namespace' },
  'cilium.io/v2 CiliumClusterwideNetworkPolicy': { resource: 'ciliumclusterwidenetworkpolicies', scope: 'cluster' },
  'v1 Namespace': { resource: 'namespaces', scope: 'cluster' },
  'v1 Pod': { resource: 'pods', scope: 'namespace' },
  'v1 LimitRange': { resource: 'limitranges', scope: 'namespace' },
  'v1 ResourceQuota': { resource: 'resourcequotas', scope: 'namespace' },
  'v1 Secret': { resource: 'secrets', scope: 'state' },
  'coordination.k8s.io/v1 Lease': { resource: 'leases', scope: 'state' },
}

/** What is others', and has a field that may be given back. */
const patched: Record<string, Known> = {
  'v1 Pod': { resource: 'pods', scope: 'namespace' },
  'v1 Secret': { resource: 'secrets', scope: 'namespace' },
  'v1 Node': { resource: 'nodes', scope: 'cluster' },
  'v1 Namespace': { resource: 'namespaces', scope: 'cluster' },
  'v1 ServiceAccount': { resource: 'serviceaccounts', scope: 'namespace' },
  'batch/v1 Job': { resource: 'jobs', scope: 'namespace' },
  'batch/v1 CronJob': { resource: 'cronjobs', scope: 'namespace' },
  'rbac.authorization.k8s.io/v1 RoleBinding': { resource: 'rolebindings', scope: 'namespace' },
  'rbac.authorization.k8s.io/v1 ClusterRoleBinding': { resource: 'clusterrolebindings', scope: 'cluster' },
}

const scaled: Record<string, Known> = {
  'v1 ReplicationController': { resource: 'replicationcontrollers', scope: 'namespace' },
  'apps/v1 Deployment': { resource: 'deployments', scope: 'namespace' },
  'apps/v1 ReplicaSet': { resource: 'replicasets', scope: 'namespace' },
  'apps/v1 StatefulSet': { resource: 'statefulsets', scope: 'namespace' },
}

const label = '[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?'
const namespaceName = new RegExp(`^${label}$`)
const objectNames = new RegExp(`^(?=.{1,253}$)[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$`)
// Source: IsValidPathSegmentName of apimachinery's api/validation/path, which is all that RBAC asks of names.
const rbacNames = /^(?!\.{1,2}$)[^/%]{1,253}$/u

/** Why an object of the plan is not one it could have made; undefined where it is. */
export function whyNotMade(ref: ObjectRef, planId: string, stateNamespace: string): string | undefined {
  const why = whyNotKnown(ref, made, stateNamespace)
  if (why !== undefined) return why
  // With a namespace goes all that is in it: of those only a drill's is ever made.
  const isRight =
    ref.kind === 'Namespace'
      ? ref.name === drillNamespace(planId) && ref.name !== stateNamespace
      : isOwnName(ref, planId)
  if (isRight) return undefined
  return `the tool never gives that name: ${JSON.stringify(ref.name)}`
}

/** Why no field of an object is ever given back; undefined where one may be. */
export function whyNotOthers(ref: ObjectRef, how: 'patch' | 'scale', stateNamespace: string): string | undefined {
  const why = whyNotKnown(ref, how === 'patch' ? patched : scaled, stateNamespace)
  if (why !== undefined) return why
  // The records of other plans are there, and no target ever is.
  if (ref.namespace === stateNamespace || (ref.kind === 'Namespace' && ref.name === stateNamespace))
    return 'nothing in the namespace of the records is anybody else’s to give back'
  const names = ref.apiVersion.startsWith('rbac.') ? rbacNames : objectNames
  return names.test(ref.name) ? undefined : `no such object can have the name ${JSON.stringify(ref.name)}`
}

function whyNotKnown(ref: ObjectRef, kinds: Record<string, Known>, stateNamespace: string): string | undefined {
  const key = `${ref.apiVersion} ${ref.kind}`
  const known = Object.hasOwn(kinds, key) ? kinds[key] : undefined
  if (!known || known.resource !== ref.resource) return `by a record nothing is done to ${ref.resource} (${key})`
  if (known.scope === 'cluster') return ref.namespace === undefined ? undefined : `${ref.resource} have no namespace`
  if (ref.namespace === undefined || !namespaceName.test(ref.namespace)) return 'its namespace cannot be one'
  if (known.scope === 'state' && ref.namespace !== stateNamespace)
    return `the tool makes ${ref.resource} in ${stateNamespace} alone`
  return undefined
}

// Calico has the name of the tier before that of a policy: the default one, or our own, in which all policies are ours.
function isOwnName({ apiVersion, kind, name }: ObjectRef, planId: string): boolean {
  const suffix = '[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?'
  const isTiered = apiVersion.includes('projectcalico.org/') && kind !== 'Tier'
  // Policies of a lockdown are called after workloads, in whose names dots may stand; in Calico's a dot ends the tier.
  const about = isTiered ? suffix : '[a-z0-9](?:[-.a-z0-9]{0,198}[a-z0-9])?'
  const own = `${objectName(planId)}(?:-${about})?`
  return new RegExp(isTiered ? `^(?:(?:default\\.)?${own}|${own}\\.${suffix})$` : `^${own}$`).test(name)
}
