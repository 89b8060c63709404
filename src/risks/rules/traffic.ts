import { practices } from '../texts.ts'
import type { GrantRule } from './grant-rule.ts'
import { change, powers, write, writeOrDelete } from './powers.ts'

const docs = 'https://kubernetes.io/docs/'

/** Rights over what goes where: past policies, or by another way. */
export const trafficRules: GrantRule[] = [
  {
    id: 'portforward',
    title: 'Reaches ports of pods through the API server',
    why: 'Such connections come from the node or the API server, so NetworkPolicies and our isolation may not hold them.',
    fix: 'take pods/portforward, pods/proxy and services/proxy away',
    reference: `${docs}concepts/services-networking/network-policies/#what-you-can-t-do-with-network-policies-at-least-not-yet`,
    wants: [
      ...powers({ resources: ['pods/portforward'], verbs: ['create', 'get'] }),
      ...powers({ resources: ['pods/proxy', 'services/proxy'], verbs: ['get', 'create', 'update', 'patch', 'delete'] }),
    ],
    severity: { cluster: 'medium', namespace: 'low' },
  },
  {
    id: 'netpol-write',
    title: 'Changes network policies',
    why: 'Who writes or deletes policies opens what they close: isolation and lockdown are undone by it.',
    fix: 'leave network policies to those who run the cluster',
    reference: `${docs}concepts/services-networking/network-policies/`,
    wants: [
      ...powers({ group: 'networking.k8s.io', resources: ['networkpolicies'], verbs: writeOrDelete }),
      ...powers({
        group: 'policy.networking.k8s.io',
        resources: ['adminnetworkpolicies', 'baselineadminnetworkpolicies', 'clusternetworkpolicies'],
        verbs: writeOrDelete,
        isClusterScoped: true,
      }),
      ...['projectcalico.org', 'crd.projectcalico.org'].flatMap((group) => [
        ...powers({ group, resources: ['networkpolicies', 'stagednetworkpolicies'], verbs: writeOrDelete }),
        ...powers({
          group,
          resources: ['globalnetworkpolicies', 'tiers', 'hostendpoints', 'globalnetworksets'],
          verbs: writeOrDelete,
          isClusterScoped: true,
        }),
      ]),
      ...powers({ group: 'cilium.io', resources: ['ciliumnetworkpolicies'], verbs: writeOrDelete }),
      ...powers({
        group: 'cilium.io',
        resources: ['ciliumclusterwidenetworkpolicies', 'ciliumcidrgroups'],
        verbs: writeOrDelete,
        isClusterScoped: true,
      }),
    ],
    severity: { cluster: 'high', namespace: 'medium' },
  },
  {
    id: 'service-mitm',
    title: 'Draws traffic of others to itself',
    why: 'A Service with externalIPs, an address in its status, or endpoints that are written by hand take traffic that was meant for others (CVE-2020-8554).',
    fix: 'take writing of services/status, endpoints and endpointslices away; refuse externalIPs by admission',
    reference: 'https://github.com/kubernetes/kubernetes/issues/97076',
    wants: [
      ...powers({ resources: ['services', 'endpoints'], verbs: write }),
      ...powers({ resources: ['services/status', 'pods/status'], verbs: change }),
      ...powers({ group: 'discovery.k8s.io', resources: ['endpointslices'], verbs: write }),
    ],
    severity: { cluster: 'medium', namespace: 'low' },
  },
  {
    id: 'apiservice',
    title: 'Answers for a part of the API itself',
    why: 'An APIService takes all requests of an API group, with who sent them, to an address of choice.',
    fix: 'take writing of apiservices away',
    reference: `${docs}concepts/extend-kubernetes/api-extension/apiserver-aggregation/`,
    wants: powers({ group: 'apiregistration.k8s.io', resources: ['apiservices'], verbs: write, isClusterScoped: true }),
    severity: { cluster: 'high' },
  },
  {
    id: 'crd-conversion',
    title: 'Sees and changes custom resources as they are read',
    why: 'A CustomResourceDefinition may name a webhook that converts every object of its kind, on each reading and writing.',
    fix: 'take update and patch of customresourcedefinitions away',
    reference: `${docs}tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/#webhook-conversion`,
    wants: powers({
      group: 'apiextensions.k8s.io',
      resources: ['customresourcedefinitions'],
      verbs: change,
      isClusterScoped: true,
    }),
    severity: { cluster: 'medium' },
  },
  {
    id: 'system-config',
    title: 'Changes the configuration in kube-system',
    why: 'ConfigMaps there say how names are resolved (coredns) and who may log in (aws-auth).',
    fix: 'take writing of configmaps in kube-system away',
    reference: practices,
    wants: powers({ resources: ['configmaps'], verbs: change }),
    namespaces: ['kube-system'],
    names: ['coredns', 'coredns-custom', 'aws-auth', 'kube-proxy', 'kubeadm-config', 'kubelet-config'],
    severity: { cluster: 'high', namespace: 'high' },
  },
]
