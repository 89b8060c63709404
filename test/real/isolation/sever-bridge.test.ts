import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { newPlanId } from '../../../src/change/id.ts'
import type { Raw } from '../../../src/isolation/raw.ts'
import type { LiveReport } from '../../../src/isolation/report.ts'
import { severEnv } from '../../../src/isolation/sever-facts.ts'
import { judgeCut } from '../../../src/isolation/sever-judge.ts'
import { parseSeverLog } from '../../../src/isolation/sever-log.ts'
import { severScript } from '../../../src/isolation/sever-script.ts'
import { findCommand } from '../../cluster/commands.ts'
import { describeNeeding } from '../../cluster/suite.ts'
import { type Bridge, on, openBridge, type Place } from './bridge.ts'
import type { Flow } from './talker.ts'
import { startTraffic, type Traffic } from './traffic.ts'

const missing = [
  ...['unshare', 'nsenter', 'ip', 'ss', 'tc', 'perl']
    .filter((command) => !findCommand(command))
    .map((command) => `no ${command}`),
  ...(process.getuid?.() === 0 ? [] : ['network namespaces need root']),
]

/** Datagrams of every sort from a process without privileges; `Packet` sends as root, by a packet socket that may pass the queue by. */
const datagrams = `use Socket; use Socket qw(pack_sockaddr_in6 inet_pton);
my ($v4, $v6, $port) = @ARGV; $< = $> = 65534;
for my $device (undef, "eth0") {
  for my $to ($v4, "10.99.0.255", "255.255.255.255") {
    socket(my $s, AF_INET, SOCK_DGRAM, 0); setsockopt($s, SOL_SOCKET, SO_BROADCAST, 1);
    setsockopt($s, SOL_SOCKET, 25, $device) if $device;
    send($s, "x", 0, pack_sockaddr_in($port, inet_aton($to)));
  }
  for my $to ($v6, "ff02::1") {
    socket(my $s, AF_INET6, SOCK_DGRAM, 0); setsockopt($s, SOL_SOCKET, 25, $device) if $device;
    send($s, "x", 0, pack_sockaddr_in6($port, inet_pton(AF_INET6, $to), 0, 0));
  }
}`
const packets = `use Socket;
my ($bypass, $port) = @ARGV;
socket(my $s, 17, SOCK_RAW, 0x0008) or die "socket $!";
open(my $f, "<", "/proc/net/dev"); 
setsockopt($s, 263, 20, 1) or die "bypass $!" if $bypass;
my ($index) = \`ip -o link show eth0\` =~ /^(\\d+):/; my ($own) = \`ip -o link show eth0\` =~ /ether (\\S+)/;
bind($s, pack("SnlSCCa8", 17, 0x0800, $index, 0, 0, 0, "")) or die "bind $!";
my $ip = pack("CCnnnCCna4a4", 0x45, 0, 29, 1, 0, 64, 17, 0, inet_aton("10.99.0.2"), inet_aton("10.99.0.3"));
my $sum = 0; $sum += $_ for unpack("n*", $ip); $sum = ($sum & 0xffff) + ($sum >> 16) while $sum >> 16;
substr($ip, 10, 2) = pack("n", ~$sum & 0xffff);
my $frame = ("\\xff" x 6) . pack("H12", $own =~ s/://gr) . pack("n", 0x0800) . $ip . pack("nnnn", 999, $port, 9, 0) . "x";
for (1 .. 80) { send($s, $frame, 0); select(undef, undef, undef, 0.05) }`

