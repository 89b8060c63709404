import { describe, expect, test } from 'vitest'
import { applyChanges } from '../../../src/change/planned.ts'
import type { PatchChange } from '../../../src/change/plan.ts'
import { worldOf } from '../../../src/network/decode-world.ts'
import { diffReach } from '../../../src/network/diff-reach.ts'
import { networkOf } from '../../../src/network/network.ts'
import type { Raw } from '../../../src/isolation/raw.ts'
import {
  allowAll,
  calico,
  cilium,
  ids,
  isolate,
  label,
  namespace,
  networkPolicy,
  open,
  pod,
  replicaSet,
  service,
  stripped,
  workload,
} from './scenes.ts'

// The numbers are those of the scenarios that isolation is built against.

const web = (more: Parameters<typeof pod>[2] = {}) => pod('shop/web', { app: 'web' }, more)
const db = pod('shop/db', { app: 'db' })

describe('1: a policy that selects every pod and allows', () => {
  const objects = [web(), db, allowAll('shop/open')]

  test('without an overlay what it allows stays open, and by whom is said', () => {
    const found = isolate(objects, ['shop/web'])
    expect(open(found)).toContain('egress pods shop/db')
    expect(found.computed[0]?.open[0]?.by.map(({ policy }) => policy.name)).toContain('open')
    expect(found.plan.warnings.map(({ text }) => text)).toContainEqual(expect.stringContaining('stays open'))
  })

  test.each([
    ['Calico', calico],
    ['Cilium', cilium],
  ] as const)('an overlay of %s closes it', (_, around) => {
    const found = isolate(objects, ['shop/web'], around)
    expect(ids(found).some((id) => id.startsWith('overlay'))).toBe(true)
    // Which nodes are remote to which pod the model of Cilium does not tell.
    expect(open(found).filter((line) => line !== 'ingress nodes n2?')).toEqual([])
    // Policies come before the label that they select by.
    expect(ids(found).findIndex((id) => id.startsWith('overlay'))).toBeLessThan(ids(found).indexOf('label-1'))
  })

  test('the plain case needs no overlay', () => {
    const found = isolate([web(), db], ['shop/web'], calico)
    expect(ids(found)).toEqual(['deny-1', 'label-1'])
    expect(open(found)).toEqual([])
    expect(found.computed[0]?.cut).toBeGreaterThan(0)
  })
})

describe('2: a policy that allows the world, by a label', () => {
  const objects = [
    web(),
    db,
    networkPolicy('shop/world', {
      podSelector: { matchLabels: { app: 'web' } },
      ingress: [{ from: [{ ipBlock: { cidr: '0.0.0.0/0' } }] }],
    }),
  ]

  test('taking the label off closes it', () => {
    const found = isolate(objects, ['shop/web'])
    expect(stripped(found)).toEqual(['app'])
    expect(open(found)).toEqual([])
  })

  test('where the label has to stay it is open', () => {
    const owner = workload('apps/v1', 'StatefulSet', 'shop/web', { matchLabels: { app: 'web' } })
    const found = isolate([web({ owner }), db, owner, ...objects.slice(2)], ['shop/web'])
    expect(stripped(found)).toEqual([])
    expect(open(found)).toContainEqual(expect.stringContaining('ingress world'))
  })

  test('an overlay of ClusterNetworkPolicy cannot deny what comes from outside', () => {
    const owner = workload('apps/v1', 'StatefulSet', 'shop/web', { matchLabels: { app: 'web' } })
    const around = { served: new Set(['policy.networking.k8s.io/v1alpha2']), enforcer: 'conformant' as const }
    const found = isolate([web({ owner }), db, owner, ...objects.slice(2)], ['shop/web'], around)
    expect(ids(found)).toContain('overlay')
    expect(open(found)).toContainEqual(expect.stringContaining('ingress world'))
    expect(open(found)).not.toContainEqual(expect.stringContaining('pods'))
    expect(found.plan.warnings.map(({ text }) => text)).toContainEqual(
      expect.stringContaining('from outside of the cluster'),
    )
  })
})

