import { practices } from '../texts.ts'
import type { GrantRule } from './grant-rule.ts'
import { change, powers, writeOrDelete } from './powers.ts'

const docs = 'https://kubernetes.io/docs/'
const admission = 'admissionregistration.k8s.io'

/** Rights over what decides, watches and remembers. */
export const controlRules: GrantRule[] = [
  {
    id: 'ns-label',
    title: 'Changes the labels of namespaces',
    why: 'Pod Security, policies and lockdown are chosen by labels of the namespace: who changes them undoes these.',
    fix: 'take update and patch of namespaces away',
    reference: `${practices}#namespace-modification`,
    wants: powers({ resources: ['namespaces'], verbs: change, isClusterScoped: true }),
    severity: { cluster: 'high', namespace: 'medium' },
    unless: ['ns-label'],
  },
  {
    id: 'policy-write',
    title: 'Disarms admission',
    why: 'Who changes or deletes webhooks and admission policies lets through what they refuse; a validating webhook sees every object, secrets included.',
    fix: 'take writing and deleting of webhook configurations and admission policies away',
    reference: `${practices}#control-admission-webhooks`,
    wants: [
      ...powers({
        group: admission,
        resources: [
          'validatingwebhookconfigurations',
          'validatingadmissionpolicies',
          'validatingadmissionpolicybindings',
          'mutatingadmissionpolicies',
          'mutatingadmissionpolicybindings',
        ],
        verbs: writeOrDelete,
        isClusterScoped: true,
      }),
      ...powers({
        group: admission,
        resources: ['mutatingwebhookconfigurations'],
        verbs: ['delete', 'deletecollection'],
        isClusterScoped: true,
      }),
      ...['kyverno.io', 'policies.kyverno.io'].flatMap((group) => [
        ...powers({
          group,
          resources: ['clusterpolicies', 'validatingpolicies', 'mutatingpolicies'],
          verbs: writeOrDelete,
          isClusterScoped: true,
        }),
        ...powers({ group, resources: ['policies', 'policyexceptions'], verbs: writeOrDelete }),
      ]),
      ...powers({
        group: 'templates.gatekeeper.sh',
        resources: ['constrainttemplates'],
        verbs: writeOrDelete,
        isClusterScoped: true,
      }),
      ...powers({ group: 'constraints.gatekeeper.sh', resources: ['*'], verbs: writeOrDelete, isClusterScoped: true }),
    ],
    severity: { cluster: 'high', namespace: 'low' },
  },
  {
    id: 'node-disclosure',
    title: 'Reads from the kubelet what is in pods',
    why: "Logs of the node, the kubelet's configuration, all pods with their environment, and checkpoints with the memory of containers.",
    fix: 'take nodes/log, nodes/configz, nodes/pods and nodes/checkpoint away',
    reference: `${docs}reference/access-authn-authz/kubelet-authn-authz/`,
    wants: [
      ...powers({ resources: ['nodes/log', 'nodes/configz', 'nodes/pods'], verbs: ['get'], isClusterScoped: true }),
      ...powers({ resources: ['nodes/checkpoint'], verbs: ['create'], isClusterScoped: true }),
    ],
    severity: { cluster: 'medium' },
    unless: ['nodes-proxy'],
  },
  {
    id: 'anti-forensics',
    title: 'Deletes what tells what happened',
    why: 'Events tell what happened, and with a namespace all that is in it goes: what an investigation needs.',
    fix: 'take delete and deletecollection of events and namespaces away',
    reference: practices,
    wants: [
      ...powers({ resources: ['events'], verbs: ['delete', 'deletecollection'] }),
      ...powers({ group: 'events.k8s.io', resources: ['events'], verbs: ['delete', 'deletecollection'] }),
      ...powers({ resources: ['namespaces'], verbs: ['delete'], isClusterScoped: true }),
    ],
    severity: { cluster: 'medium', namespace: 'low' },
  },
  {
    id: 'lease-write',
    title: 'Stops controllers or nodes by their leases',
    why: 'Who takes the lease of a controller stops it; who deletes those of nodes makes them look dead.',
    fix: 'take writing of leases in kube-system and kube-node-lease away',
    reference: `${docs}concepts/architecture/leases/`,
    wants: powers({
      group: 'coordination.k8s.io',
      resources: ['leases'],
      verbs: ['update', 'patch', 'delete', 'deletecollection'],
    }),
    namespaces: ['kube-system', 'kube-node-lease'],
    severity: { cluster: 'medium', namespace: 'medium' },
  },
]
