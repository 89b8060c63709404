import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ClusterError } from './cluster-error.ts'
import { addresses } from './control-plane.ts'
import type { Instance, InstanceRecord } from './instance.ts'
import { partsEnv } from './node-parts.ts'
import { isRunning } from './process-identity.ts'
import { startProcess, waitFor } from './start-process.ts'

// Folders of the host that kubelet, containerd, CNI and Felix write to by fixed names: the node has private ones.
const privateFolders = ['/run', '/var/lib', '/var/log']

// Kernel settings that are the whole machine's and that a kubelet would change: it is shown these values instead.
const tunables = {
  'vm/overcommit_memory': 1,
  'vm/panic_on_oom': 0,
  'kernel/panic': 10,
  'kernel/panic_on_oops': 1,
  'kernel/keys/root_maxkeys': 1_000_000,
  'kernel/keys/root_maxbytes': 25_000_000,
}

// --no-mtab: mount would note the first of these in /run/mount of the host.
const setup = `set -eu
for folder in ${privateFolders.join(' ')}; do mount --no-mtab --bind "$1/root$folder" $folder; done
for file in ${Object.keys(tunables).join(' ')}; do mount --no-mtab --bind "$1/root/sys/$file" "/proc/sys/$file"; done
ip link set lo up
echo 1 > /proc/sys/net/ipv4/ip_forward
ip link add node0 type bridge # not every kernel has dummy devices
ip addr add ${addresses.node}/32 dev node0
ip link set node0 up
ip route add default dev node0 # without a default route the kernel answers no proxy ARP for the pods' gateway
: > "$1/inside"
while :; do sleep 3600; done # the first process of the namespace; waiting, it also reaps orphans`

/** The process that holds the node's namespaces. */
const holder = 'namespaces'

/**
 * Makes the node's network, mount and process namespaces. They end with the one process that holds them, and all that
 * runs or is mounted in them ends too: that is how a node is taken down without a search for what it has started.
 */
export async function makeNamespaces(instance: Instance): Promise<void> {
  for (const folder of [...privateFolders, '/run/netns', '/run/lock', '/var/lib/calico', '/var/log/pods'])
    mkdirSync(join(instance.dir, 'root', folder), { recursive: true })
  for (const [name, value] of Object.entries(tunables)) {
    const file = join(instance.dir, 'root', 'sys', name)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, `${value}\n`)
  }
  // Not `ip netns`: its names are the host's, and `ip netns exec` hides the cgroup mounts that the kubelet needs.
  const spaces = ['--net', '--mount', '--propagation', 'slave', '--pid', '--fork', '--kill-child', '--mount-proc']
  const shell = ['/bin/sh', '-c', setup, 'node', instance.dir]
  const keeper = startProcess(instance, holder, ['unshare', ...spaces, ...shell], nodeEnv(instance))
  await waitFor('the namespaces are set up', async () => existsSync(join(instance.dir, 'inside')), [keeper], 10_000)
}

function namespace(record: InstanceRecord, kind: string): string {
  const found = record.processes.find(({ name }) => name === holder)
  if (!found || !isRunning(found.identity)) throw new ClusterError(`The node of ${record.name} has ended.`)
  return `/proc/${found.identity.pid}/ns/${kind}`
}

/** What a command line begins with to run in the node's network, and else on the host: what kubectl needs. */
export function enterNetwork(record: InstanceRecord): string[] {
  return ['nsenter', `--net=${namespace(record, 'net')}`, '--']
}

/** What a command line begins with to run as on the node. */
export function enterNode(record: InstanceRecord): string[] {
  const of = (kind: string) => namespace(record, kind)
  return ['nsenter', `--net=${of('net')}`, `--mount=${of('mnt')}`, `--pid=${of('pid_for_children')}`, '--']
}

/** The environment of what runs on the node. */
export function nodeEnv(instance: Instance): Record<string, string> {
  return partsEnv([join(instance.dir, 'bin')])
}
