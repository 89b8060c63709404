import { describe, expect, test } from 'vitest'
import type { Raw } from '../../../src/isolation/raw.ts'
import type { Surroundings } from '../../../src/isolation/surroundings.ts'
import { warningsOf } from '../../../src/isolation/warnings-around.ts'
import { snapshotOf } from '../rbac/worlds.ts'
import { isolate, node, pod, replicaSet, service, workload } from './scenes.ts'

const texts = (objects: Raw[], meant: string[], more: Parameters<typeof isolate>[2] = {}) =>
  isolate(objects, meant, more).plan.warnings.map(({ kind, text }) => `${kind}: ${text}`)

describe('of the pod itself', () => {
  const privileged = { securityContext: { privileged: true } }
  test.each([
    ['privileged', { containers: [privileged] }, 'is privileged'],
    ['init container', { initContainers: [privileged] }, 'is privileged'],
    ['shared spaces', { hostPID: true, hostIPC: true }, 'hostPID and hostIPC'],
    [
      'capabilities',
      { containers: [{ securityContext: { capabilities: { add: ['CAP_NET_ADMIN'] } } }] },
      'capabilities',
    ],
    ['files of the node', { volumes: [{ hostPath: { path: '/' } }] }, 'files of its node'],
    ['host ports', { containers: [{ ports: [{ containerPort: 80, hostPort: 8080 }] }] }, 'host ports 8080'],
    ['mesh', { containers: [{ name: 'istio-proxy' }] }, 'a mesh carries'],
  ])('%s', (_, spec, said) => {
    expect(texts([pod('shop/web', {}, { spec })], ['shop/web'])).toContainEqual(expect.stringContaining(said))
    expect(texts([pod('shop/web')], ['shop/web'])).not.toContainEqual(expect.stringContaining(said))
  })

  test('what stays open by definition is always said', () => {
    expect(texts([pod('shop/web')], ['shop/web'])).toEqual([
      expect.stringContaining('own node'),
      expect.stringContaining('exec'),
    ])
  })

  test('the same of many pods is one line', () => {
    const many = Array.from({ length: 9 }, (_, index) => pod(`shop/p${index}`, {}, { spec: { hostPID: true } }))
    const found = texts(
      many,
      many.map((_, index) => `shop/p${index}`),
    ).filter((text) => text.includes('hostPID'))
    expect(found).toEqual([expect.stringMatching(/shop\/p0, shop\/p1, .* and 4 more: /)])
  })

  test('an image is named by its digest where it runs', () => {
    const owner = replicaSet('shop/web', 'web', 'h')
    const status = { containerStatuses: [{ image: 'web:1', imageID: 'web@sha256:abc' }] }
    const one = pod('shop/web-1', { app: 'web', 'pod-template-hash': 'h' }, { owner, status })
    expect(texts([one, owner], ['shop/web-1'])).toContainEqual(expect.stringContaining('web@sha256:abc'))
  })

  test('a Service that its labels still lead to', () => {
    const owner = workload('apps/v1', 'StatefulSet', 'shop/db', { matchLabels: { app: 'db' } })
    const objects = [
      pod('shop/db-0', { app: 'db' }, { owner }),
      owner,
      service('shop/db', { app: 'db' }, { publishNotReadyAddresses: true }),
      service('far/db', { app: 'db' }),
    ]
    const found = texts(objects, ['shop/db-0'])
    expect(found.filter((text) => text.startsWith('service'))).toEqual([
      expect.stringContaining('Service db still sends clients to it, ready or not'),
    ])
  })

  test('an owner of a kind that nobody here knows', () => {
    const owner = workload('example.com/v1', 'ReplicaSet', 'shop/x', { matchLabels: { app: 'x' } })
    const found = isolate([pod('shop/x', { app: 'x' }, { owner }), owner, service('shop/x', { app: 'x' })], ['shop/x'])
    expect(found.plan.pods[0]?.ownership.how).toBe('hands-off')
    expect(found.plan.changes.map(({ id }) => id)).toEqual(['deny-1', 'label-1'])
    expect(found.plan.warnings).toContainEqual(expect.objectContaining({ kind: 'controller' }))
  })

  test('a node: itself, what the cluster needs, and how long pods stay', () => {
    const tolerations = [{ key: 'node.kubernetes.io/unreachable', effect: 'NoExecute', tolerationSeconds: 300 }]
    const target = [{ kind: 'Node' as const, name: 'n1', uid: 'uid of n1' }]
    const objects = [pod('kube-system/dns', {}, { spec: { tolerations } }), pod('shop/web')]
    const found = isolate(objects, ['kube-system/dns', 'shop/web'], { target, owners: [node('n1', '192.168.0.1')] })
    expect(found.plan.changes.map(({ id }) => id)).toEqual(['deny-1', 'deny-2', 'label-1', 'label-2', 'cordon-1'])
    const said = found.plan.warnings.map(({ text }) => text)
    expect(said).toContainEqual(expect.stringContaining('the node itself'))
    expect(said).toContainEqual(expect.stringContaining('kube-system/dns'))
    expect(said).toContainEqual(expect.stringContaining('300 s'))
  })
})