describe('3: a policy that denies by a label', () => {
  const deny = networkPolicy('shop/deny', {
    podSelector: { matchLabels: { app: 'web' } },
    policyTypes: ['Ingress', 'Egress'],
  })
  // Taking the label off is only worth it for the Service.
  const found = isolate([web(), db, deny, service('shop/web', { app: 'web' })], ['shop/web'])

  test('the label goes only after the twin has shown that ours is enforced', () => {
    expect(ids(found)).toEqual(['deny-1', 'label-1', 'strip-1'])
    const [, mark, strip] = found.plan.changes as [unknown, PatchChange, PatchChange]
    expect(mark.gate).toBeUndefined()
    expect(mark.edits.map(({ path }) => path[2])).toContain(label)
    expect(strip.gate).toBe('enforced')
    expect(strip.edits.map(({ path }) => path[2])).toEqual(['app'])
  })

  test('at no step is anything open that was closed', () => {
    for (const [index] of found.plan.changes.entries()) {
      expect(opened(found.objects, applyChanges(found.objects, found.plan.changes.slice(0, index + 1)))).toEqual([])
    }
  })

  test('where no policy selects the pod one patch does', () => {
    const plain = isolate([web(), db, service('shop/web', { app: 'web' })], ['shop/web'])
    expect(ids(plain)).toEqual(['deny-1', 'label-1'])
    expect(stripped(plain)).toEqual(['app'])
  })

  test('where another policy goes on denying one patch does, and cuts what was allowed by the label at once', () => {
    const objects = [
      web(),
      db,
      networkPolicy('shop/default', { podSelector: {}, policyTypes: ['Ingress', 'Egress'] }),
      allowAll('shop/web', { matchLabels: { app: 'web' } }),
    ]
    const usual = isolate(objects, ['shop/web'])
    expect(ids(usual)).toEqual(['deny-1', 'label-1'])
    expect(stripped(usual)).toEqual(['app'])
  })

  test('where policies could not be read, one may select the pod', () => {
    const gaps = [{ what: 'list networkpolicies', resource: 'networkpolicies', why: 'forbidden', hides: 'x' }]
    expect(ids(isolate([web(), service('shop/web', { app: 'web' })], ['shop/web'], { gaps }))).toContain('strip-1')
  })
})

test('4: a label stays whose absence another policy would let in', () => {
  const objects = [
    pod('shop/web', { app: 'web', role: 'front' }),
    db,
    // The first makes the egress of the pod stay open whatever its labels; the second selects by both.
    allowAll('shop/open'),
    networkPolicy('shop/front', { podSelector: { matchLabels: { role: 'front', app: 'web' } }, egress: [{}] }),
    networkPolicy('shop/db', {
      podSelector: { matchLabels: { app: 'db' } },
      ingress: [{ from: [{ podSelector: { matchExpressions: [{ key: 'role', operator: 'DoesNotExist' }] } }] }],
    }),
  ]
  const found = isolate(objects, ['shop/web'])
  expect(stripped(found)).toEqual(['app'])
  expect(opened(found.objects, applyChanges(found.objects, found.plan.changes))).toEqual([])
  // Where the policies of other namespaces were not read, nothing goes.
  expect(stripped(isolate(objects, ['shop/web'], { everywhere: false }))).toEqual([])
})

test('5: two Deployments share a label; the other one is as it was', () => {
  const [one, other] = [replicaSet('shop/one', 'api', '1'), replicaSet('shop/other', 'api', '2')]
  const objects = [
    pod('shop/a', { app: 'api', 'pod-template-hash': '1' }, { owner: one }),
    pod('shop/b', { app: 'api', 'pod-template-hash': '2' }, { owner: other }),
    db,
    one,
    other,
    allowAll('shop/api', { matchLabels: { app: 'api' } }),
  ]
  const found = isolate(objects, ['shop/a'])
  expect(open(found)).toEqual([])
  const report = diff(found.objects, applyChanges(found.objects, found.plan.changes))
  for (const row of report.rows) {
    const names = [row.from, ...row.to].flatMap((id) => report.groups[id]?.members ?? [])
    expect(names).toContain('pod shop/a')
  }
  expect(report.rows.length).toBeGreaterThan(0)
})

test('6: what the ReplicaSet takes a pod back by comes back on request alone', () => {
  const owner = replicaSet('shop/web', 'web', 'h')
  const found = isolate(
    [
      pod('shop/web-1', { app: 'web', 'pod-template-hash': 'h' }, { owner }),
      owner,
      service('shop/web', { app: 'web' }),
    ],
    ['shop/web-1'],
  )
  const edits = found.plan.changes.flatMap((change) => (change.do === 'patch' ? change.edits : []))
  const restore = Object.fromEntries(edits.map((edit) => [edit.path[2], edit.restore]))
  expect(restore).toEqual({
    [label]: 'always',
    'cluster-autoscaler.kubernetes.io/safe-to-evict': 'always',
    'karpenter.sh/do-not-disrupt': 'always',
    app: 'unquarantined',
    'pod-template-hash': 'on-request',
  })
  expect(found.plan.warnings).toContainEqual(expect.objectContaining({ kind: 'replacement' }))
})

