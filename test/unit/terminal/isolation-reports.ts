import type { IsolationReport, PodIsolation } from '../../../src/isolation/report.ts'

/** One pod that is cut off and proved to be. */
export const isolatedPod = (name = 'api-7d9f5c-x2klp', node = 'worker-3'): PodIsolation => ({
  namespace: 'payments',
  name,
  uid: `uid-${name}`,
  node,
  verdict: 'ISOLATED',
  reasons: [],
  computed: { open: [], cut: 212, complete: true, gaps: [] },
  probe: {
    result: 'enforced',
    why: 'the control connects and the twin does not',
    node,
    imageId: 'sha256:abc',
    tries: [
      try_('control', 'control', 'connects', 'connects'),
      try_('control', 'twin', 'blocked', 'blocked'),
      try_('twin', 'control', 'blocked', 'blocked'),
      try_('twin', 'control', 'blocked', 'blocked', 'UDP'),
    ],
  },
  live: {
    result: 'severed',
    why: 'nothing moves',
    way: 'ephemeral container',
    before: 7,
    destroyed: 7,
    alive: [],
    watchedMs: 3000,
    canUndo: [],
  },
})

function try_(
  from: 'control' | 'twin',
  to: 'control' | 'twin',
  expected: 'connects' | 'blocked',
  seen: 'connects' | 'blocked' | 'refused' | 'error',
  protocol: 'TCP' | 'UDP' = 'TCP',
) {
  return { from, to, protocol, address: '10.244.3.17', port: 8080, expected, seen, detail: '' }
}

/** The good case: one pod, isolated, with the warnings that are usual. */
export const isolated = (): IsolationReport => ({
  apiVersion: 'kubectl-secure.github.io/v1',
  kind: 'IsolationReport',
  plan: 'bk4f-9xzt-2mwq',
  incident: 'INC-42',
  target: [{ kind: 'Pod', namespace: 'payments', name: 'api-7d9f5c-x2klp', uid: 'u' }],
  verdict: 'ISOLATED',
  reasons: [],
  pods: [isolatedPod()],
  run: {
    apiVersion: 'kubectl-secure.github.io/v1',
    kind: 'RunReport',
    plan: 'bk4f-9xzt-2mwq',
    state: 'applied',
    steps: [],
    irreversible: [
      {
        change: 'sever',
        ref: { apiVersion: 'v1', kind: 'Pod', resource: 'pods', namespace: 'payments', name: 'api-7d9f5c-x2klp' },
        what: 'the ephemeral container stays until the pod is gone',
      },
    ],
    warnings: [],
  },
  // As a real cluster has it, word for word.
  warnings: [
    {
      kind: 'replacement',
      text: 'payments/api-7d9f5c-x2klp: ReplicaSet api-7d9f5c starts another pod in its place, from the same image (sha256:a20ea6095e00442b93c1e088b7b7524821d2144702429fe66877b1f0195c9bdf): if the way in was the image or the service, it is in again',
      next: 'stop it once the pod is off its owner: kubectl scale to 0, or suspend, the workload that ReplicaSet api-7d9f5c is of',
    },
    {
      kind: 'bypass',
      text: "the pod's own node still reaches it, and all on that node's network do: by definition of NetworkPolicy, so that the kubelet can probe it",
    },
    {
      kind: 'bypass',
      text: 'exec, attach, port-forward and logs go through the kubelet and still work, for whoever took it over too',
      next: 'see below who may do so',
    },
  ],
  canLift: [
    { subject: 'sa:payments/api', how: ['patch pods'] },
    {
      subject: "group:system:masters, and 9 of Kubernetes' own",
      how: ['everything, or what a controller needs'],
    },
  ],
  undo: 'kubectl secure undo bk4f-9xzt-2mwq',
  evidence: { directory: '/home/jane/evidence/INC-42/bk4f-9xzt-2mwq', complete: true, missing: [] },
  timing: { cut: 412, verdict: 6120 },
})

