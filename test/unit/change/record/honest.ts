import { markEdit } from '../../../../src/change/lockdown-mark.ts'
import { type Change, drillNamespace, objectName, planLabel, quarantineLabel } from '../../../../src/change/plan.ts'
import { plan, planId } from '../journal/plans.ts'

const pod = { apiVersion: 'v1', kind: 'Pod', resource: 'pods', namespace: 'shop', name: 'api-0', uid: 'aaaa-1' }
const policyRef = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  resource: 'networkpolicies',
  namespace: 'shop',
  name: objectName(planId),
}

/** Changes as the tool makes them, each of which undo can take back by a record. */
export const honest = {
  deny: {
    id: 'deny-1',
    do: 'create',
    why: 'cuts off',
    ref: policyRef,
    body: {
      apiVersion: policyRef.apiVersion,
      kind: policyRef.kind,
      metadata: { name: policyRef.name, namespace: 'shop', labels: { [planLabel]: planId } },
      spec: { podSelector: {} },
    },
  },
  drill: {
    id: 'namespace',
    do: 'create',
    why: 'a namespace for the drill alone',
    ref: { apiVersion: 'v1', kind: 'Namespace', resource: 'namespaces', name: drillNamespace(planId) },
    body: {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: drillNamespace(planId), labels: { [planLabel]: planId } },
    },
  },
  label: {
    id: 'label-1',
    do: 'patch',
    why: 'has the policy select the pod',
    ref: pod,
    edits: [
      { path: ['metadata', 'labels', quarantineLabel(planId)], after: 'true', restore: 'always' },
      { path: ['metadata', 'annotations', 'karpenter.sh/do-not-disrupt'], after: 'true', restore: 'always' },
    ],
  },
  strip: {
    id: 'strip-1',
    do: 'patch',
    why: 'takes it out of Services',
    ref: pod,
    edits: [
      { path: ['metadata', 'labels', 'app'], before: 'api', restore: 'unquarantined' },
      { path: ['metadata', 'labels', 'pod-template-hash'], before: '7d4b9', restore: 'on-request' },
    ],
  },
  cordon: {
    id: 'cordon-1',
    do: 'patch',
    why: 'no new pod',
    ref: { apiVersion: 'v1', kind: 'Node', resource: 'nodes', name: 'node-1', uid: 'bbbb-1' },
    edits: [{ path: ['spec', 'unschedulable'], after: true, restore: 'always' }],
  },
  suspend: {
    id: 'suspend-1',
    do: 'patch',
    why: 'no further job',
    ref: {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      resource: 'cronjobs',
      namespace: 'shop',
      name: 'nightly',
      uid: 'cccc-1',
    },
    edits: [{ path: ['spec', 'suspend'], before: false, after: true, restore: 'always' }],
  },
  revoke: {
    id: 'revoke-1',
    do: 'patch',
    why: 'the account may no more',
    ref: {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      resource: 'rolebindings',
      namespace: 'shop',
      name: 'system:readers',
      uid: 'dddd-1',
    },
    edits: [
      {
        path: ['subjects'],
        item: { kind: 'ServiceAccount', name: 'api', namespace: 'shop' },
        how: 'remove',
        restore: 'always',
      },
    ],
  },
  token: {
    id: 'token-1',
    do: 'patch',
    why: 'the legacy token ends',
    ref: { apiVersion: 'v1', kind: 'Secret', resource: 'secrets', namespace: 'shop', name: 'api-token', uid: 'eeee-1' },
    edits: [
      {
        path: ['metadata', 'labels', 'kubernetes.io/legacy-token-invalid-since'],
        after: '2025-03-04',
        restore: 'always',
      },
    ],
  },
  guard: {
    id: 'n1-pods-labels',
    do: 'patch',
    why: 'refuses pods',
    ref: { apiVersion: 'v1', kind: 'Namespace', resource: 'namespaces', name: 'shop', uid: 'gggg-1' },
    edits: [
      {
        path: ['metadata', 'labels', 'pod-security.kubernetes.io/enforce'],
        before: 'baseline',
        after: 'restricted',
        restore: 'always',
      },
      markEdit(planId, '2026-01-02T03:04:05.000Z', ['pod-security.kubernetes.io/enforce']),
    ],
  },
  automount: {
    id: 'n1-tokens-default',
    do: 'patch',
    why: 'no token',
    ref: {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      resource: 'serviceaccounts',
      namespace: 'shop',
      name: 'default',
      uid: 'hhhh-1',
    },
    edits: [{ path: ['automountServiceAccountToken'], after: false, restore: 'always' }],
  },
  scale: {
    id: 'scale-1',
    do: 'scale',
    why: 'no more of them',
    ref: {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      resource: 'deployments',
      namespace: 'shop',
      name: 'api',
      uid: 'ffff-1',
    },
    before: 3,
    after: 0,
  },
} as const satisfies Record<string, Change>

export const honestPlan = plan(structuredClone(Object.values(honest)))
export const here = { clusterId: honestPlan.cluster.id, stateNamespace: 'kubectl-secure' }