describe('7: a Job', () => {
  const cron = workload('batch/v1', 'CronJob', 'shop/nightly', {}, { spec: { suspend: false } })
  const job = workload(
    'batch/v1',
    'Job',
    'shop/nightly-1',
    { matchLabels: { 'batch.kubernetes.io/controller-uid': 'u' } },
    { owner: cron, spec: { suspend: false } },
  )
  const labels = {
    'batch.kubernetes.io/controller-uid': 'u',
    'controller-uid': 'u',
    'batch.kubernetes.io/job-name': 'n',
    'job-name': 'n',
    app: 'x',
  }
  const objects = [pod('shop/nightly-1-a', labels, { owner: job }), job]
  const target = (kind: 'Job' | 'CronJob', raw: Raw) => ({
    target: [{ kind, namespace: 'shop', name: 'x', uid: String((raw['metadata'] as Raw)['uid']) }],
  })

  test('is suspended only once its pods are off it', () => {
    const found = isolate(objects, ['shop/nightly-1-a'], target('Job', job))
    expect(ids(found)).toEqual(['deny-1', 'label-1', 'suspend-job-1'])
    expect(stripped(found).sort()).toEqual(
      Object.keys(labels)
        .filter((key) => key !== 'app')
        .sort(),
    )
    expect(found.plan.changes.at(-1)).toMatchObject({
      gate: 'released',
      edits: [{ path: ['spec', 'suspend'], before: false, after: true }],
    })
  })

  test('of a CronJob: that first', () => {
    const found = isolate([...objects, cron], ['shop/nightly-1-a'], target('CronJob', cron))
    expect(ids(found)).toEqual(['deny-1', 'label-1', 'suspend-cronjob-1', 'suspend-job-1'])
    expect(found.plan.changes[2]?.gate).toBeUndefined()
  })

  test('goes on where one of its pods is meant', () => {
    expect(ids(isolate(objects, ['shop/nightly-1-a']))).toEqual(['deny-1', 'label-1'])
  })
})

test('8: a liveness probe that would fail is a reason to refuse, unless evidence is taken first or a restart accepted', () => {
  const probe = {
    livenessProbe: { httpGet: { path: '/health/db', port: 8080 }, periodSeconds: 5, failureThreshold: 2 },
  }
  const objects = [web({ spec: { containers: [{ name: 'main', ...probe }] } }), db]
  expect(isolate(objects, ['shop/web']).plan.refused?.why).toContain('10 s')
  for (const options of [{ evidenceFirst: true }, { acceptRestart: true }]) {
    const { plan } = isolate(objects, ['shop/web'], {}, options)
    expect(plan.refused).toBeUndefined()
    expect(plan.warnings).toContainEqual(expect.objectContaining({ kind: 'probe' }))
  }
})

test('9: what no policy reaches is said, and does not stop the rest', () => {
  const host = pod('shop/host', { app: 'web' }, { spec: { hostNetwork: true } })
  const fixed = pod('shop/static', {}, { annotations: { 'kubernetes.io/config.mirror': 'x' } })
  const ended = pod('shop/done', {}, { status: { phase: 'Succeeded' } })
  const found = isolate([host, fixed, ended, web()], ['shop/host', 'shop/static', 'shop/done', 'shop/web'])
  expect(found.plan.pods.map(({ standing }) => standing)).toEqual(['host-network', 'static', 'ended', 'enforceable'])
  expect(ids(found)).toEqual(['deny-1', 'label-1'])
  expect(found.plan.warnings.filter(({ kind }) => kind === 'host')).toHaveLength(3)
  const alone = isolate([host], ['shop/host'])
  expect(alone.plan.changes).toEqual([])
})

test("10: on AWS' policy agent no pod is taken off its owner", () => {
  const owner = replicaSet('shop/web', 'web', 'h')
  const objects = [
    pod('shop/web-1', { app: 'web', 'pod-template-hash': 'h', extra: 'x' }, { owner }),
    owner,
    allowAll('shop/open', { matchLabels: { extra: 'x' } }),
  ]
  const found = isolate(objects, ['shop/web-1'], {
    served: new Set(['networking.k8s.aws/v1alpha1']),
    enforcer: 'unidentified',
  })
  expect(stripped(found)).toEqual(['extra'])
  expect(found.plan.warnings.map(({ text }) => text)).toContainEqual(
    expect.stringContaining('aws-network-policy-agent#327'),
  )
})

describe("11: Cilium's labels of identity", () => {
  test.each([
    ['k8s:app k8s:io.kubernetes.pod.namespace', true],
    ['k8s:kubectl-secure\\.github\\.io/ k8s:app', false],
    ['!k8s:noise', false],
    ['', false],
    ['k8s:.*', false],
  ])('with "%s" the policies cannot select: %s', (ciliumLabels, refused) => {
    expect(isolate([web()], ['shop/web'], { ...cilium, ciliumLabels }).plan.refused !== undefined).toBe(refused)
  })
})