describeNeeding(missing, 'sever on a bridge, where pods share a subnet', () => {
  let bridge: Bridge
  beforeEach(async () => {
    bridge = await openBridge()
  }, 20_000)
  afterEach(() => bridge.close())

  const podWith = (probes: object): Raw => ({
    metadata: { name: 'pod', namespace: 'shop', uid: '' },
    spec: { containers: [{ name: 'main', ...probes }] },
    status: { podIPs: [{ ip: on.pod.v4 }, { ip: on.pod.v6 }], hostIPs: [{ ip: '192.0.2.1' }] },
  })

  async function script(action: 'cut' | 'release', pod: Raw, planId: string, peers: string[] = [], more = {}) {
    const told = Object.fromEntries(severEnv(pod, planId, peers).map(({ name, value }) => [name, value]))
    const env = { ...told, ...more }
    const { stdout } = await bridge.run('pod', ['sh', '-c', severScript, 'sever', action], env)
    const log = parseSeverLog(stdout)
    if (!log) throw new Error(stdout)
    return log
  }
  async function cut(pod: Raw, peers: string[] = []): Promise<LiveReport> {
    return judgeCut(pod, await script('cut', pod, newPlanId(), peers), { way: 'ephemeral container', peers })
  }

  async function talk(flows: Record<Place, Flow[]>): Promise<Traffic> {
    const places = Object.fromEntries(
      Object.entries(flows).map(([place, list]) => [place, { flows: list, enter: bridge.enter(place as Place) }]),
    )
    const traffic = await startTraffic(places, async (argv) => bridge.run('node', argv))
    onTestFinished(() => traffic.stop())
    return traffic
  }
  const send = (from: Place, to: Place) => bridge.run(from, ['perl', '-e', datagrams, on[to].v4, on[to].v6, '9002'])

  test('streams and datagrams of both families stop, whatever device a socket is bound to, broadcasts too', async () => {
    const traffic = await talk({
      pod: [
        ...serves(9001, 9003, 9004),
        { id: 'heard', kind: 'udp-hear', port: 9002 },
        dials('out4', on.other.v4, 9011),
        dials('out6', on.other.v6, 9012),
        dials('self', on.pod.v4, 9004),
      ],
      other: [
        ...serves(9011, 9012),
        { id: 'heard', kind: 'udp-hear', port: 9002 },
        dials('in4', on.pod.v4, 9001),
        dials('in6', on.pod.v6, 9001),
      ],
      node: [dials('node', on.pod.v4, 9003)],
    })
    const streams = [
      'node node',
      'other 9011',
      'other 9012',
      'other in4',
      'other in6',
      'pod 9001',
      'pod 9003',
      'pod out4',
      'pod out6',
    ]
    const loop = ['pod 9004', 'pod self']
    await vi.waitFor(
      async () => expect(moving(await traffic.during(300))).toEqual([...streams, ...loop].sort()),
      15_000,
    )
    const before = traffic.heard()
    await send('pod', 'other')
    await send('other', 'pod')
    // What is sent to all comes to the other end, and a datagram to itself.
    await vi.waitFor(
      () => expect((traffic.heard()['other heard'] ?? 0) - (before['other heard'] ?? 0)).toBeGreaterThanOrEqual(10),
      5_000,
    )
    await vi.waitFor(
      () => expect((traffic.heard()['pod heard'] ?? 0) - (before['pod heard'] ?? 0)).toBeGreaterThanOrEqual(10),
      5_000,
    )

    expect(await cut(podWith({}))).toMatchObject({ result: 'severed', destroyed: expect.any(Number), alive: [] })
    const hush = traffic.heard()
    await send('pod', 'other')
    expect((await traffic.during(1000))['other heard']).toBe(0)
    await send('other', 'pod')
    // The other end hears its own broadcasts.
    const { 'other heard': _, ...then } = await traffic.during(1000)
    expect(moving(then)).toEqual(loop)
    expect(traffic.heard()['pod heard']).toBe(hush['pod heard'])
    for (const id of ['pod out4', 'pod out6', 'pod 9001', 'pod 9003'])
      expect(traffic.ends()[id]?.ended).toBeGreaterThan(0)
  })

  test('a probe of the kubelet from the bridge comes through to its port, and nobody else does', async () => {
    const traffic = await talk({
      pod: serves(8080, 9001),
      other: [dials('in', on.pod.v4, 8080)],
      node: [dials('probe4', on.pod.v4, 8080), dials('probe6', on.pod.v6, 8080), dials('else', on.pod.v4, 9001)],
    })
    const all = ['node else', 'node probe4', 'node probe6', 'other in', 'pod 8080', 'pod 9001']
    await vi.waitFor(async () => expect(moving(await traffic.during(300))).toEqual(all), 15_000)
    const probe = { livenessProbe: { tcpSocket: { port: 8080 } } }
    expect(await cut(podWith(probe))).toMatchObject({ result: 'severed', why: expect.stringContaining('probes') })
    await vi.waitFor(
      async () => expect(moving(await traffic.during(500))).toEqual(['node probe4', 'node probe6', 'pod 8080']),
      15_000,
    )
  })

  test('who is excepted goes on', async () => {
    const traffic = await talk({
      pod: serves(9001, 9003),
      other: [dials('in', on.pod.v4, 9001)],
      node: [dials('node', on.pod.v4, 9003)],
    })
    const all = ['node node', 'other in', 'pod 9001', 'pod 9003']
    await vi.waitFor(async () => expect(moving(await traffic.during(300))).toEqual(all), 15_000)
    expect(await cut(podWith({}), [`${on.other.v4}/32`])).toMatchObject({ result: 'severed' })
    expect(moving(await traffic.during(1000))).toEqual(['other in', 'pod 9001'])
  })

  test('two plans whose filters want the same place get two, and are let go apart from each other', async () => {
    const traffic = await talk({ pod: serves(9001), other: [dials('in', on.pod.v4, 9001)], node: [] })
    const flows = () =>
      vi.waitFor(async () => expect(moving(await traffic.during(300))).toEqual(['other in', 'pod 9001']), 15_000)
    await flows()
    const place = { KS_PREF: '16', KS_WATCH: '0' }
    const [first, second] = [newPlanId(), newPlanId()]
    for (const plan of [first, second])
      expect((await script('cut', podWith({}), plan, [], place)).cut).toEqual(['eth0'])
    expect((await script('cut', podWith({}), first, [], place)).already).toEqual(['eth0'])
    expect(await script('release', podWith({}), first)).toMatchObject({ released: ['eth0'], held: ['eth0'] })
    expect(moving(await traffic.during(1000))).toEqual([])
    expect(await script('release', podWith({}), second)).toMatchObject({ released: ['eth0'], held: [] })
    expect((await script('release', podWith({}), second)).released).toEqual([])
    await flows()
    const { stdout } = await bridge.run('pod', ['tc', 'qdisc', 'show', 'dev', 'eth0'])
    expect(stdout).not.toContain('clsact')
  })

  test('a packet socket is held back, and one that passes the queue by is not: then it is seen and said', async () => {
    const traffic = await talk({ pod: [], other: [{ id: 'heard', kind: 'udp-hear', port: 9002 }], node: [] })
    const raw = (bypass: 0 | 1) => bridge.run('pod', ['perl', '-e', packets, String(bypass), '9002'])
    const plain = raw(0)
    await vi.waitFor(async () => expect((await traffic.during(200))['other heard']).toBeGreaterThan(0), 5_000)
    const report = await cut(podWith({}))
    expect(report).toMatchObject({ result: 'survived', alive: [expect.stringContaining('packet socket')] })
    expect((await traffic.during(500))['other heard']).toBe(0)
    await plain
    const passing = raw(1)
    await vi.waitFor(async () => expect((await traffic.during(200))['other heard']).toBeGreaterThan(0), 5_000)
    const { alive } = await cut(podWith({}))
    expect(alive).toEqual([
      expect.stringMatching(/^interface eth0 sent \d+ packets past the filter$/),
      expect.stringContaining('packet socket'),
    ])
    expect((await passing).code).toBe(0)
  })
})

const dials = (id: string, address: string, port: number): Flow => ({ id, address, port, kind: 'tcp-talk' })
const serves = (...ports: number[]): Flow[] => ports.map((port) => ({ id: String(port), port, kind: 'tcp-serve' }))
const moving = (heard: Record<string, number>): string[] =>
  Object.keys(heard)
    .filter((id) => (heard[id] ?? 0) > 0)
    .sort()
