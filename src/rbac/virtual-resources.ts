/**
 * Resources that exist only as words in RBAC rules: discovery never lists them, the authorizer is asked of them.
 * Sources: apiserver impersonation filter (users, groups, uids, userextras; the first two in the core group),
 * certificates approval and signing admission (signers), PodSecurityPolicy and OpenShift's SCC (use).
 */
export type VirtualResource = { group: string; resource: string }

export const virtualResources: VirtualResource[] = [
  { group: '', resource: 'users' },
  { group: '', resource: 'groups' },
  { group: 'authentication.k8s.io', resource: 'uids' },
  { group: 'authentication.k8s.io', resource: 'userextras' },
  { group: 'certificates.k8s.io', resource: 'signers' },
  { group: 'policy', resource: 'podsecuritypolicies' },
  { group: 'security.openshift.io', resource: 'securitycontextconstraints' },
]
