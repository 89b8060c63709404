import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ClusterState, Escape } from '../../../src/snapshot/cluster-state.ts'
import { judgeHostPath } from '../../../src/snapshot/host-path.ts'
import { stateBeside } from '../../../src/snapshot/read-state-files.ts'

type Raw = Record<string, unknown>
const meta = (name: string, more: object = {}) => ({ name, namespace: 'shop', ...more })
const podWith = (spec: object, more: { metadata?: object; status?: object } = {}): Raw => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: meta('web', more.metadata),
  spec: { containers: [{ name: 'app' }], ...spec },
  status: more.status ?? {},
})

function stateOf(...objects: Raw[]): ClusterState {
  const beside = stateBeside()
  for (const [index, raw] of objects.entries()) beside.add(raw, String(index))
  const state = beside.state()
  expect(state.gaps).toEqual([])
  return state
}

function escapesOf(...objects: Raw[]): string[] {
  const said = ({ kind, detail, root, unsure }: Escape) =>
    [kind, detail, root ? 'root' : undefined, unsure === undefined ? undefined : 'unsure'].filter(Boolean).join(' ')
  return stateOf(...objects).pods[0]?.escapes.map(said) ?? []
}

const container = (more: object) => ({ containers: [{ name: 'app', ...more }] })
const context = (more: object) => container({ securityContext: more })
const mounted = (path: string, mount: object = {}) => ({
  ...container({ volumeMounts: [{ name: 'host', mountPath: '/host', ...mount }] }),
  volumes: [{ name: 'host', hostPath: { path } }],
})

test.each<[string, object, string[]]>([
  ['nothing', {}, []],
  ['privileged', context({ privileged: true }), ['privileged root']],
  ['privileged in its own user namespace', { ...context({ privileged: true }), hostUsers: false }, ['privileged']],
  ['privileged, but not as root', context({ privileged: true, runAsUser: 1000 }), ['privileged root unsure']],
  [
    'root again, by the container’s word',
    {
      ...context({ privileged: true, runAsUser: 0 }),
      securityContext: { runAsUser: 1000 },
    },
    ['privileged root'],
  ],
  ['the host’s processes alone', { hostPID: true }, ['host-pid']],
  ['SYS_PTRACE alone', context({ capabilities: { add: ['SYS_PTRACE'] } }), []],
  [
    'SYS_PTRACE on the host’s processes',
    { hostPID: true, ...context({ capabilities: { add: ['SYS_PTRACE'] } }) },
    ['host-pid', 'capability SYS_PTRACE root'],
  ],
  [
    'capabilities as runtimes take them',
    context({ capabilities: { add: ['cap_sys_admin'] } }),
    ['capability SYS_ADMIN root'],
  ],
  ['DAC_READ_SEARCH', context({ capabilities: { add: ['DAC_READ_SEARCH'] } }), ['capability DAC_READ_SEARCH root']],
  [
    'DAC_READ_SEARCH that cannot write',
    context({ capabilities: { add: ['DAC_READ_SEARCH'], drop: ['ALL'] } }),
    ['capability DAC_READ_SEARCH'],
  ],
  ['what every container may have', context({ capabilities: { add: ['NET_BIND_SERVICE', 'CHOWN'] } }), []],
  ['shared processes', { shareProcessNamespace: true }, ['shared-pid']],
  ['/etc', mounted('/etc'), ['host-path /etc root']],
  ['/etc, to read', mounted('/etc', { readOnly: true }), ['host-path /etc']],
  ['a part of /etc', mounted('/etc', { subPath: 'cron.d' }), ['host-path /etc/cron.d root']],
  ['a harmless part of /etc', mounted('/etc', { subPath: 'localtime' }), ['host-path /etc/localtime']],
  ['the socket of the runtime, to read', mounted('/var/run', { readOnly: true }), ['runtime-socket /var/run root']],
  ['/, to read: the sockets are below', mounted('/', { readOnly: true }), ['runtime-socket / root']],
  ['logs', mounted('/var/log'), ['host-path /var/log']],
  ['a volume that no container mounts', { volumes: [{ name: 'host', hostPath: { path: '/' } }] }, []],
  ['an init container is over', { initContainers: [{ name: 'first', securityContext: { privileged: true } }] }, []],
  [
    'a sidecar is not',
    {
      initContainers: [{ name: 'first', restartPolicy: 'Always', securityContext: { privileged: true } }],
    },
    ['privileged root'],
  ],
  [
    'a debugger',
    { ephemeralContainers: [{ name: 'debugger', securityContext: { privileged: true } }] },
    ['privileged root'],
  ],
])('%s', (_, spec, expected) => {
  expect(escapesOf(podWith(spec))).toEqual(expected)
})

test('a debugger that has ended is no way out, and an init container that runs is one', () => {
  const securityContext = { privileged: true }
  const ended = { ephemeralContainerStatuses: [{ name: 'debugger', state: { terminated: {} } }] }
  expect(
    escapesOf(podWith({ ephemeralContainers: [{ name: 'debugger', securityContext }] }, { status: ended })),
  ).toEqual([])
  const runs = { initContainerStatuses: [{ name: 'first', state: { running: {} } }] }
  const spec = { initContainers: [{ name: 'first', securityContext }] }
  expect(escapesOf(podWith(spec, { status: runs }))).toEqual(['privileged root'])
})