describe('12: policies of the tier Admin', () => {
  const admin = (name: string, priority: number, action: string): Raw => ({
    apiVersion: 'policy.networking.k8s.io/v1alpha2',
    kind: 'ClusterNetworkPolicy',
    metadata: { name },
    spec: {
      tier: 'Admin',
      priority,
      subject: { namespaces: {} },
      egress: [{ action, to: [{ pods: { namespaceSelector: {}, podSelector: { matchLabels: { app: 'db' } } } }] }],
    },
  })
  const around = { served: new Set(['policy.networking.k8s.io/v1alpha2']), enforcer: 'conformant' as const }

  test('one that accepts before ours can deny is told as open; ours takes no priority that is taken', () => {
    const found = isolate([web(), db, admin('first', 0, 'Accept')], ['shop/web'], around)
    const overlay = found.plan.changes.find(({ id }) => id === 'overlay')
    expect(overlay?.do === 'create' && overlay.body['spec']).toMatchObject({ tier: 'Admin', priority: 1 })
    expect(open(found)).toContain('egress pods shop/db')
  })

  test('one that comes later cannot', () => {
    const found = isolate([web(), db, admin('later', 5, 'Accept')], ['shop/web'], around)
    // Whether a pod can be kept from its own node differs between plugins.
    expect(open(found)).toEqual(['egress nodes n1?'])
  })

  test('passed on, a NetworkPolicy allows', () => {
    const objects = [web(), db, admin('first', 0, 'Pass'), allowAll('shop/open')]
    expect(open(isolate(objects, ['shop/web'], around))).toContain('egress pods shop/db')
  })
})

test('13 and 14: ports by name and blocks of addresses are told as the enforcer takes them', () => {
  const owner = workload('apps/v1', 'StatefulSet', 'shop/web', { matchLabels: { app: 'web' } })
  const ports = { spec: { containers: [{ name: 'main', ports: [{ name: 'http', containerPort: 9090 }] }] } }
  const objects = [
    web({ owner }),
    owner,
    pod('shop/b', { app: 'b' }, ports),
    networkPolicy('shop/out', {
      podSelector: { matchLabels: { app: 'web' } },
      policyTypes: ['Egress'],
      egress: [{ to: [{ podSelector: {} }], ports: [{ port: 'http' }] }],
    }),
    networkPolicy('shop/in', {
      podSelector: { matchLabels: { app: 'web' } },
      ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/8' } }] }],
    }),
  ]
  const lines = isolate(objects, ['shop/web']).computed[0]?.open ?? []
  expect(lines.find(({ direction, peer }) => direction === 'egress' && peer === 'pods shop/b')?.traffic).toEqual([
    { protocol: 'TCP', ports: [{ from: 9090, to: 9090 }] },
  ])
  expect(lines.some(({ direction, peer }) => direction === 'ingress' && peer.includes('shop/b'))).toBe(true)
  // Cilium knows pods by their labels alone; its overlay would close it anyhow.
  const byCilium = isolate(objects, ['shop/web'], { enforcer: 'cilium' }).computed[0]?.open ?? []
  expect(byCilium.some(({ direction, peer }) => direction === 'ingress' && peer.includes('shop/b'))).toBe(false)
})

test('15: a second plan on the same pod has its own policy and label, and takes off only what is left', () => {
  const first = isolate([web(), db, allowAll('shop/open', { matchLabels: { app: 'web' } })], ['shop/web'])
  const after = applyChanges(first.objects, first.plan.changes)
  const second = isolate(after, ['shop/web'])
  expect(stripped(second)).toEqual([])
  // The same id is taken here; what matters is that the other plan's label is not ours to touch.
  expect(
    second.plan.changes
      .flatMap((change) => (change.do === 'patch' ? change.edits : []))
      .every(({ path }) => path[2] !== 'app'),
  ).toBe(true)
  expect(open(second)).toEqual([])
})

test('pods of many namespaces get a policy in each', () => {
  const found = isolate([web(), pod('b/x', {}), namespace('b')], ['shop/web', 'b/x'])
  expect(ids(found)).toEqual(['deny-1', 'deny-2', 'label-1', 'label-2'])
})

function diff(before: Raw[], after: Raw[]) {
  const [one, other] = [before, after].map((objects) => networkOf(worldOf(objects, { enforcer: 'calico' })))
  if (!one || !other) throw new Error('no networks')
  return diffReach(one, other)
}

function opened(before: Raw[], after: Raw[]): unknown[] {
  return diff(before, after).rows.flatMap(({ changes }) =>
    changes.filter(({ before: was, after: is }) => was === 'denied' && is !== 'denied'),
  )
}
