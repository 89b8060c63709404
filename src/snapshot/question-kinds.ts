/** A type of objects; its version is the one that discovery prefers. */
export type QuestionKind = { group: string; resource: string; kind: string }

const rbacGroup = 'rbac.authorization.k8s.io'
export const podKind: QuestionKind = { group: '', resource: 'pods', kind: 'Pod' }
const namespaceKind: QuestionKind = { group: '', resource: 'namespaces', kind: 'Namespace' }
export const serviceAccountKind: QuestionKind = { group: '', resource: 'serviceaccounts', kind: 'ServiceAccount' }

/** What every question on rights reads; namespaces, where it may not list all of them at once and to say that one is not there. */
export const rbacKinds: readonly QuestionKind[] = [
  { group: rbacGroup, resource: 'clusterroles', kind: 'ClusterRole' },
  { group: rbacGroup, resource: 'clusterrolebindings', kind: 'ClusterRoleBinding' },
  { group: rbacGroup, resource: 'roles', kind: 'Role' },
  { group: rbacGroup, resource: 'rolebindings', kind: 'RoleBinding' },
  namespaceKind,
]

/** Policies of every kind that is understood. Calico serves the same objects under both of its groups. */
export const policyKinds: readonly QuestionKind[] = [
  { group: 'networking.k8s.io', resource: 'networkpolicies', kind: 'NetworkPolicy' },
  { group: 'policy.networking.k8s.io', resource: 'adminnetworkpolicies', kind: 'AdminNetworkPolicy' },
  { group: 'policy.networking.k8s.io', resource: 'baselineadminnetworkpolicies', kind: 'BaselineAdminNetworkPolicy' },
  { group: 'policy.networking.k8s.io', resource: 'clusternetworkpolicies', kind: 'ClusterNetworkPolicy' },
  ...['crd.projectcalico.org', 'projectcalico.org'].flatMap((group) => [
    { group, resource: 'networkpolicies', kind: 'NetworkPolicy' },
    { group, resource: 'globalnetworkpolicies', kind: 'GlobalNetworkPolicy' },
    { group, resource: 'tiers', kind: 'Tier' },
    { group, resource: 'networksets', kind: 'NetworkSet' },
    { group, resource: 'globalnetworksets', kind: 'GlobalNetworkSet' },
    { group, resource: 'hostendpoints', kind: 'HostEndpoint' },
  ]),
  { group: 'cilium.io', resource: 'ciliumnetworkpolicies', kind: 'CiliumNetworkPolicy' },
  { group: 'cilium.io', resource: 'ciliumclusterwidenetworkpolicies', kind: 'CiliumClusterwideNetworkPolicy' },
]

/** What questions on the network read, in the order in which they do. */
export const networkKinds: readonly QuestionKind[] = [
  podKind,
  namespaceKind,
  { group: '', resource: 'nodes', kind: 'Node' },
  serviceAccountKind,
  ...policyKinds,
]

/** An object that a question reads by its name. */
export type QuestionObject = { group: string; resource: string; namespace: string; name: string }

/** It can tell Cilium to enforce nothing. */
export const ciliumConfig: QuestionObject = {
  group: '',
  resource: 'configmaps',
  namespace: 'kube-system',
  name: 'cilium-config',
}

const gatewayGroup = 'gateway.networking.k8s.io'
const monitoringGroup = 'monitoring.coreos.com'

/** What declares connections, wherever in the cluster it is: a lockdown lets through what these say. */
export const declaringKinds: readonly QuestionKind[] = [
  { group: '', resource: 'services', kind: 'Service' },
  { group: 'discovery.k8s.io', resource: 'endpointslices', kind: 'EndpointSlice' },
  { group: 'networking.k8s.io', resource: 'ingresses', kind: 'Ingress' },
  { group: 'networking.k8s.io', resource: 'ingressclasses', kind: 'IngressClass' },
  { group: gatewayGroup, resource: 'gateways', kind: 'Gateway' },
  { group: gatewayGroup, resource: 'httproutes', kind: 'HTTPRoute' },
  { group: gatewayGroup, resource: 'grpcroutes', kind: 'GRPCRoute' },
  { group: gatewayGroup, resource: 'tlsroutes', kind: 'TLSRoute' },
  { group: gatewayGroup, resource: 'tcproutes', kind: 'TCPRoute' },
  { group: gatewayGroup, resource: 'udproutes', kind: 'UDPRoute' },
  {
    group: 'admissionregistration.k8s.io',
    resource: 'validatingwebhookconfigurations',
    kind: 'ValidatingWebhookConfiguration',
  },
  {
    group: 'admissionregistration.k8s.io',
    resource: 'mutatingwebhookconfigurations',
    kind: 'MutatingWebhookConfiguration',
  },
  { group: 'apiregistration.k8s.io', resource: 'apiservices', kind: 'APIService' },
  { group: 'apiextensions.k8s.io', resource: 'customresourcedefinitions', kind: 'CustomResourceDefinition' },
  { group: monitoringGroup, resource: 'servicemonitors', kind: 'ServiceMonitor' },
  { group: monitoringGroup, resource: 'podmonitors', kind: 'PodMonitor' },
]

