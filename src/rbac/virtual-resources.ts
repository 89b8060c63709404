/**
 * Resources that exist only as words in RBAC rules: discovery never lists them, the authorizer is asked of them.
 * Sources: apiserver impersonation filter (users, groups, uids, userextras; the first two in the core group),
 * certificates approval and signing admission (signers), PodSecurityPolicy and OpenShift's SCC (use).
 */
export type VirtualResource = { group: string; resource: string; verbs: string[]; namespacedChecks: boolean }

export const virtualResources: VirtualResource[] = [
  { group: '', resource: 'users', verbs: ['impersonate'], namespacedChecks: false },
  { group: '', resource: 'groups', verbs: ['impersonate'], namespacedChecks: false },
  { group: 'authentication.k8s.io', resource: 'uids', verbs: ['impersonate'], namespacedChecks: false },
  { group: 'authentication.k8s.io', resource: 'userextras', verbs: ['impersonate'], namespacedChecks: false },
  { group: 'certificates.k8s.io', resource: 'signers', verbs: ['approve', 'sign', 'attest'], namespacedChecks: false },
  { group: 'policy', resource: 'podsecuritypolicies', verbs: ['use'], namespacedChecks: true },
  { group: 'security.openshift.io', resource: 'securitycontextconstraints', verbs: ['use'], namespacedChecks: true },
]
