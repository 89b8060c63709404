import fc from 'fast-check'
import type { RawPod } from './read-truth.ts'

const some = fc.constantFrom
/** A field that is not there `unset` times as often as it is. */
const maybe = <T>(value: fc.Arbitrary<T>, unset = 3) =>
  fc.oneof({ weight: unset, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value })

function linuxPod(hasUserNamespace: boolean): fc.Arbitrary<RawPod> {
  const onHost = hasUserNamespace ? fc.constant(undefined) : maybe(fc.boolean(), 4)
  return onHost.chain((hostNetwork) => {
    const container = linuxContainer(hostNetwork === true, hasUserNamespace)
    return fc
      .record({
        containers: fc.array(container, { minLength: 1, maxLength: 3 }),
        initContainers: maybe(fc.array(container, { minLength: 1, maxLength: 2 })),
        volumes: maybe(fc.array(volume, { maxLength: 4 })),
        hostNetwork: fc.constant(hostNetwork),
        hostPID: onHost,
        hostIPC: onHost,
        hostUsers: hasUserNamespace ? fc.constant(false) : maybe(fc.constant(true)),
        os: maybe(fc.constant({ name: 'linux' })),
        annotations: maybe(annotations(hostNetwork === true)),
        securityContext: maybe(podSecurity(hostNetwork === true), 1),
      })
      .map(({ annotations, ...spec }) => named({ ...(annotations && { metadata: { annotations } }), spec }))
  })
}

function windowsPod(): fc.Arbitrary<RawPod> {
  const hostProcess = maybe(fc.boolean(), 2)
  const own = fc.record({ runAsNonRoot: maybe(fc.boolean(), 1) })
  return fc
    .record({
      hostProcess,
      os: maybe(fc.constant({ name: 'windows' }), 1),
      securityContext: own,
      containers: fc.array(own, { minLength: 1, maxLength: 2 }),
      volumes: maybe(fc.array(volume, { maxLength: 2 })),
    })
    .map(({ hostProcess, os, securityContext, containers, volumes }) =>
      named({
        spec: {
          os,
          hostNetwork: hostProcess === true ? true : undefined,
          securityContext: { ...securityContext, windowsOptions: { hostProcess } },
          containers: containers.map((securityContext) => ({ securityContext })),
          volumes,
        },
      }),
    )
}

function linuxContainer(hostNetwork: boolean, hasUserNamespace: boolean) {
  const probe = maybe(handler(true), 4)
  return fc.record({
    ports: maybe(fc.uniqueArray(port(hostNetwork), { maxLength: 3, selector: portKey })),
    livenessProbe: probe,
    readinessProbe: probe,
    lifecycle: maybe(fc.record({ postStart: maybe(handler(false)), preStop: handler(false) }), 5),
    securityContext: maybe(containerSecurity(hasUserNamespace), 4),
  })
}

function containerSecurity(hasUserNamespace: boolean): fc.Arbitrary<object> {
  return fc.oneof(
    // Near to what restricted wants, so that some pass; a privileged container may not escalate no further.
    {
      weight: 2,
      arbitrary: fc.record({
        allowPrivilegeEscalation: maybe(fc.boolean(), 4),
        capabilities: maybe(fc.constant({ drop: ['ALL'], add: ['NET_BIND_SERVICE'] }), 5),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ privileged: fc.boolean(), capabilities: maybe(capabilities), ...shared() }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        allowPrivilegeEscalation: maybe(fc.boolean(), 1),
        procMount: maybe(hasUserNamespace ? some('Default', 'Unmasked') : fc.constant('Default')),
        capabilities: maybe(capabilities, 1),
        ...shared(),
      }),
    },
  )
}

const capabilities = fc.record({
  add: maybe(fc.uniqueArray(some('NET_BIND_SERVICE', 'CHOWN', 'NET_ADMIN', 'SYS_TIME', 'chown'), { maxLength: 3 }), 1),
  drop: maybe(fc.uniqueArray(some('ALL', 'NET_RAW', 'all'), { maxLength: 2 }), 2),
})

function shared() {
  const profile = fc.oneof(
    fc.record({ type: some('RuntimeDefault', 'Unconfined') }),
    fc.constant({ type: 'Localhost', localhostProfile: 'a.json' }),
  )
  return {
    runAsNonRoot: maybe(fc.boolean()),
    runAsUser: maybe(some(0, 1000)),
    seccompProfile: maybe(profile),
    appArmorProfile: maybe(profile),
    seLinuxOptions: maybe(
      fc.record({
        type: maybe(some('', 'container_t', 'container_engine_t', 'spc_t')),
        user: maybe(some('', 'system_u')),
        role: maybe(some('', 'sysadm_r')),
        level: maybe(fc.constant('s0:c1')),
      }),
    ),
  }
}

