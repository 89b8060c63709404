import { practices } from '../texts.ts'
import { cloudRoles } from './cloud.ts'
import type { GrantRule } from './grant-rule.ts'
import { change, powers, write } from './powers.ts'

const rbac = 'rbac.authorization.k8s.io'

/** Rights over who somebody is and what they hold. */
export const identityRules: GrantRule[] = [
  {
    id: 'covered-bind',
    title: 'Gives its own rights to others',
    why: 'Who writes bindings shares what it has itself, no more: an intruder leaves a second way in by it.',
    fix: 'leave writing bindings to those who run the cluster',
    reference:
      'https://kubernetes.io/docs/reference/access-authn-authz/rbac/#restrictions-on-role-binding-creation-or-update',
    wants: [
      ...powers({ group: rbac, resources: ['rolebindings'], verbs: write }),
      ...powers({ group: rbac, resources: ['clusterrolebindings'], verbs: write, isClusterScoped: true }),
    ],
    severity: { cluster: 'medium', namespace: 'low' },
    unless: ['bind'],
  },
  {
    id: 'half-escalation',
    title: 'Has one half of an escalation, which gives nothing alone',
    why: 'The API server refuses bind and escalate without a right to write bindings or roles, and groups alone cannot be impersonated: one more grant makes it whole.',
    fix: 'take the half away: it is of no use',
    reference: `${practices}#privilege-escalation-risks`,
    wants: [
      ...powers({ group: rbac, resources: ['clusterroles'], verbs: ['bind', 'escalate'], isClusterScoped: true }),
      ...powers({ group: rbac, resources: ['roles'], verbs: ['bind', 'escalate'] }),
      ...powers({ resources: ['groups'], verbs: ['impersonate'], isClusterScoped: true }),
    ],
    severity: { cluster: 'low', namespace: 'low' },
    unless: ['bind', 'escalate', 'imp-group', 'imp-user'],
  },
  {
    id: 'csr-sign',
    title: 'Signs certificates for a signer of the cluster',
    why: 'Who signs writes certificates of any name, as far as it has a key that is trusted.',
    fix: 'take `sign` of the signer away',
    reference: `${practices}#csrs-and-certificate-issuing`,
    wants: powers({ group: 'certificates.k8s.io', resources: ['signers'], verbs: ['sign'], isClusterScoped: true }),
    besides: powers({
      group: 'certificates.k8s.io',
      resources: ['certificatesigningrequests/status'],
      verbs: change,
      isClusterScoped: true,
    }),
    severity: { cluster: 'high' },
    unless: ['csr-sign'],
  },
  {
    id: 'cloud-sa',
    title: 'Makes a service account a role of the cloud, and runs as it',
    why: 'An annotation names the role; whether the cloud gives it to the account, its trust policy says, which is not seen here.',
    fix: 'take writing of serviceaccounts away, and let the trust policy of each role name its account',
    reference: practices,
    wants: powers({ resources: ['serviceaccounts'], verbs: write }),
    besides: powers({ resources: ['pods', 'serviceaccounts/token'], verbs: ['create'] }),
    severity: { cluster: 'medium', namespace: 'low' },
    when: ({ state }) =>
      state.accounts.some(({ annotations }) => cloudRoles.some((key) => annotations[key] !== undefined)),
    unless: ['cloud-sa'],
  },
]
