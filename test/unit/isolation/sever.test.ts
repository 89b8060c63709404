import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { cgroupPattern, containerName, helperChange, severChange } from '../../../src/isolation/sever.ts'
import { netAdmins, probePorts, rawSenders, refuseSever, severEnv } from '../../../src/isolation/sever-facts.ts'
import { helperScript } from '../../../src/isolation/helper-script.ts'
import { severScript } from '../../../src/isolation/sever-script.ts'
import { podWith } from './pods.ts'

const input = { planId: 'abcd-efgh-jkmn', image: 'probe:1' }
const env = (pod = podWith(), peers: string[] = []) =>
  Object.fromEntries(severEnv(pod, input.planId, peers).map(({ name, value }) => [name, value]))

describe('the scripts', () => {
  test.each([
    ['sever', severScript],
    ['helper', helperScript],
  ])('%s is POSIX shell', (_, script) => {
    const { status, stderr } = spawnSync('sh', ['-n', '-c', script], { encoding: 'utf8' })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  })

  // The kubelet replaces $(NAME) of the container's own variables in its command, and makes $$ one $.
  test.each([
    ['sever', severScript],
    ['helper', helperScript],
  ])('%s comes to the shell as it is', (_, script) => {
    expect(script).not.toContain('$$')
    expect(script).not.toMatch(/\$\([A-Z_]+\)/)
  })

  test('are the same for every pod: what varies is in the environment', () => {
    const hostile = podWith(
      {},
      { podIPs: [{ ip: '$(reboot)' }], hostIPs: [{ ip: '1.2.3.4; reboot' }], podIP: '', hostIP: '`id`' },
    )
    const peers = [
      '10.0.0.0/8',
      '10.1.2.3,in,6,8080',
      '0.0.0.0/0 lookup main',
      '$(id)',
      '10.0.0.1,in,6,99999',
      '::1,x,6,1',
    ]
    const { container } = severChange(hostile, { ...input, peers })
    expect(container['command']).toEqual(['sh', '-c', severScript, 'sever', 'cut'])
    expect(env(hostile, peers)).toMatchObject({
      KS_ADDRESSES: '',
      KS_NODE: '',
      KS_PEERS: '10.0.0.0/8,-,-,- 10.1.2.3,in,6,8080',
    })
  })
})

describe('what the script is told', () => {
  test('addresses of both families, and a place for the filters that is the plan’s own', () => {
    expect(env()).toMatchObject({ KS_ADDRESSES: '10.0.0.5 fd00::5', KS_NODE: '192.0.2.1', KS_PORTS: '', KS_PEERS: '' })
    expect(env()['KS_HANDLE']).toMatch(/^[4-7][\da-f]{7}$/)
    const pref = Number(env()['KS_PREF'])
    expect(pref).toBeGreaterThanOrEqual(16)
    expect(pref % 4).toBe(0)
    expect(pref + 3).toBeLessThan(0x8000)
    const other = severEnv(podWith(), 'another', [])
    expect(other.find(({ name }) => name === 'KS_HANDLE')?.value).not.toBe(env()['KS_HANDLE'])
  })

  test('the ports of network probes: named, of sidecars, and none that goes elsewhere', () => {
    const ports = [{ name: 'http', containerPort: 8080 }]
    const pod = podWith({
      containers: [
        {
          name: 'a',
          ports,
          livenessProbe: { httpGet: { port: 'http' } },
          readinessProbe: { tcpSocket: { port: 9000 } },
        },
        { name: 'b', livenessProbe: { exec: { command: ['true'] } }, startupProbe: { grpc: { port: 9001 } } },
        {
          name: 'c',
          livenessProbe: { httpGet: { port: 1, host: 'example.com' } },
          readinessProbe: { httpGet: { port: 'nobody' } },
        },
        {
          name: 'd',
          livenessProbe: { tcpSocket: { port: '9000; reboot' } },
          readinessProbe: { tcpSocket: { port: 70_000 } },
        },
        { name: 'e', livenessProbe: { tcpSocket: { port: '9002' } } },
      ],
      initContainers: [{ name: 'sidecar', restartPolicy: 'Always', livenessProbe: { tcpSocket: { port: 7000 } } }],
    })
    expect(probePorts(pod)).toEqual([7000, 8080, 9000, 9001, 9002])
  })
})

