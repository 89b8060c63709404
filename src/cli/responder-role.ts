import type { Json } from '../change/plan.ts'
import { recordRights, rolesFor } from '../change/rights.ts'
import { stateNamespaceBody } from '../change/record/namespace.ts'
import { questionKinds } from '../snapshot/question-kinds.ts'

type Fields = { [key: string]: Json }
type Rule = [group: string, resources: string[], verbs: string[]]

const read = ['get', 'list', 'watch']
const calico = 'crd.projectcalico.org'
const kubernetes = 'policy.networking.k8s.io'

// What isolate reads: the target, who owns it, what selects it, what may fight back, and who may lift it.
const reads: Rule[] = [
  [
    '',
    ['pods', 'services', 'namespaces', 'nodes', 'serviceaccounts', 'replicationcontrollers', 'persistentvolumeclaims'],
    read,
  ],
  ['', ['configmaps'], ['get']],
  ['', ['events', 'pods/log'], ['get', 'list']],
  ['apps', ['deployments', 'replicasets', 'statefulsets', 'daemonsets'], read],
  ['batch', ['jobs', 'cronjobs'], read],
  ['policy', ['poddisruptionbudgets'], ['list']],
  ['autoscaling', ['horizontalpodautoscalers'], ['list']],
  ['autoscaling.k8s.io', ['verticalpodautoscalers'], ['list']],
  ['networking.k8s.io', ['networkpolicies'], read],
  [kubernetes, ['adminnetworkpolicies', 'baselineadminnetworkpolicies', 'clusternetworkpolicies'], read],
  [
    calico,
    ['networkpolicies', 'globalnetworkpolicies', 'tiers', 'networksets', 'globalnetworksets', 'hostendpoints'],
    read,
  ],
  ['cilium.io', ['ciliumnetworkpolicies', 'ciliumclusterwidenetworkpolicies'], read],
  ['rbac.authorization.k8s.io', ['roles', 'rolebindings', 'clusterroles', 'clusterrolebindings'], ['get', 'list']],
]

// What it writes: labels of pods, policies of its own, canaries, what cuts live connections; and what stops replacements.
const writes: Rule[] = [
  ['', ['pods'], ['patch', 'create', 'delete']],
  ['', ['pods/ephemeralcontainers', 'nodes'], ['patch']],
  // Of its canaries; a role cannot name them, as their names are not known before.
  ['', ['pods/exec'], ['create', 'get']],
  ['networking.k8s.io', ['networkpolicies'], ['create', 'delete']],
  [kubernetes, ['adminnetworkpolicies', 'clusternetworkpolicies'], ['create', 'delete']],
  [calico, ['globalnetworkpolicies', 'tiers'], ['create', 'delete']],
  ['cilium.io', ['ciliumnetworkpolicies', 'ciliumclusterwidenetworkpolicies'], ['create', 'delete']],
  ['batch', ['jobs', 'cronjobs'], ['patch']],
]

// --revoke, and giving subjects back: `bind` is the right to give roles to anybody, and Secrets are listed for their heads alone.
const revoke: Rule[] = [
  ['rbac.authorization.k8s.io', ['rolebindings', 'clusterrolebindings'], ['patch']],
  ['rbac.authorization.k8s.io', ['roles', 'clusterroles'], ['bind']],
  ['', ['secrets'], ['get', 'list', 'patch']],
  ['authentication.k8s.io', ['tokenreviews'], ['create']],
]

// What lockdown reads, of which the declarations of connections are all over the cluster, and what it writes beside policies; its level
// quarantine takes what --revoke does, too.
const lockdown: Rule[] = [
  ...questionKinds.lockdown.map(({ group, resource }): Rule => [group, [resource], ['get', 'list']]),
  ['', ['configmaps'], ['list']],
  ['autoscaling', ['horizontalpodautoscalers'], ['list']],
  ['', ['namespaces', 'serviceaccounts'], ['patch']],
  ['', ['limitranges', 'resourcequotas'], ['create', 'delete']],
]

const name = 'kubectl-secure-responder'

/**
 * The whole role of a responder, for a quiet day: the namespace of the records, a Role in it, and three ClusterRoles, of which the second
 * is needed for --revoke alone, and the third, beside the first, for lockdown. Bindings are for whoever knows the responders.
 */
export function responderRoles(stateNamespace: string): Fields[] {
  const [role] = rolesFor(
    recordRights(stateNamespace)
      .map(({ attributes }) => attributes)
      .filter(({ resource }) => resource !== 'namespaces'),
    name,
  )
  const helper: Rule = ['', ['pods', 'pods/log'], ['get', 'list', 'watch', 'create', 'delete']]
  return [
    stateNamespaceBody(stateNamespace),
    ...(role ? [{ ...role, rules: [...(role['rules'] as Json[]), ruleOf(helper)] }] : []),
    clusterRole(name, [...reads, ...writes]),
    clusterRole(`${name}-revoke`, revoke),
    clusterRole(`${name}-lockdown`, lockdown),
  ]
}

function clusterRole(called: string, rules: Rule[]): Fields {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: called },
    rules: rules.map(ruleOf),
  }
}

function ruleOf([group, resources, verbs]: Rule): Json {
  return { apiGroups: [group], resources, verbs }
}
