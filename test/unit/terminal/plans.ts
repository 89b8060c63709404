import type { Change, ExistingRef, Plan } from '../../../src/change/plan.ts'
import type { RunReport, RunStatus, StepReport } from '../../../src/change/reports.ts'

export const podRef: ExistingRef = {
  apiVersion: 'v1',
  kind: 'Pod',
  resource: 'pods',
  namespace: 'payments',
  name: 'api-0',
  uid: 'u-1',
}
const policy = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'kubectl-secure-bk4f-9xzt-2mwq', namespace: 'payments' },
}

/** One change of every kind. */
export const changes: Change[] = [
  {
    id: 'deny',
    do: 'create',
    why: 'denies all traffic of what this plan marks',
    ref: {
      apiVersion: policy.apiVersion,
      kind: 'NetworkPolicy',
      resource: 'networkpolicies',
      namespace: 'payments',
      name: policy.metadata.name,
    },
    body: policy,
  },
  {
    id: 'strip',
    do: 'patch',
    why: 'takes the pod out of every allowing policy',
    risk: 'Services stop sending it requests',
    gate: 'twin-blocked',
    ref: podRef,
    edits: [
      { path: ['metadata', 'labels', 'kubectl-secure.github.io/q-bk4f-9xzt-2mwq'], after: '', restore: 'always' },
      { path: ['metadata', 'labels', 'app'], before: 'api', restore: 'unquarantined' },
      {
        path: ['metadata', 'ownerReferences'],
        item: { kind: 'ReplicaSet', name: 'api' },
        how: 'remove',
        restore: 'on-request',
      },
    ],
  },
  {
    id: 'twin',
    do: 'create',
    why: 'the twin',
    ref: { ...podRef, name: 'twin' },
    body: { ...policy },
    temporary: true,
    optional: true,
  },
  {
    id: 'sever',
    do: 'subresource',
    subresource: 'ephemeralcontainers',
    why: 'cuts live connections',
    ref: podRef,
    container: { name: 'secure-1' },
  },
  {
    id: 'scale',
    do: 'scale',
    why: 'no more of them',
    ref: { ...podRef, apiVersion: 'apps/v1', kind: 'Deployment', resource: 'deployments', name: 'api' },
    before: 3,
    after: 0,
  },
  { id: 'evict', do: 'evict', why: 'off this node', ref: podRef },
  { id: 'delete', do: 'delete', why: 'gone', ref: podRef, preimage: {}, propagation: 'Orphan' },
]

export const plan = (more: Partial<Plan> = {}): Plan => ({
  apiVersion: 'kubectl-secure.github.io/v1',
  kind: 'Plan',
  id: 'bk4f-9xzt-2mwq',
  command: ['isolate', 'pod/api-0', '-n', 'payments', '--reason', "it's mining"],
  incident: 'INC-42',
  reason: "it's mining",
  createdAt: '2026-11-21T03:04:05Z',
  cluster: { id: 'c-1', server: 'https://10.0.0.1:6443', context: 'prod' },
  user: { name: 'jane', groups: ['oncall'] },
  changes,
  notes: ['Argo CD (application payments) may revert it'],
  ...more,
})

export const step = (more: Partial<StepReport> = {}): StepReport => ({
  change: 'strip',
  do: 'patch',
  ref: podRef,
  state: 'applied',
  ...more,
})

export const run = (more: Partial<RunReport> = {}): RunReport => ({
  apiVersion: 'kubectl-secure.github.io/v1',
  kind: 'RunReport',
  plan: 'bk4f-9xzt-2mwq',
  state: 'applied',
  steps: [step()],
  irreversible: [],
  warnings: [],
  ...more,
})

export const runStatus = (more: Partial<RunStatus> = {}): RunStatus => ({
  plan: 'bk4f-9xzt-2mwq',
  incident: 'INC-42',
  reason: 'mining',
  who: 'jane',
  when: '2026-11-21T03:04:05Z',
  command: ['isolate', 'pod/api-0', '-n', 'payments'],
  records: ['journal', 'cluster'],
  state: 'applied',
  steps: [step()],
  drift: [],
  notes: [],
  ...more,
})
