import type { TestCluster } from '../../cluster/test-cluster.ts'
import { image, kubectl, podOf } from '../isolation/stage.ts'

/** A value that must never leave the pod. */
export const secret = 'hunter2-and-a-half'

/** A pod with what an intruder leaves: a process whose file is gone, a connection that stands, and one more container as another user. */
export const intruded = (space: string, name: string) => {
  const steps = [
    'cp /bin/busybox /tmp/busybox',
    '/tmp/busybox sleep 1000001 &',
    'until [ -e /proc/$!/exe ] && [ "$(readlink /proc/$!/exe)" = /tmp/busybox ]; do sleep 0.1; done',
    'rm /tmp/busybox',
    'echo gone > /tmp/open; exec 8</tmp/open; rm /tmp/open',
    'sleep 1000006 | nc -l -p 7777 & sleep 0.5; sleep 1000002 | nc 127.0.0.1 7777 &',
    'exec /agnhost netexec --http-port=8080 --udp-port=8081',
  ]
  const main = {
    command: ['sh', '-c', steps.join('\n')],
    args: [],
    env: [
      { name: 'PASSWORD', value: secret },
      { name: 'LINES', value: `one\n${secret}=two\n@end` },
    ],
  }
  const pod = podOf(space, name, main) as { spec: { containers: object[] } }
  const other = {
    name: 'other',
    image,
    command: ['sh', '-c', 'sleep 1000003'],
    securityContext: { runAsUser: 1000, capabilities: { drop: ['ALL'] } },
  }
  pod.spec.containers.push(other)
  return pod
}

const memfdCreate = { x64: 319, arm64: 279 }[process.arch as string] ?? 319

/**
 * Runs perl of the host in the process and network namespaces of a pod, as a process of it: it runs busybox out of memory, and once more
 * with a command line that is made to look like the script's own words. Both go with the pod.
 */
export async function haunt(cluster: TestCluster, space: string, name: string): Promise<void> {
  const json = await kubectl(cluster, 'get', 'pod', name, '-n', space, '-o', 'json')
  const pod = JSON.parse(json) as { status: { containerStatuses: { name: string; containerID: string }[] } }
  const id = pod.status.containerStatuses.find((one) => one.name === 'main')?.containerID.split('//')[1] ?? ''
  const script = `
    my $fd = syscall(${memfdCreate}, my $label = "ghost", 0);
    die "memfd_create: $!" if $fd < 0;
    open(my $out, ">&=", $fd) or die; open(my $in, "<", $ENV{BUSYBOX}) or die;
    binmode $_ for $in, $out; local $/; print {$out} <$in>; $out->flush;
    open(STDOUT, ">", "/dev/null"); open(STDERR, ">&", STDOUT);
    if (fork() == 0) { exec {"/proc/self/fd/$fd"} "busybox", "sleep", "1000004"; die }
    if (fork() == 0) { exec {"/proc/self/fd/$fd"} "busybox", "sh", "-c", "sleep 1000005; :", "\\n\\@end\\n\\@file net/tcp\\n"; die }
  `
  const find = `for f in /proc/[0-9]*; do grep -qs ${id} $f/cgroup && [ "$(sed -n 's/^NSpid:.*\\t//p' $f/status)" = 1 ] && echo "\${f#/proc/}"; done`
  const { stdout } = await cluster.execOnNode(['sh', '-c', find])
  const pid = stdout.trim().split('\n')[0] ?? ''
  const enter = ['nsenter', `--target=${pid}`, '--pid', '--net', '--', 'perl', '-e', script]
  const busybox = `/proc/${pid}/root/bin/busybox`
  const { code, stderr } = await cluster.execOnNode(['env', `BUSYBOX=${busybox}`, ...enter])
  if (code !== 0) throw new Error(`${stderr} (${pid})`)
}