describe('of what is around it', () => {
  const deployment = workload('apps/v1', 'Deployment', 'shop/web', { matchLabels: { app: 'web' } })
  const owner = replicaSet('shop/web-1', 'web', 'h', deployment)
  const web = pod(
    'shop/web',
    { app: 'web', 'pod-template-hash': 'h', team: 'x' },
    { owner, spec: { volumes: [{ persistentVolumeClaim: { claimName: 'data' } }, {}] } },
  )
  const around = (given: Partial<Surroundings>): Surroundings => ({
    network: { objects: [], unread: [], groups: new Set(), gaps: [] },
    rbac: snapshotOf({}),
    workloads: [owner, deployment],
    operators: [],
    budgets: [],
    autoscalers: [],
    claims: [],
    neighbours: [],
    gaps: [],
    ...given,
  })
  const { plan } = isolate([web, owner], ['shop/web'])
  const said = (given: Partial<Surroundings>) =>
    warningsOf(around(given), plan.pods).map(({ kind, text }) => `${kind}: ${text}`)
  const marked = (labels: object, annotations: object = {}): Raw => ({
    ...deployment,
    metadata: { ...(deployment['metadata'] as object), labels, annotations },
  })
  const budget = (selector: object): Raw => ({
    kind: 'PodDisruptionBudget',
    metadata: { namespace: 'shop', name: 'b' },
    spec: { selector },
  })
  const scaler = (kind: string, field: string, name: string): Raw => ({
    kind,
    metadata: { namespace: 'shop', name: 's' },
    spec: { [field]: { kind: 'Deployment', name } },
  })

  test('nothing where there is nothing', () => expect(said({ claims: [], neighbours: [web] })).toEqual([]))

  test.each([
    ['Argo CD', {}, { 'argocd.argoproj.io/tracking-id': 'x' }],
    ['Flux', { 'kustomize.toolkit.fluxcd.io/name': 'x' }, {}],
    ['Helm', { 'app.kubernetes.io/managed-by': 'Helm' }, {}],
    ['Helm', {}, { 'meta.helm.sh/release-name': 'x' }],
  ])('%s', (by, labels, annotations) => {
    expect(said({ workloads: [marked(labels, annotations)] })).toEqual([
      expect.stringContaining(`gitops: ${by} manages Deployment shop/web`),
    ])
  })

  test('a budget that it leaves, and one that goes on counting it', () => {
    expect(said({ budgets: [budget({ matchLabels: { app: 'web' } })] })).toEqual([
      expect.stringContaining('no longer covers'),
    ])
    expect(said({ budgets: [budget({ matchLabels: { team: 'x' } })] })).toEqual([
      expect.stringContaining('still counts'),
    ])
    expect(said({ budgets: [budget({ matchLabels: { app: 'other' } }), budget({ matchLabels: 7 })] })).toEqual([])
  })

  test('autoscalers of its workload', () => {
    expect(said({ autoscalers: [scaler('HorizontalPodAutoscaler', 'scaleTargetRef', 'web')] })).toEqual([
      expect.stringContaining('scales it back up'),
    ])
    expect(said({ autoscalers: [scaler('VerticalPodAutoscaler', 'targetRef', 'web')] })).toEqual([
      expect.stringContaining('evict'),
    ])
    expect(said({ autoscalers: [scaler('HorizontalPodAutoscaler', 'scaleTargetRef', 'other')] })).toEqual([])
  })

  test('an operator', () => {
    const operators = [{ apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', name: 'web', uid: 'u', controller: true }]
    expect(said({ operators })).toEqual([expect.stringContaining('Rollout web')])
  })

  test('a volume that others have too', () => {
    const other = pod('shop/other', {}, { spec: { volumes: [{ persistentVolumeClaim: { claimName: 'data' } }] } })
    const elsewhere = pod('far/other', {}, { spec: { volumes: [{ persistentVolumeClaim: { claimName: 'data' } }] } })
    const claims = [{ metadata: { namespace: 'shop', name: 'data' }, spec: { accessModes: ['ReadWriteMany'] } }]
    expect(said({ claims, neighbours: [web, other, elsewhere] })).toEqual([
      expect.stringContaining('shop/data (ReadWriteMany) is also mounted by shop/other:'),
    ])
    expect(said({ claims, neighbours: [web, elsewhere] })).toEqual([])
  })
})