test('a claim on a volume that is a path of the node is that path', () => {
  const pod = podWith({
    ...container({ volumeMounts: [{ name: 'data', mountPath: '/data' }] }),
    volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
  })
  const volume = (claim: object) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: 'pv' },
    spec: { hostPath: { path: '/root' }, claimRef: claim },
  })
  expect(escapesOf(pod, volume({ namespace: 'shop', name: 'data' }))).toEqual(['host-path /root root'])
  expect(escapesOf(pod, volume({ namespace: 'other', name: 'data' }))).toEqual([])
})

test('what a mount is does not depend on how its path is written', () => {
  const name = fc.constantFrom(
    'etc',
    'var',
    'run',
    'lib',
    'kubelet',
    'pki',
    'containerd',
    'containerd.sock',
    'proc',
    'x',
  )
  fc.assert(
    fc.property(fc.array(name, { maxLength: 4 }), fc.boolean(), (parts, isWritable) => {
      const plain = judgeHostPath(`/${parts.join('/')}`, isWritable)
      expect(judgeHostPath(`//${parts.map((part) => `${part}/./y/..`).join('//')}/`, isWritable)).toEqual(plain)
      expect(judgeHostPath(`/proc/1/root/${parts.join('/')}`, isWritable)).toEqual(plain)
    }),
  )
})

test('keys and tokens of the node that a mount lets read are named', () => {
  expect(judgeHostPath('/etc/kubernetes', false)).toEqual({
    kind: 'host-path',
    root: false,
    discloses: ['kubelet-credential', 'control-plane-keys'],
  })
  expect(judgeHostPath('/var/lib/kubelet/pods', true)).toEqual({
    kind: 'host-path',
    root: false,
    discloses: ['pod-tokens'],
  })
})

const tokenVolume = (audience?: string) => ({
  ...container({ volumeMounts: [{ name: 'token', mountPath: '/t' }] }),
  volumes: [
    {
      name: 'token',
      projected: { sources: [{ serviceAccountToken: { path: 't', ...(audience ? { audience } : {}) } }] },
    },
  ],
})
const admitted = { metadata: { uid: 'u' } }

test.each<[string, Raw, boolean]>([
  ['what admission mounted', podWith(tokenVolume(), admitted), true],
  ['admission mounted none', podWith({}, admitted), false],
  ['a token for another', podWith(tokenVolume('sts.amazonaws.com'), admitted), false],
  ['a token by the API server’s own name', podWith(tokenVolume('https://kubernetes.default.svc'), admitted), true],
  ['a manifest: admission would', podWith({}), true],
  ['a manifest that wants none', podWith({ automountServiceAccountToken: false }), false],
  ['a manifest whose account wants none', podWith({ serviceAccountName: 'quiet' }), false],
  [
    'the pod’s word goes before its account’s',
    podWith({ serviceAccountName: 'quiet', automountServiceAccountToken: true }),
    true,
  ],
  ['a mirror pod', podWith({}, { metadata: { annotations: { 'kubernetes.io/config.mirror': 'x' } } }), false],
])('token: %s', (_, pod, expected) => {
  const quiet = {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: meta('quiet'),
    automountServiceAccountToken: false,
  }
  expect(stateOf(pod, quiet).pods[0]?.token).toBe(expected)
})

test('secrets: those that code in the pod sees, and those that only its node gets', () => {
  const pod = podWith({
    containers: [
      {
        name: 'app',
        env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'env' } } }],
        envFrom: [{ secretRef: { name: 'all' } }],
        volumeMounts: [{ name: 'in', mountPath: '/in' }],
      },
    ],
    initContainers: [{ name: 'first', envFrom: [{ secretRef: { name: 'once' } }] }],
    volumes: [
      { name: 'in', secret: { secretName: 'mounted' } },
      { name: 'out', secret: { secretName: 'unmounted' } },
    ],
    imagePullSecrets: [{ name: 'pull' }],
  })
  const [found] = stateOf(pod).pods
  expect(found?.secrets.toSorted()).toEqual(['all', 'env', 'mounted', 'once', 'pull', 'unmounted'])
  expect(found?.nodeSecrets?.toSorted()).toEqual(['once', 'pull', 'unmounted'])
})

test('a node is of the control plane by a label, a taint, or a static pod of the API server, and by no other pod', () => {
  const node = (name: string, labels: object, taints: string[] = []) => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels },
    spec: { taints: taints.map((key) => ({ key, effect: 'NoSchedule' })) },
  })
  const server = (name: string, nodeName: string, annotations: object) => ({
    ...podWith({ nodeName, containers: [{ name: 'kube-apiserver' }] }),
    metadata: meta(name, { annotations }),
  })
  const { nodes } = stateOf(
    node('a', { 'node-role.kubernetes.io/control-plane': '' }),
    node('b', {}, ['node-role.kubernetes.io/master']),
    node('c', {}),
    node('d', {}),
    server('one', 'c', { 'kubernetes.io/config.mirror': 'x' }),
    server('two', 'd', {}),
  )
  expect(nodes.filter(({ controlPlane }) => controlPlane).map(({ name }) => name)).toEqual(['a', 'b', 'c'])
})
