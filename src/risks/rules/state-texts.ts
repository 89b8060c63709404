import { practices } from '../texts.ts'
import type { RiskInfo } from '../found.ts'

const docs = 'https://kubernetes.io/docs/'

export const stateInfos = {
  escape: {
    id: 'pod-escape',
    title: 'Takes its node, or close to it, from inside a pod',
    why: 'What the pod is allowed of its node is root there: all pods of the node, their tokens and secrets, and the node itself.',
    fix: 'take it out of the pod template, and let the namespace enforce Pod Security',
    reference: `${docs}concepts/security/pod-security-standards/`,
  },
  host: {
    id: 'pod-host',
    title: 'Shares with its node what others on it rely on',
    why: 'It is outside of network policies, or sees processes, memory or files of the node.',
    fix: 'take it out of the pod template, and let the namespace enforce Pod Security',
    reference: `${docs}concepts/security/pod-security-standards/`,
  },
  token: {
    id: 'pod-token',
    title: 'Runs with a token that leads further',
    why: 'Whoever gets code to run in the pod has the rights of its service account.',
    fix: 'give the account less, or set automountServiceAccountToken: false where the pod needs no API',
    reference: `${practices}#least-privilege`,
  },
  legacy: {
    id: 'legacy-token',
    title: 'Is a token of a service account that never ends',
    why: 'It is good until the secret is deleted, from anywhere, and whoever reads the secret has it.',
    fix: 'delete the secret once nothing uses it; pods get tokens that end by themselves',
    reference: `${docs}reference/access-authn-authz/service-accounts-admin/#manual-secret-management-for-serviceaccounts`,
  },
  ignoring: {
    id: 'webhook-ignore',
    title: 'Lets pods through whenever it does not answer',
    why: 'With failurePolicy Ignore, who makes the webhook fail or be slow gets past it.',
    fix: 'set failurePolicy: Fail, with a namespaceSelector that leaves out what the webhook itself needs',
    reference: `${docs}reference/access-authn-authz/extensible-admission-controllers/#failure-policy`,
  },
  unlabelled: {
    id: 'no-pod-security',
    title: 'Lets pods that take the node be created by others',
    why: 'The namespace has no Pod Security label that refuses them, and somebody beside the control plane may create pods in it.',
    fix: 'label the namespace; dry-run first: it says which of the pods there would be refused',
    reference: `${docs}concepts/security/pod-security-admission/`,
  },
  cloud: {
    id: 'cloud-account',
    title: 'Acts as a role of the cloud',
    why: 'Whoever acts as the service account acts as that role too, outside of what RBAC says.',
    fix: 'let the trust policy of the role name this account alone, and keep others from creating pods beside it',
    reference: practices,
  },
} satisfies Record<string, RiskInfo>
