import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EndRef, Flow } from '../../../src/network/evaluate.ts'
import { addresses } from '../../cluster/control-plane.ts'
import type { TestCluster } from '../../cluster/test-cluster.ts'
import { podManifests, spaces } from './cast.ts'

export type Ends = { name: string; ref: EndRef; address: string; netns: string | undefined }
export type Probe = Flow & { id: string; source: Ends; target: Ends; port: number }
export type Stage = {
  cluster: TestCluster
  ends: Ends[]
  /** What the API server has of everything that matters. */
  objects(): Promise<object[]>
  apply(objects: object[]): Promise<void>
  /** Removes every policy. */
  clear(): Promise<void>
  /** Which of the probes get an answer, by id. */
  probe(probes: Probe[], patience: number): Promise<Map<string, boolean>>
  close(): void
}

const policyKinds = [
  'networkpolicies.networking.k8s.io',
  'adminnetworkpolicies.policy.networking.k8s.io',
  'baselineadminnetworkpolicies.policy.networking.k8s.io',
  'networkpolicies.crd.projectcalico.org',
  'globalnetworkpolicies.crd.projectcalico.org',
  'networksets.crd.projectcalico.org',
  'globalnetworksets.crd.projectcalico.org',
]
const otherKinds = ['pods', 'namespaces', 'nodes', 'serviceaccounts', 'tiers.crd.projectcalico.org']
/** Two addresses of a machine outside of the cluster, of the ranges that documentation has for itself. */
export const outside = ['192.0.2.9', '198.51.100.9']

const makeOutside = `set -eu
ip netns add outside
ip link add out0 type veth peer name out1
ip link set out1 netns outside
ip addr add 192.0.2.1/24 dev out0
ip link set out0 up
ip route add 198.51.100.0/24 via 192.0.2.9 dev out0 onlink
ip -n outside addr add 192.0.2.9/24 dev out1
ip -n outside addr add 198.51.100.9/32 dev out1
ip -n outside link set lo up
ip -n outside link set out1 up
ip -n outside route add default via 192.0.2.1`

/** Puts pods, a machine outside and the tiers that Calico's own components would make into a cluster. */
export async function openStage(cluster: TestCluster): Promise<Stage> {
  const scratch = mkdtempSync(join(tmpdir(), 'kubectl-secure-network-'))
  await must(cluster.execOnNode(['sh', '-c', makeOutside]))
  const apply = async (objects: object[]) => {
    if (objects.length === 0) return
    const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects })
    await must(cluster.exec(['kubectl', 'apply', '--server-side', '-f', '-'], { input }))
  }
  await apply([...tiers, ...podManifests()])
  await must(cluster.exec(['kubectl', 'wait', '--for=condition=Ready', 'pods', '--all', '-A', '--timeout=120s']))
  const list = async (kinds: string[]) => {
    const { stdout } = await must(
      cluster.exec(['kubectl', 'get', kinds.join(), '-A', '-o', 'json', '--show-managed-fields=false']),
    )
    return (JSON.parse(stdout) as { items: Listed[] }).items
  }
  const ends = await endsOf(cluster, await list(['pods']))
  return {
    cluster,
    ends,
    objects: () => list([...otherKinds, ...policyKinds]),
    apply,
    async clear() {
      const listed = await list(policyKinds)
      const names = listed.map(({ apiVersion = '', kind, metadata }) => ({
        group: apiVersion.split('/')[0],
        kind,
        ...metadata,
      }))
      if (names.length === 0) return
      const items = listed.map(({ apiVersion, kind, metadata: { name, namespace } }) => ({
        apiVersion,
        kind,
        metadata: { name, namespace },
      }))
      await must(
        cluster.exec(['kubectl', 'delete', '--wait=false', '-f', '-'], {
          input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
        }),
      )
    },
    async probe(probes, patience) {
      const plan = Object.groupBy(
        probes.map(({ id, source, target, protocol, port }) => ({
          id,
          source: sourceOf(source),
          from: source.address,
          address: target.address,
          protocol,
          port,
        })),
        ({ source }) => source,
      )
      const file = join(scratch, 'plan.json')
      writeFileSync(file, JSON.stringify(plan))
      const prober = `'${process.execPath}' '${join(import.meta.dirname, 'prober.ts')}' '${file}'`
      const commands = Object.keys(plan).map((source) => {
        const enter = source === 'node' ? '' : `nsenter --net=/run/netns/'${source}' -- `
        return `${enter}${prober} '${source}' ${patience} &`
      })
      const { stdout } = await must(cluster.execOnNode(['sh', '-c', `${commands.join('\n')}\nwait`]))
      return new Map(
        stdout
          .trim()
          .split('\n')
          .map((line) => [line.slice(0, line.lastIndexOf(' ')), line.endsWith(' yes')]),
      )
    },
    close: () => rmSync(scratch, { recursive: true, force: true }),
  }
}

type Listed = {
  apiVersion?: string
  kind: string
  metadata: { name: string; namespace?: string }
  status?: { podIP?: string }
}

// One process a network namespace; the machine outside has two addresses in one.
function sourceOf({ netns }: Ends): string {
  return netns ?? 'node'
}

/** The pods of ours, with the network namespace that holds their address; the node; and the machine outside. */
async function endsOf(cluster: TestCluster, pods: Listed[]): Promise<Ends[]> {
  const find =
    'for ns in /run/netns/*; do echo "$(basename $ns) $(nsenter --net=$ns ip -4 -o addr show eth0 2>/dev/null)"; done'
  const { stdout } = await must(cluster.execOnNode(['sh', '-c', find]))
  const byAddress = new Map(
    stdout.split('\n').flatMap((line) => {
      const [netns = ''] = line.split(' ')
      const address = /inet ([\d.]+)/.exec(line)?.[1]
      return address ? [[address, netns] as const] : []
    }),
  )
  const ours = pods.filter(({ metadata: { namespace } }) => spaces.some(({ name }) => name === namespace))
  return [
    ...ours.map(({ metadata: { name, namespace = '' }, status }): Ends => {
      const address = status?.podIP ?? ''
      const netns = byAddress.get(address)
      if (!netns) throw new Error(`no network namespace has the address of ${namespace}/${name}`)
      return { name: `${namespace}/${name}`, ref: { kind: 'pod', namespace, name }, address, netns }
    }),
    { name: 'node', ref: { kind: 'ip', address: addresses.node }, address: addresses.node, netns: undefined },
    ...outside.map((address): Ends => ({ name: address, ref: { kind: 'ip', address }, address, netns: 'outside' })),
  ]
}

// Calico's node image would make these; without them Felix takes the tiers by name, and denies at the end of each.
const tiers = [
  ['adminnetworkpolicy', 1_000, 'Pass'],
  ['default', 1_000_000, 'Deny'],
  ['baselineadminnetworkpolicy', 10_000_000, 'Pass'],
  ['early', 100, 'Pass'],
  ['late', 20_000_000, 'Deny'],
].map(([name, order, defaultAction]) => ({
  apiVersion: 'crd.projectcalico.org/v1',
  kind: 'Tier',
  metadata: { name },
  spec: { order, defaultAction },
}))

async function must(running: ReturnType<TestCluster['exec']>) {
  const done = await running
  if (done.code !== 0) throw new Error(`${done.stderr}\n${done.stdout}`.slice(0, 2000))
  return done
}