/** Open flows, live connections, a node helper, and what could not be read. */
export const partial = (): IsolationReport => ({
  ...isolated(),
  verdict: 'PARTIAL',
  reasons: [
    'NetworkPolicy payments/allow-all-egress selects every pod and cannot be escaped by labels',
    '2 connections were still alive 3.0 s after the cut',
  ],
  pods: [
    {
      ...isolatedPod(),
      verdict: 'PARTIAL',
      reasons: ['NetworkPolicy payments/allow-all-egress selects every pod and cannot be escaped by labels'],
      computed: {
        open: [
          {
            direction: 'egress',
            peer: 'world (0.0.0.0/0)',
            traffic: [{ protocol: 'TCP', ports: [{ from: 443, to: 443 }] }],
            verdict: 'allowed',
            by: [
              {
                policy: {
                  apiVersion: 'networking.k8s.io/v1',
                  kind: 'NetworkPolicy',
                  namespace: 'payments',
                  name: 'allow-all-egress',
                },
                direction: 'egress',
                tier: 'NetworkPolicy',
                action: 'allow',
                rule: { at: 'egress[0]', index: 0 },
              },
            ],
            reason: 'a rule allows it',
          },
          {
            direction: 'egress',
            peer: 'pods kube-system/coredns-1, kube-system/coredns-2',
            traffic: [{ protocol: 'UDP', ports: [{ from: 53, to: 53 }] }],
            verdict: 'unknown',
            by: [],
            reason: 'a Cilium rule on DNS names cannot be decided',
          },
        ],
        cut: 180,
        complete: false,
        gaps: [
          { what: 'list globalnetworkpolicies', why: '403 forbidden', hides: 'policies of Calico that allow more' },
        ],
      },
      live: {
        result: 'survived',
        why: 'the container holds NET_ADMIN',
        way: 'node helper',
        before: 7,
        destroyed: 5,
        alive: ['TCP 10.244.3.9:41122 → 185.10.68.2:443', 'UDP 10.244.3.9:5353 → 10.0.0.4:53'],
        watchedMs: 3000,
        canUndo: ['api'],
      },
    },
  ],
})

export const notEnforced = (): IsolationReport => ({
  ...isolated(),
  verdict: 'NOT ENFORCED',
  reasons: ['the twin connected as the control did: no network plugin carries policies out on node worker-3'],
  pods: [
    {
      ...isolatedPod(),
      verdict: 'NOT ENFORCED',
      reasons: ['the twin connected as the control did'],
      probe: {
        result: 'not-enforced',
        why: 'the twin connected as the control did',
        node: 'worker-3',
        tries: [
          try_('control', 'control', 'connects', 'connects'),
          try_('control', 'twin', 'blocked', 'connects'),
          try_('twin', 'control', 'blocked', 'connects'),
        ],
      },
      live: { result: 'not-tried', why: '--sever was not given', alive: [], canUndo: [] },
    },
  ],
  warnings: [
    {
      kind: 'enforcer',
      text: 'kindnet before v1.32 ignores NetworkPolicy',
      next: 'cordon the node and cut it at the cloud firewall',
    },
  ],
})

export const unknown = (): IsolationReport => ({
  ...isolated(),
  verdict: 'UNKNOWN',
  reasons: ['no probe image could be had: ErrImagePull registry.example/probe:1'],
  pods: [
    {
      ...isolatedPod(),
      verdict: 'UNKNOWN',
      reasons: ['no probe image could be had: ErrImagePull registry.example/probe:1'],
      probe: { result: 'inconclusive', why: 'the control did not start: ErrImagePull', node: 'worker-3', tries: [] },
    },
  ],
})

/** A deployment of many pods, most of them fine. */
export const many = (): IsolationReport => ({
  ...partial(),
  target: [{ kind: 'Deployment', namespace: 'payments', name: 'api', uid: 'd' }],
  pods: [
    ...Array.from({ length: 30 }, (_, index) => isolatedPod(`api-${index}`, `worker-${index}`)),
    ...partial().pods,
  ],
})

/** Each by its name. */
export const reports = { isolated, partial, notEnforced, unknown, many }