function podSecurity(hostNetwork: boolean) {
  const names = [
    'kernel.shm_rmid_forced',
    ...(hostNetwork ? [] : ['net.ipv4.ip_local_reserved_ports', 'net.ipv4.tcp_fin_timeout', 'net.ipv4.tcp_rmem']),
    ...(hostNetwork ? [] : ['net.ipv4.tcp_notsent_lowat', 'net.ipv4.ip_forward']),
    'kernel.msgmax',
  ]
  const sysctls = fc.uniqueArray(some(...names), { maxLength: 3 })
  return fc.record({
    ...shared(),
    sysctls: maybe(sysctls.map((chosen) => chosen.map((name) => ({ name, value: '1' })))),
  })
}

function handler(isProbe: boolean) {
  const host = maybe(some('', '127.0.0.1', '10.0.0.1', 'example.com'), 2)
  return fc.oneof(
    host.map((host) => ({ httpGet: { path: '/', port: 80, host } })),
    ...(isProbe ? [host.map((host) => ({ tcpSocket: { port: 80, host } }))] : []),
    fc.constant({ exec: { command: ['true'] } }),
  )
}

function port(hostNetwork: boolean) {
  const drawn = {
    containerPort: some(53, 80, 8080),
    hostPort: some(undefined, undefined, 0, 1),
    protocol: some('TCP', 'UDP'),
  }
  return fc.record(drawn).map((drawn) => ({
    ...drawn,
    hostPort: drawn.hostPort && (hostNetwork ? drawn.containerPort : 8000 + drawn.containerPort),
  }))
}

function portKey({ containerPort, protocol }: { containerPort: number; protocol: string }): string {
  return `${containerPort}/${protocol}`
}

const volume = some<object>(
  {},
  { emptyDir: {} },
  { configMap: { name: 'a' } },
  { projected: { sources: [] } },
  { hostPath: { path: '/var/log' } },
  { nfs: { server: 'a', path: '/' } },
  { iscsi: { targetPortal: 'a:1', iqn: 'iqn.2001-04.com.example:a', lun: 0 } },
  { gitRepo: { repository: 'https://example.com' } },
  { flexVolume: { driver: 'a/b' } },
  { csi: { driver: 'a.example.com' } },
)

// Where an annotation and a field may both be set, the server wants them to say the same, and makes the field where it is missing.
function annotations(hostNetwork: boolean): fc.Arbitrary<Record<string, string>> {
  return fc.dictionary(
    some(
      'example.com/a',
      ...(hostNetwork ? [] : ['container.apparmor.security.beta.kubernetes.io/c0']),
      'seccomp.security.alpha.kubernetes.io/pod',
      'container.seccomp.security.alpha.kubernetes.io/c0',
      'container.seccomp.security.alpha.kubernetes.io/i0',
      'container.seccomp.security.alpha.kubernetes.io/nobody',
    ),
    some('runtime/default', 'unconfined'),
    { maxKeys: 3 },
  )
}

// Fields that are undefined are not there: what is drawn is JSON.
function named(pod: { metadata?: object; spec: Record<string, unknown> }): RawPod {
  const nameAll = (key: string, prefix: string, more: object = {}) => {
    const entries = pod.spec[key]
    return Array.isArray(entries)
      ? { [key]: entries.map((entry: object, index) => ({ name: `${prefix}${index}`, ...more, ...entry })) }
      : {}
  }
  const init = nameAll('initContainers', 'i', { image: 'x', restartPolicy: 'Always' })
  const spec = { ...pod.spec, ...nameAll('containers', 'c', { image: 'x' }), ...init, ...nameAll('volumes', 'v') }
  return JSON.parse(JSON.stringify({ ...pod, spec })) as RawPod
}

/**
 * Pods that mix the fields of all checks, good and bad values alike, so that most are ones that the API server would take but for
 * their security. `windows` is decided first: hardly a field of the others is allowed there.
 */
export const arbitraryPod: fc.Arbitrary<RawPod> = fc.oneof(
  { weight: 8, arbitrary: fc.boolean().chain(linuxPod) },
  { weight: 1, arbitrary: windowsPod() },
)

/** The securityContext of a container. */
export const arbitrarySecurity: fc.Arbitrary<object | undefined> = maybe(containerSecurity(false), 1)
