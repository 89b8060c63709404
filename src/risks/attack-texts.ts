import type { AttackRuleId } from '../attack/model.ts'
import { docs, practices, takeAway, type Texts } from './texts.ts'
import { workloadTexts } from './workload-texts.ts'

/** Why each attack rule matters to whoever runs a cluster, and what to do. */
export const attackTexts: Record<AttackRuleId, Texts> = {
  masters: {
    why: 'The group is allowed everything without RBAC being asked, and no change to RBAC takes that away.',
    fix: 'give out credentials of another group; certificates cannot be revoked, so the CA has to be changed',
  },
  wildcard: {
    why: 'It gives everything in its scope: by a rule of all verbs on all resources, which has whatever is added later too, or by all that the default admin role has.',
    fix: 'grant the verbs and resources that are used; `unused` finds them in an audit log',
    reference: `${practices}#least-privilege`,
  },
  bind: {
    why: 'Who may write bindings and `bind` a role gives that role to anybody, itself included, without having it.',
    fix: 'take `bind` away, or name in resourceNames the roles that may be given',
    reference: `${practices}#bind-verb`,
  },
  escalate: {
    why: 'Who may change a role and has `escalate` on it writes any right into it.',
    fix: 'take `escalate` away: writing roles needs it only to exceed the own rights',
    reference: `${practices}#escalate-verb`,
  },
  aggregate: {
    why: 'A label on a ClusterRole adds its rules to view, edit or admin: to everybody who holds one of these.',
    fix: 'take writing of clusterroles away',
    reference: `${docs}reference/access-authn-authz/rbac/#aggregated-clusterroles`,
  },
  'dangling-role': {
    why: 'A binding waits for a role that does not exist: who creates it decides what the binding gives.',
    fix: 'delete the binding that refers to no role',
  },
  'dangling-sa': {
    why: 'A binding waits for a service account that does not exist: who creates it has its rights.',
    fix: 'take the missing account out of the binding',
  },
  'imp-user': {
    why: 'Impersonation makes requests with the rights of others, and most logs then show the other.',
    fix: 'take `impersonate` away, or name in resourceNames whom it is for',
    reference: `${practices}#impersonate-verb`,
  },
  'imp-sa': {
    why: 'Impersonating a service account is to hold its rights, without a token.',
    fix: 'take `impersonate` away, or name in resourceNames whom it is for',
    reference: `${practices}#impersonate-verb`,
  },
  'imp-group': {
    why: 'With a user to impersonate, a group may be added: system:masters is allowed everything.',
    fix: 'take `impersonate` of groups away, or name in resourceNames which',
    reference: `${practices}#impersonate-verb`,
  },
  'imp-constrained': {
    why: 'Constrained impersonation (KEP-5284) makes the requests that it names with the rights of others.',
    fix: 'take it away, or name in resourceNames whom it is for',
    reference: `${practices}#impersonate-verb`,
  },
  'sa-token': {
    why: 'A token of a service account is its rights, for anybody who carries it away.',
    fix: 'take create of serviceaccounts/token away, or name the accounts in resourceNames',
    reference: `${practices}#token-request`,
  },
  'secret-read': {
    why: 'Secrets hold tokens and passwords; list and watch give their contents as get does.',
    fix: 'name the secrets in resourceNames, with get alone',
    reference: `${practices}#listing-secrets`,
  },
  'secret-mint': {
    why: 'A secret of the type service-account-token is filled with a token of any account of its namespace, that never ends.',
    fix: 'take either half away: creating secrets, or reading them',
    reference: `${practices}#listing-secrets`,
  },
  'bootstrap-token': {
    why: 'A secret in kube-system of the type bootstrap token is a credential to join nodes with.',
    fix: 'take creating secrets in kube-system away',
  },
  'csr-approve': {
    why: 'Who approves client certificates has any name signed, of any group but system:masters; they cannot be revoked.',
    fix: 'take `approve` of the signer or update of certificatesigningrequests/approval away',
    reference: `${practices}#csrs-and-certificate-issuing`,
  },
  'csr-sign': {
    why: 'Who signs for a signer of the cluster writes certificates of any name, as far as it has a key that is trusted.',
    fix: 'take `sign` of the signer away',
    reference: `${practices}#csrs-and-certificate-issuing`,
  },
  'csr-node': {
    why: 'Such requests of a kubelet are approved by themselves: it ends in the identity of a node.',
    fix: 'take create of certificatesigningrequests/nodeclient and selfnodeclient away',
    reference: `${practices}#csrs-and-certificate-issuing`,
  },
  'webhook-write': {
    why: 'A mutating webhook sees every object on its way, secrets included, and may put containers into pods.',
    fix: 'take writing of webhook configurations away',
    reference: `${practices}#control-admission-webhooks`,
  },
  'ns-label': {
    why: 'Pod Security, policies and lockdown are chosen by labels of the namespace: who changes them undoes these.',
    fix: 'take update and patch of namespaces away',
    reference: `${practices}#namespace-modification`,
  },
  'aws-auth': {
    why: 'The ConfigMap says which AWS roles are which groups: an entry makes an administrator.',
    fix: 'take writing of kube-system/aws-auth away, or move to access entries',
    reference: 'https://docs.aws.amazon.com/eks/latest/userguide/auth-configmap.html',
  },
  'operator-deputy': {
    why: 'A controller does with its own rights what its custom resources say.',
    fix: 'let only those write them who may do what the controller can, or narrow the controller',
  },
  'cloud-sa': {
    why: 'An annotation makes a service account a role of the cloud, as far as the cloud trusts it.',
    fix: 'take writing of serviceaccounts away, and let the trust policy of the role name its account',
  },
  ...workloadTexts,
  'admin-all': { why: 'It is part of the wider right.', fix: takeAway },
}