/** What has a pod template, beside pods. */
export const templateKinds: readonly QuestionKind[] = [
  { group: '', resource: 'replicationcontrollers', kind: 'ReplicationController' },
  { group: 'apps', resource: 'deployments', kind: 'Deployment' },
  { group: 'apps', resource: 'replicasets', kind: 'ReplicaSet' },
  { group: 'apps', resource: 'statefulsets', kind: 'StatefulSet' },
  { group: 'apps', resource: 'daemonsets', kind: 'DaemonSet' },
  { group: 'batch', resource: 'jobs', kind: 'Job' },
  { group: 'batch', resource: 'cronjobs', kind: 'CronJob' },
]

export const limitKinds: readonly QuestionKind[] = [
  { group: '', resource: 'limitranges', kind: 'LimitRange' },
  { group: '', resource: 'resourcequotas', kind: 'ResourceQuota' },
]

const admissionGroup = 'admissionregistration.k8s.io'

/** What of a cluster's state makes somebody more, beside rights (cluster-state.ts). Of secrets the metadata alone is read. */
export const stateKinds: readonly QuestionKind[] = [
  podKind,
  namespaceKind,
  serviceAccountKind,
  { group: '', resource: 'nodes', kind: 'Node' },
  { group: '', resource: 'secrets', kind: 'Secret' },
  { group: '', resource: 'persistentvolumes', kind: 'PersistentVolume' },
  ...templateKinds,
  { group: admissionGroup, resource: 'mutatingwebhookconfigurations', kind: 'MutatingWebhookConfiguration' },
  { group: admissionGroup, resource: 'validatingwebhookconfigurations', kind: 'ValidatingWebhookConfiguration' },
  { group: admissionGroup, resource: 'validatingadmissionpolicies', kind: 'ValidatingAdmissionPolicy' },
  { group: admissionGroup, resource: 'validatingadmissionpolicybindings', kind: 'ValidatingAdmissionPolicyBinding' },
  { group: 'apiextensions.k8s.io', resource: 'customresourcedefinitions', kind: 'CustomResourceDefinition' },
]

/** All that each question may read of a cluster; of rights, pods and service accounts only where the question is about them. */
export const questionKinds: Record<
  'who-can' | 'what-can' | 'can' | 'reach' | 'lockdown' | 'paths',
  readonly QuestionKind[]
> = {
  'who-can': [...rbacKinds, serviceAccountKind, podKind],
  'what-can': [...rbacKinds, serviceAccountKind, podKind],
  can: [...rbacKinds, serviceAccountKind, podKind],
  reach: networkKinds,
  // Beside these the ConfigMaps of the namespace, which a bundle has only where all kinds were collected.
  lockdown: [...networkKinds, ...rbacKinds, ...declaringKinds, ...templateKinds, ...limitKinds],
  paths: [...rbacKinds, ...stateKinds],
}

// What isolation's verdict and a reader of the case ask about beside the questions: who owns podKind, what sends clients to them and brings
// them back, and what else in the cluster acts on every request.
const aroundPods: readonly QuestionKind[] = [
  { group: '', resource: 'persistentvolumeclaims', kind: 'PersistentVolumeClaim' },
  { group: 'policy', resource: 'poddisruptionbudgets', kind: 'PodDisruptionBudget' },
  { group: 'autoscaling', resource: 'horizontalpodautoscalers', kind: 'HorizontalPodAutoscaler' },
  { group: 'autoscaling.k8s.io', resource: 'verticalpodautoscalers', kind: 'VerticalPodAutoscaler' },
]
const aroundRequests: readonly QuestionKind[] = [
  { group: 'certificates.k8s.io', resource: 'certificatesigningrequests', kind: 'CertificateSigningRequest' },
]

/** What a standard bundle has of lists: the union of what the questions read, and what is around it. Those that discovery has not are not there. */
export const standardKinds: readonly QuestionKind[] = [
  ...new Map(
    [...Object.values(questionKinds).flat(), ...aroundPods, ...aroundRequests].map((kind) => [
      `${kind.group}/${kind.resource}`,
      kind,
    ]),
  ).values(),
]

/** What a standard bundle has of single objects beside lists. */
export const standardObjects: readonly QuestionObject[] = [ciliumConfig]
