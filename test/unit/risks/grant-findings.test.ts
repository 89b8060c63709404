import { expect, test } from 'vitest'
import { clusterBinding, clusterRole, roleBinding, rule, user } from '../rbac/worlds.ts'
import { lines, risksIn, world } from './worlds.ts'

type Words = Parameters<typeof rule>[0]
const net = 'networking.k8s.io'
const admission = 'admissionregistration.k8s.io'
const rbac = 'rbac.authorization.k8s.io'

/** Findings of ann, who holds these rules in the whole cluster, or in a namespace. */
async function held(rules: Words[], namespace?: string): Promise<string[]> {
  const role = clusterRole('r', ...rules.map(rule))
  const rights = namespace
    ? { clusterRoles: [role], roleBindings: [roleBinding(namespace, 'b', 'r', user('ann'))] }
    : { clusterRoles: [role], clusterRoleBindings: [clusterBinding('b', 'r', user('ann'))] }
  // Of a cluster whose accounts may be roles of the cloud.
  const annotations = { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::1:role/x' }
  const found = lines(await risksIn(world(rights, { accounts: [{ namespace: 'cloud', name: 'x', annotations }] })))
  return found.filter((line) => line.includes('user:ann'))
}

// What is a finding, where it holds, and what is nearest to it and none (of that rule).
const cases: [rule: string, severity: string, is: Words[], isNot: Words[], namespace?: string][] = [
  [
    'portforward',
    'medium',
    [{ verbs: ['create'], resources: ['pods/portforward'] }],
    [{ verbs: ['create'], resources: ['portforward'] }],
  ],
  [
    'portforward',
    'low',
    [{ resources: ['services/proxy'] }],
    [{ verbs: ['watch'], resources: ['services/proxy'] }],
    'shop',
  ],
  [
    'netpol-write',
    'high',
    [{ verbs: ['delete'], apiGroups: [net], resources: ['networkpolicies'] }],
    [{ verbs: ['delete'], apiGroups: ['extensions'], resources: ['networkpolicies'] }],
  ],
  [
    'netpol-write',
    'high',
    [{ verbs: ['patch'], apiGroups: ['crd.projectcalico.org'], resources: ['globalnetworkpolicies'] }],
    [{ verbs: ['get'], apiGroups: ['crd.projectcalico.org'], resources: ['globalnetworkpolicies'] }],
  ],
  [
    'netpol-write',
    'medium',
    [{ verbs: ['update'], apiGroups: ['cilium.io'], resources: ['ciliumnetworkpolicies'] }],
    // Of no namespace: out of a RoleBinding's reach.
    [{ verbs: ['update'], apiGroups: ['cilium.io'], resources: ['ciliumclusterwidenetworkpolicies'] }],
    'shop',
  ],
  [
    'service-mitm',
    'medium',
    [{ verbs: ['create'], apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'] }],
    [{ verbs: ['create'], resources: ['endpointslices'] }],
  ],
  [
    'service-mitm',
    'low',
    [{ verbs: ['patch'], resources: ['services/status'] }],
    [{ verbs: ['delete'], resources: ['services'] }],
    'shop',
  ],
  [
    'apiservice',
    'high',
    [{ verbs: ['create'], apiGroups: ['apiregistration.k8s.io'], resources: ['apiservices'] }],
    [{ verbs: ['delete'], apiGroups: ['apiregistration.k8s.io'], resources: ['apiservices'] }],
  ],
  [
    'crd-conversion',
    'medium',
    [{ verbs: ['patch'], apiGroups: ['apiextensions.k8s.io'], resources: ['customresourcedefinitions'] }],
    [{ verbs: ['create'], apiGroups: ['apiextensions.k8s.io'], resources: ['customresourcedefinitions'] }],
  ],
  [
    'system-config',
    'high',
    [{ verbs: ['update'], resources: ['configmaps'], resourceNames: ['coredns'] }],
    [{ verbs: ['update'], resources: ['configmaps'], resourceNames: ['mine'] }],
    'kube-system',
  ],
  [
    'system-config',
    'high',
    [{ verbs: ['patch'], resources: ['configmaps'] }],
    [{ verbs: ['get'], resources: ['configmaps'] }],
  ],
  [
    'covered-bind',
    'medium',
    [{ verbs: ['create'], apiGroups: [rbac], resources: ['clusterrolebindings'] }],
    [{ verbs: ['delete'], apiGroups: [rbac], resources: ['clusterrolebindings'] }],
  ],
  [
    'half-escalation',
    'low',
    [{ verbs: ['impersonate'], resources: ['groups'] }],
    [{ verbs: ['impersonate'], apiGroups: ['apps'], resources: ['groups'] }],
  ],
  [
    'half-escalation',
    'low',
    [{ verbs: ['escalate'], apiGroups: [rbac], resources: ['clusterroles'] }],
    [{ verbs: ['escalate'], resources: ['clusterroles'] }],
  ],
  [
    'ns-label',
    'high',
    [{ verbs: ['patch'], resources: ['namespaces'] }],
    [{ verbs: ['create'], resources: ['namespaces'] }],
  ],
  [
    'policy-write',
    'high',
    [{ verbs: ['delete'], apiGroups: [admission], resources: ['mutatingwebhookconfigurations'] }],
    [{ verbs: ['list'], apiGroups: [admission], resources: ['mutatingwebhookconfigurations'] }],
  ],
  [
    'policy-write',
    'high',
    [{ verbs: ['update'], apiGroups: [admission], resources: ['validatingadmissionpolicybindings'] }],
    [{ verbs: ['update'], resources: ['validatingadmissionpolicybindings'] }],
  ],
  [
    'cloud-sa',
    'low',
    [{ verbs: ['patch'], resources: ['serviceaccounts'] }, { verbs: ['create'] }],
    [{ verbs: ['patch'], resources: ['serviceaccounts'] }],
    'shop',
  ],
  ['node-disclosure', 'medium', [{ resources: ['nodes/log'] }], [{ resources: ['nodes/metrics'] }]],
  [
    'csr-sign',
    'high',
    [
      { verbs: ['sign'], apiGroups: ['certificates.k8s.io'], resources: ['signers'] },
      { verbs: ['update'], apiGroups: ['certificates.k8s.io'], resources: ['certificatesigningrequests/status'] },
    ],
    [{ verbs: ['sign'], apiGroups: ['certificates.k8s.io'], resources: ['signers'] }],
  ],
  [
    'anti-forensics',
    'medium',
    [{ verbs: ['deletecollection'], resources: ['events'] }],
    [{ verbs: ['create'], resources: ['events'] }],
  ],
  [
    'lease-write',
    'medium',
    [{ verbs: ['delete'], apiGroups: ['coordination.k8s.io'], resources: ['leases'] }],
    [{ verbs: ['get'], apiGroups: ['coordination.k8s.io'], resources: ['leases'] }],
    'kube-node-lease',
  ],
]

test.each(cases)('%s (%s)', async (name, severity, is, isNot, namespace) => {
  const scope = namespace ?? '*'
  const attack = `${name} user:ann`
  expect(await held(is, namespace)).toContainEqual(
    expect.stringMatching(new RegExp(`^${name} user:ann .* ${severity}$`)),
  )
  expect((await held(isNot, namespace)).filter((line) => line.startsWith(attack))).toEqual([])
  // What is of one namespace is nothing in another.
  if (name === 'lease-write' || name === 'system-config') {
    expect((await held(is, 'shop')).filter((line) => line.startsWith(attack))).toEqual([])
  } else expect(scope).toBeDefined()
})

test('what the attack graph says of a subject is not said again by what it has beside it', async () => {
  const both = await held([
    { verbs: ['bind'], apiGroups: [rbac], resources: ['clusterroles'] },
    { verbs: ['create'], apiGroups: [rbac], resources: ['clusterrolebindings'] },
  ])
  expect(both.filter((line) => /^(covered-bind|half-escalation)/.test(line))).toEqual([])
  expect(both.some((line) => line.startsWith('bind '))).toBe(true)
})
