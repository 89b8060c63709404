import fc from 'fast-check'
import { expect, test } from 'vitest'
import { kindsOfState } from '../../../src/snapshot/state-kinds.ts'
import { stateKinds } from '../../../src/snapshot/question-kinds.ts'
import { stateBeside } from '../../../src/snapshot/read-state-files.ts'

type Raw = Record<string, unknown>
const apiVersions: Record<string, string> = { '': 'v1' }
const spec = {
  serviceAccountName: 'app',
  automountServiceAccountToken: true,
  hostPID: true,
  hostUsers: false,
  nodeName: 'worker-1',
  securityContext: { runAsUser: 1000, runAsNonRoot: true, windowsOptions: { hostProcess: false } },
  imagePullSecrets: [{ name: 'pull' }],
  volumes: [
    { name: 'host', hostPath: { path: '/etc' } },
    { name: 'claim', persistentVolumeClaim: { claimName: 'data', readOnly: false } },
    { name: 'secret', secret: { secretName: 'key' } },
    { name: 'csi', csi: { nodePublishSecretRef: { name: 'driver' } } },
    {
      name: 'token',
      projected: { sources: [{ serviceAccountToken: { audience: 'vault' } }, { secret: { name: 'x' } }] },
    },
  ],
  containers: [
    {
      name: 'app',
      env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'key', key: 'a' } } }],
      envFrom: [{ secretRef: { name: 'all' } }],
      securityContext: { privileged: true, procMount: 'Unmasked', capabilities: { add: ['SYS_ADMIN'], drop: ['ALL'] } },
      volumeMounts: [
        { name: 'host', mountPath: '/host', readOnly: true, subPath: 'shadow' },
        { name: 'claim', mountPath: '/data' },
      ],
    },
  ],
  initContainers: [{ name: 'first', restartPolicy: 'Always' }],
  ephemeralContainers: [{ name: 'debugger' }],
}
const template = { spec }
const bodies: Record<string, Raw> = {
  Pod: {
    spec,
    status: {
      phase: 'Running',
      initContainerStatuses: [{ name: 'first', state: { running: {} } }],
      ephemeralContainerStatuses: [{ name: 'debugger', state: { terminated: {} } }],
    },
  },
  Node: { spec: { providerID: 'aws:///a/b', taints: [{ key: 'node-role.kubernetes.io/control-plane' }] } },
  Secret: { type: 'Opaque', data: { a: 'YQ==' } },
  ServiceAccount: { automountServiceAccountToken: false },
  PersistentVolume: {
    spec: { hostPath: { path: '/etc' }, local: { path: '/' }, claimRef: { namespace: 'a', name: 'data' } },
  },
  CronJob: { spec: { jobTemplate: { spec: { template } } } },
  ValidatingAdmissionPolicyBinding: { spec: { policyName: 'p' } },
  CustomResourceDefinition: { spec: { conversion: { strategy: 'Webhook' } } },
}
const webhooks = [
  {
    name: 'w',
    clientConfig: { service: { namespace: 'a', name: 'b' }, url: 'https://x' },
    failurePolicy: 'Ignore',
    rules: [{ operations: ['*'], apiGroups: [''], resources: ['pods'], scope: '*' }],
  },
]

function objectOf({ group, kind }: { group: string; kind: string }): Raw {
  const body = bodies[kind] ?? (kind.endsWith('WebhookConfiguration') ? { webhooks } : { spec: { template } })
  const metadata = {
    name: 'one',
    namespace: 'a',
    uid: 'u',
    labels: { a: 'b' },
    annotations: { 'kubernetes.io/config.mirror': 'x', 'kubernetes.io/service-account.name': 'app' },
    ownerReferences: [{ kind: 'ReplicaSet', name: 'web', controller: true }],
    deletionTimestamp: 'now',
  }
  return { apiVersion: apiVersions[group] ?? `${group}/v1`, kind, metadata, ...body }
}

test('every kind that a question on attacks reads is read, and whole objects leave no gap', () => {
  const beside = stateBeside()
  for (const kind of stateKinds) beside.add(objectOf(kind), kind.kind)
  const state = beside.state()
  expect(state.gaps).toEqual([])
  expect(kindsOfState).toHaveLength(stateKinds.length)
  const { pods, nodes, namespaces, accounts, secrets, workloads, persistentVolumes, conversions } = state
  const lists = { pods, nodes, namespaces, accounts, secrets, persistentVolumes, conversions }
  expect(Object.values(lists).map(({ length }) => length)).toEqual([1, 1, 1, 1, 1, 1, 1])
  expect(workloads).toHaveLength(7)
  expect(state.webhooks).toHaveLength(2)
  expect(workloads.map(({ escapes }) => escapes.length)).toEqual(workloads.map(() => pods[0]?.escapes.length))
})

/** An object with something else at one of its places. */
function broken(raw: Raw, place: number, value: unknown): unknown {
  const places: (readonly [object, string])[] = []
  const copy = structuredClone(raw)
  const walk = (at: object) => {
    for (const [key, below] of Object.entries(at)) {
      if (key !== 'apiVersion' && key !== 'kind') places.push([at, key])
      if (typeof below === 'object' && below !== null) walk(below as object)
    }
  }
  walk(copy)
  const [at, key] = places[place % places.length] ?? [copy, 'metadata']
  Object.defineProperty(at, key, { value, enumerable: true })
  return copy
}

test('anything in any field is read, or left out as a gap that says what it hides', () => {
  const one = fc.tuple(fc.constantFrom(...stateKinds), fc.nat(), fc.jsonValue({ maxDepth: 3 }))
  fc.assert(
    fc.property(fc.array(one, { minLength: 1, maxLength: 8 }), (objects) => {
      const beside = stateBeside()
      for (const [kind, place, value] of objects) {
        beside.add(broken(objectOf(kind), place, value) as Raw, `a ${kind.kind}`)
      }
      const { gaps } = beside.state()
      for (const gap of gaps) {
        expect(gap.hides).not.toBe('')
        expect(gap.what).toMatch(/^a [A-Z]/)
      }
    }),
    { numRuns: 500 },
  )
})

test('an object that stands twice counts once, and another content of it is a gap', () => {
  const beside = stateBeside()
  const secret = (type: string) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'key', namespace: 'a' },
    type,
  })
  beside.add(secret('Opaque'), 'one')
  beside.add(secret('Opaque'), 'two')
  beside.add(secret('other'), 'three')
  const { secrets, gaps } = beside.state()
  expect(secrets).toEqual([{ namespace: 'a', name: 'key', type: 'Opaque' }])
  expect(gaps).toMatchObject([
    { what: 'three', why: 'Secret key stands at one with another content; the first is used' },
  ])
})
