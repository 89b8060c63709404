import type { Escape } from './cluster-state.ts'

/*
 * What a path of the node's file system, mounted into a container, makes of it. A mount holds all that is below its path and, if its path is
 * above, the place itself. Peers: KubeHound's EXPLOIT_HOST_WRITE takes every writable mount for root, which is wrong for most; these are the
 * places that programs of root on the node run, read orders from, or take connections on.
 */

// Whoever connects starts containers of any kind. A mount that is read only lets connect all the same: a connection writes nothing.
const runtimeSockets = [
  '/run/docker.sock',
  '/run/containerd/containerd.sock',
  '/run/k3s/containerd/containerd.sock',
  '/run/k0s/containerd.sock',
  '/run/crio/crio.sock',
  '/run/podman/podman.sock',
  '/run/cri-dockerd.sock',
  '/run/dockershim.sock',
  '\\\\.\\pipe\\docker_engine',
  '\\\\.\\pipe\\containerd-containerd',
]
// systemd starts what root, whom it knows by the socket's credentials, asks for.
const otherSockets = ['/run/systemd/private', '/run/dbus/system_bus_socket']

// Programs that root runs, what they are told by, and where root logs in from.
const rootsOwn = [
  ...['bin', 'sbin', 'lib', 'lib64', 'libexec', 'local/bin', 'local/sbin', 'local/lib'].map((name) => `/usr/${name}`),
  '/bin',
  '/sbin',
  '/lib',
  '/lib64',
  '/boot',
  '/root',
  '/opt/bin',
  '/opt/cni/bin',
  '/var/spool/cron',
  ...['passwd', 'shadow', 'group', 'sudoers', 'sudoers.d', 'ssh', 'pam.d', 'security'].map(etc),
  ...['crontab', 'cron.d', 'cron.hourly', 'cron.daily', 'cron.weekly', 'anacrontab'].map(etc),
  ...['systemd', 'init.d', 'rc.local', 'profile', 'profile.d', 'ld.so.preload', 'ld.so.conf.d'].map(etc),
  ...['modprobe.d', 'modules-load.d', 'udev', 'sysctl.d', 'logrotate.d', 'kubernetes', 'rancher'].map(etc),
  ...['containerd', 'crio', 'docker', 'alternatives'].map(etc),
  '/run/systemd/system',
  '/run/udev/rules.d',
  // Images and root file systems of the other containers, privileged ones among them.
  '/var/lib/containerd',
  '/var/lib/containers',
  '/var/lib/docker',
  '/var/lib/rancher',
  '/var/lib/k0s',
  '/var/lib/kubelet/config.yaml',
  '/var/lib/kubelet/kubeadm-flags.env',
  // core_pattern and modprobe name programs that the kernel starts as root (KubeHound CE_UMH_CORE_PATTERN).
  '/proc/sys/kernel',
]

const kept: Record<NonNullable<Escape['discloses']>[number], string[]> = {
  'kubelet-credential': [
    '/var/lib/kubelet/pki',
    '/var/lib/kubelet/kubeconfig',
    '/etc/kubernetes/kubelet.conf',
    '/var/lib/rancher/k3s/agent',
    '/var/lib/rancher/rke2/agent',
  ],
  'pod-tokens': ['/var/lib/kubelet/pods'],
  'control-plane-keys': [
    '/etc/kubernetes/pki',
    '/etc/kubernetes/admin.conf',
    '/etc/kubernetes/super-admin.conf',
    '/etc/kubernetes/controller-manager.conf',
    '/var/lib/etcd',
    '/var/lib/rancher/k3s/server',
    '/var/lib/rancher/rke2/server',
    '/etc/rancher/k3s/k3s.yaml',
    '/etc/rancher/rke2/rke2.yaml',
  ],
}

/** What a mount of this path gives; `path` and the field are hostile text. */
export function judgeHostPath(path: string, isWritable: boolean): Pick<Escape, 'kind' | 'root' | 'discloses'> {
  const place = normal(path)
  const discloses = Object.entries(kept).flatMap(([what, places]) =>
    places.some((one) => meets(place, one)) ? [what as keyof typeof kept] : [],
  )
  const said = discloses.length > 0 ? { discloses } : {}
  if (runtimeSockets.some((socket) => holds(place, socket))) return { kind: 'runtime-socket', root: true, ...said }
  const isRoots = isWritable && rootsOwn.some((one) => meets(place, one))
  return { kind: 'host-path', root: isRoots || otherSockets.some((socket) => holds(place, socket)), ...said }
}

/** A path of a mount with the subPath that it is narrowed to. */
export function below(path: string, subPath: string | undefined): string {
  return subPath === undefined ? path : `${path}/${subPath}`
}

// /var/run is a link to /run on every system with systemd, and so is /proc/1/root to /.
function normal(path: string): string {
  if (!path.startsWith('/')) return path
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return `/${parts.join('/')}`
    .replace(/^(?:\/proc\/(?:\d+|self|thread-self)\/(?:root|cwd))+(?=\/|$)/, '')
    .replace(/^\/var\/run(?=\/|$)/, '/run')
    .replace(/^$/, '/')
}

function holds(place: string, one: string): boolean {
  return place === one || one.startsWith(place === '/' ? '/' : `${place}/`)
}

function meets(place: string, one: string): boolean {
  return holds(place, one) || place.startsWith(`${one}/`)
}

function etc(name: string): string {
  return `/etc/${name}`
}