test.each([
  ['host network', podWith({ hostNetwork: true })],
  ['static pod', podWith({}, {}, { annotations: { 'kubernetes.io/config.mirror': 'x' } })],
  ['Windows', podWith({ nodeSelector: { 'kubernetes.io/os': 'windows' } })],
  ['has ended', podWith({}, { phase: 'Succeeded' })],
  ['no address', podWith({}, { podIPs: [], podIP: '' })],
])('refused: %s', (why, pod) => {
  expect(refuseSever(pod)).toContain(why)
  expect(refuseSever(podWith())).toBeUndefined()
})

describe('who can undo it, and who can go past it', () => {
  const adds = (...add: string[]) => ({ securityContext: { capabilities: { add } } })
  const drops = (...drop: string[]) => ({ securityContext: { capabilities: { drop } } })
  const pod = podWith(
    {
      containers: [
        { name: 'plain' },
        { name: 'net', ...adds('CAP_NET_ADMIN') },
        { name: 'all', ...adds('all') },
        { name: 'boss', securityContext: { privileged: true } },
        { name: 'user', securityContext: { runAsUser: 1000 } },
        { name: 'nobody', securityContext: { runAsNonRoot: true } },
        { name: 'dropped', ...drops('ALL') },
        { name: 'raw', securityContext: { runAsUser: 1000, capabilities: { drop: ['ALL'], add: ['NET_RAW'] } } },
      ],
      initContainers: [{ name: 'sidecar', restartPolicy: 'Always', ...adds('NET_ADMIN') }],
      ephemeralContainers: [
        { name: 'debug', ...adds('NET_ADMIN') },
        { name: 'ours', ...adds('NET_ADMIN') },
      ],
    },
    {
      ephemeralContainerStatuses: [
        { name: 'ours', state: { terminated: {} } },
        { name: 'debug', state: { running: {} } },
      ],
    },
  )

  test('NET_ADMIN', () => expect(netAdmins(pod)).toEqual(['net', 'all', 'boss', 'sidecar', 'debug']))
  test('NET_RAW, which root has unless it is dropped', () => {
    expect(rawSenders(pod)).toEqual(['plain', 'net', 'all', 'boss', 'raw', 'sidecar', 'debug'])
  })
})

describe('the changes', () => {
  test('first way: an ephemeral container with one capability', () => {
    const change = severChange(podWith(), input)
    expect(change).toMatchObject({
      do: 'subresource',
      subresource: 'ephemeralcontainers',
      ref: { name: 'web', namespace: 'shop' },
    })
    expect(change.container['securityContext']).toMatchObject({ capabilities: { drop: ['ALL'], add: ['NET_ADMIN'] } })
    expect(change.container).not.toHaveProperty('resources')
  })

  test('each action and each try has a name of its own, as long as a name may be', () => {
    const names = [
      containerName(input, 'cut'),
      containerName(input, 'release'),
      containerName({ ...input, attempt: 2 }, 'cut'),
    ]
    expect(new Set(names).size).toBe(3)
    for (const name of names) expect(name.length).toBeLessThanOrEqual(63)
  })

  test('second way: a helper on the node, gone after its run, that looks for the pod by what the node says', () => {
    const ids = ['containerd://' + 'a'.repeat(64), 'cri-o://' + 'b'.repeat(64), 'x://.*', '']
    const pod = podWith({}, { containerStatuses: ids.map((containerID) => ({ containerID })) })
    const change = helperChange(pod, { ...input, stateNamespace: 'state' })
    expect(change).toMatchObject({
      do: 'create',
      temporary: true,
      ref: { namespace: 'state' },
      risk: expect.stringContaining('privileged'),
    })
    expect(change.body['spec']).toMatchObject({
      nodeName: 'node-7',
      hostPID: true,
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
    })
    const uid = '0aa0b11b-2222-4333-8444-555566667777'
    expect(cgroupPattern(pod)).toBe(
      [`pod${uid}`, `pod${uid.replaceAll('-', '_')}`, 'a'.repeat(64), 'b'.repeat(64)].join('|'),
    )
    expect(cgroupPattern(podWith({}, {}, { uid: '.*' }))).toBe('')
  })
})
