import { keepRowsYoung } from '../../src/cli/memory.ts'
import { parseAddress } from '../../src/network/address.ts'
import { decodeNetworkPolicy } from '../../src/network/decode-network-policy.ts'
import { networkOf } from '../../src/network/network.ts'
import { reach, reachRows } from '../../src/network/reach.ts'
import { emptyWorld, type World } from '../../src/network/world.ts'

// node test/bench/reach.ts [pods] [policies]: reach on a large cluster; prints times and memory, asserts nothing.
keepRowsYoung()
const [pods = 10_000, policies = 1_000] = process.argv.slice(2).map(Number)
const say = (text: string) => process.stdout.write(`${text}\n`)
for (const style of ['by tier', 'by workload'] as const) {
  const world = makeWorld(pods, policies, style)
  say(`${pods} pods, ${policies} NetworkPolicies that select ${style}, ${world.namespaces.length} namespaces`)
  const first = world.pods[0]
  if (!first) throw new Error('a world without pods')
  const end = { kind: 'pod', namespace: first.namespace, name: first.name } as const
  measure('  from one pod', () => reach(networkOf(world), { from: end }).rows.length)
  measure('  to one pod', () => reach(networkOf(world), { to: end }).rows.length)
  measure('  everything, TCP 8080', () => count(networkOf(world), { protocol: 'TCP', port: 8080 }))
  measure('  everything, all ports', () => count(networkOf(world), {}))
  measure('  everything not denied', () => count(networkOf(world), { verdicts: ['allowed', 'unknown'] }))
  say(`  peak memory ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB`)
}

function count(network: ReturnType<typeof networkOf>, query: Parameters<typeof reachRows>[1]): string {
  const { groups, rows } = reachRows(network, query)
  let found = 0
  let pairs = 0
  for (const { to } of rows) {
    found += 1
    pairs += to.length
  }
  return `${groups.length} groups, ${pairs} pairs of groups in ${found}`
}

function measure(name: string, run: () => number | string): void {
  const start = performance.now()
  const before = process.cpuUsage()
  const found = run()
  const { user, system } = process.cpuUsage(before)
  const cpu = Math.round((user + system) / 1000)
  say(`${name}: ${Math.round(performance.now() - start)} ms (${cpu} ms of CPU), ${found} rows`)
}

/** Workloads of five replicas; policies as people write them: default denies, own tier, namespaces by label, addresses, ports. */
function makeWorld(podCount: number, policyCount: number, style: 'by tier' | 'by workload'): World {
  const namespaceCount = Math.max(1, Math.round(podCount / 50))
  const teams = 20
  const namespaces = Array.from({ length: namespaceCount }, (_, index) => ({
    name: `ns-${index}`,
    labels: {
      'kubernetes.io/metadata.name': `ns-${index}`,
      team: `team-${index % teams}`,
      env: index % 3 ? 'prod' : 'test',
    },
  }))
  const tiers = ['web', 'api', 'db', 'job', 'cache']
  return {
    ...emptyWorld('conformant'),
    namespaces,
    pods: Array.from({ length: podCount }, (_, index) => {
      const workload = Math.floor(index / 5)
      const labels = { app: `app-${workload}`, tier: tiers[workload % 5] ?? '', 'pod-template-hash': `h${workload}` }
      return {
        namespace: `ns-${workload % namespaceCount}`,
        name: `app-${workload}-${index % 5}`,
        labels,
        serviceAccount: 'default',
        hostNetwork: false,
        phase: 'Running',
        node: `node-${index % 100}`,
        addresses: [parseAddress(`10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`) ?? []].flat(),
        ports: [{ name: 'http', port: workload % 2 ? 8080 : 9090, protocol: 'TCP' as const }],
      }
    }),
    policies: Array.from({ length: policyCount }, (_, index) =>
      decodeNetworkPolicy((style === 'by tier' ? policy : workloadPolicy)(index, namespaceCount, teams, tiers), {
        enforcer: 'conformant',
      }),
    ),
  }
}

function policy(index: number, namespaceCount: number, teams: number, tiers: string[]) {
  const tier = (offset: number) => ({ matchLabels: { tier: tiers[(index + offset) % 5] ?? '' } })
  const shapes = [
    { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
    {
      podSelector: tier(0),
      ingress: [{ from: [{ podSelector: tier(1) }], ports: [{ port: 'http' }, { port: 8443 }] }],
    },
    {
      podSelector: tier(0),
      policyTypes: ['Egress'],
      egress: [
        { to: [{ namespaceSelector: { matchLabels: { team: `team-${index % teams}` } }, podSelector: tier(2) }] },
        { ports: [{ protocol: 'UDP', port: 53 }] },
      ],
    },
    {
      podSelector: tier(1),
      ingress: [
        { from: [{ ipBlock: { cidr: `172.${index % 16}.0.0/16`, except: [`172.${index % 16}.7.0/24`] } }] },
        { from: [{ namespaceSelector: { matchLabels: { env: 'prod' } } }], ports: [{ port: 8000, endPort: 8999 }] },
      ],
    },
    {
      podSelector: { matchLabels: { app: `app-${index}` } },
      ingress: [{}],
      egress: [{}],
      policyTypes: ['Ingress', 'Egress'],
    },
  ]
  const spec = shapes[Math.floor(index / namespaceCount) % shapes.length]
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: `policy-${index}`, namespace: `ns-${index % namespaceCount}` },
    spec,
  }
}

/** One workload may be reached by two others, and by a namespace: so most workloads differ from all others. */
function workloadPolicy(index: number, namespaceCount: number) {
  const app = (offset: number) => ({ podSelector: { matchLabels: { app: `app-${index + offset * namespaceCount}` } } })
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: `policy-${index}`, namespace: `ns-${index % namespaceCount}` },
    spec: {
      ...app(0),
      ingress: [
        { from: [app(1), app(2)], ports: [{ port: 8080 }, { port: 'http' }] },
        { from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': `ns-${index % 7}` } } }] },
      ],
      egress: [{ to: [app(3), { ipBlock: { cidr: `172.16.${index % 250}.0/24` } }] }],
      policyTypes: ['Ingress', 'Egress'],
    },
  }
}
