import { docs, practices, takeAway, type Texts } from './texts.ts'

const notForApps = 'keep it from what runs in pods: who takes the pod over has it too'

/** Why the attack rules of pods and nodes matter, and what to do. */
export const workloadTexts = {
  'pod-create': {
    why: 'A new pod may run as any service account of the namespace and mount any of its secrets; without Pod Security it takes the node.',
    fix: 'leave creating workloads to one controller, and let the namespace enforce Pod Security',
    reference: `${practices}#workload-creation`,
  },
  'controller-write': {
    why: 'Whoever writes a controller writes its pods: any service account of the namespace, any secret, and the node without Pod Security.',
    fix: 'leave writing workloads to one controller, and let the namespace enforce Pod Security',
    reference: `${practices}#workload-creation`,
  },
  'pod-update': {
    why: 'The image of a running pod can be changed: code of their own with the rights that the pod has.',
    fix: 'take update and patch of pods away: controllers replace pods instead',
  },
  'ds-kube-system': {
    why: 'A DaemonSet of kube-system runs on every node, mostly with rights on it.',
    fix: 'take writing workloads in kube-system away',
  },
  exec: {
    why: 'A shell in a pod has its tokens and secrets. Up to 1.34 `get` is enough.',
    fix: notForApps,
  },
  attach: {
    why: 'Attaching to a container speaks to its process, a shell among them. Up to 1.34 `get` is enough.',
    fix: notForApps,
  },
  ephemeral: {
    why: 'A container that is added to a running pod shares what the pod has.',
    fix: notForApps,
  },
  'nodes-proxy': {
    why: "The kubelet's own API runs commands in every pod of its nodes, past admission and the audit log.",
    fix: 'take nodes/proxy away; metrics are had from nodes/metrics and nodes/stats',
    reference: `${practices}#access-to-proxy-subresource-of-nodes`,
  },
  'pod-steal': {
    why: 'Who ends pods and steers nodes makes pods, with their tokens, come up on the node of choice.',
    fix: 'separate those who drain nodes from those who change them',
  },
  'pod-binding': {
    why: 'Who binds pods to nodes decides where their tokens come to lie.',
    fix: 'keep pods/binding to the scheduler',
  },
  'pv-hostpath': {
    why: 'A PersistentVolume may be a path of the node, which Pod Security does not see.',
    fix: 'take create of persistentvolumes away: storage classes make them',
    reference: `${practices}#persistent-volume-creation`,
  },
  'pod-token': {
    why: 'The token of its account is mounted into the pod.',
    fix: 'set automountServiceAccountToken: false',
  },
  'pod-secret': { why: 'The pod has the secret.', fix: takeAway },
  'pod-escape': {
    why: 'What the pod is allowed of its node is root there, or close to it.',
    fix: 'take it out of the pod, and let the namespace enforce Pod Security',
    reference: `${docs}concepts/security/pod-security-standards/`,
  },
  'node-pods': { why: 'Who is root on a node has all its pods.', fix: takeAway },
  'node-identity': { why: 'Who is root on a node acts as its kubelet.', fix: takeAway },
  'node-control-plane': { why: 'A node of the control plane has the keys of the cluster.', fix: takeAway },
  'pid-sharing': {
    why: "Containers that share processes read each other's tokens.",
    fix: 'set shareProcessNamespace: false',
  },
} satisfies Record<string, Texts>
