import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, vi } from 'vitest'
import type { Engine } from '../../../src/change/engine.ts'
import type { Cluster } from '../../../src/cluster/cluster.ts'
import { metaOf, type Raw } from '../../../src/isolation/raw.ts'
import { podAddresses } from '../../../src/isolation/sever-facts.ts'
import { addresses } from '../../cluster/control-plane.ts'
import type { TestCluster } from '../../cluster/test-cluster.ts'
import { connectTo } from '../change/harness.ts'
import type { Answer, Ask } from './asker.ts'
import { engineFor } from './isolating.ts'
import { apply, namespace, podOf, rawPod, ready } from './stage.ts'

/** A cluster with a machine outside of it, and traffic to try between pods, node and that machine. */
export type Street = {
  running: TestCluster
  api: Cluster
  engine: Engine
  /** What a command line begins with to run in the network of a place: `node`, `outside` or NAMESPACE/POD. */
  enter(place: string): Promise<string[]>
  ask(from: string, asks: Ask[]): Promise<Record<string, Answer>>
  close(): void
}

export const outside = '192.0.2.9'
const makeOutside = `set -eu
ip netns add outside
ip link add out0 type veth peer name out1
ip link set out1 netns outside
ip addr add 192.0.2.1/24 dev out0
ip link set out0 up
ip -n outside addr add ${outside}/24 dev out1
ip -n outside link set lo up
ip -n outside link set out1 up
ip -n outside route add default via 192.0.2.1`

export async function openStreet(running: TestCluster): Promise<Street> {
  const scratch = mkdtempSync(join(tmpdir(), 'kubectl-secure-street-'))
  const onNode = async (argv: string[]) => {
    const { code, stdout, stderr } = await running.execOnNode(argv)
    if (code !== 0) throw new Error(`${argv.join(' ')}: ${stderr}`)
    return stdout
  }
  await onNode(['sh', '-c', makeOutside])
  const api = await connectTo(running.kubeconfig)
  const spaces = new Map<string, string>()
  const enter = async (place: string) => {
    if (place === 'node') return []
    if (place === 'outside') return ['nsenter', '--net=/run/netns/outside', '--']
    const [space = '', name = ''] = place.split('/')
    const pod = await rawPod(api, space, name)
    const { uid } = metaOf(pod)
    const found = spaces.get(uid) ?? (await netnsOf(podAddresses(pod)[0] ?? ''))
    spaces.set(uid, found)
    return ['nsenter', `--net=${found}`, '--']
  }
  const netnsOf = async (address: string) => {
    const find = 'for ns in /run/netns/*; do echo "$ns $(nsenter --net=$ns ip -4 -o addr show eth0 2>/dev/null)"; done'
    const lines = (await onNode(['sh', '-c', find])).split('\n')
    const line = lines.find((one) => one.includes(` ${address}/`))
    if (!line) throw new Error(`no network namespace has ${address}`)
    return line.split(' ')[0] ?? ''
  }
  let asked = 0
  return {
    running,
    api,
    engine: await engineFor(api),
    enter,
    async ask(from, asks) {
      const file = join(scratch, `${++asked}.json`)
      writeFileSync(file, JSON.stringify({ all: asks }))
      const asker = [process.execPath, join(import.meta.dirname, 'asker.ts'), file, 'all']
      const lines = (await onNode([...(await enter(from)), ...asker])).trim().split('\n')
      return Object.fromEntries(lines.map((line) => JSON.parse(line) as [string, Answer]))
    },
    close() {
      api.close()
      rmSync(scratch, { recursive: true, force: true })
    },
  }
}

/** A namespace with the pods `web`, the one to isolate, `client` and `sibling`, and the Service `web` for both web and sibling by `tier`. */
export async function block(
  { running }: Street,
  space: string,
  { level, more = {}, spec = {}, labels = {} }: { level?: string; more?: object; spec?: object; labels?: object } = {},
): Promise<void> {
  const pod = (name: string, own: object = {}, ownSpec: object = {}, ownLabels: object = {}) => {
    const made = podOf(space, name, own, ownSpec) as Raw
    const metadata = made['metadata'] as Raw
    return { ...made, metadata: { ...metadata, labels: { ...(metadata['labels'] as object), ...ownLabels } } }
  }
  await apply(running, namespace(space, level))
  await apply(
    running,
    pod('web', more, spec, { tier: 'front', ...labels }),
    pod('client', level ? more : {}),
    pod('sibling', level ? more : {}, {}, { tier: 'front' }),
    serviceOf(space, 'web', { app: 'web' }),
  )
  await ready(running, space, 'web', 'client', 'sibling')
}

export function serviceOf(space: string, name: string, selector: object, more: object = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace: space, name },
    spec: { type: 'NodePort', selector, ports: [{ port: 80, targetPort: 8080 }], ...more },
  }
}

export async function addressOf({ api }: Street, space: string, name: string): Promise<string> {
  return podAddresses(await rawPod(api, space, name))[0] ?? ''
}

/** Every flow of the standard set that gets through, by name; `FROM>TO` with what is spoken. */
export async function open(street: Street, space: string, pod = 'web', token = ''): Promise<string[]> {
  const [web, client, sibling] = await Promise.all(
    [pod, 'client', 'sibling'].map((name) => addressOf(street, space, name)),
  )
  const { spec } = await street.api.json<{ spec: { clusterIP: string; ports: { nodePort: number }[] } }>({
    path: `/api/v1/namespaces/${space}/services/web`,
  })
  const nodePort = spec.ports[0]?.nodePort ?? 0
  const ask = (id: string, by: Ask['by'], address = '', port = 8080): Ask => ({ id, by, address, port })
  const all: [string, Ask[]][] = [
    [
      `${space}/client`,
      [
        ask('client>web', 'tcp', web),
        ask('client>web udp', 'udp', web, 8081),
        ask('client>service', 'tcp', spec.clusterIP, 80),
        ask('client>sibling', 'tcp', sibling),
      ],
    ],
    [
      'outside',
      [
        ask('outside>web', 'tcp', web),
        ask('outside>nodeport', 'tcp', addresses.node, nodePort),
        ask('outside>sibling', 'tcp', sibling),
      ],
    ],
    [
      `${space}/${pod}`,
      [
        ask('web>client', 'tcp', client),
        ask('web>client udp', 'udp', client, 8081),
        ask('web>outside', 'tcp', outside, 9),
        ask('web>node', 'tcp', addresses.node, 10_250),
        ask('web>dns', 'dns', addresses.dns, 53),
        ask('web>dns-tcp', 'tcp', addresses.dns, 53),
        { ...ask('web>api', 'api', addresses.kubernetesService, 443), token },
      ],
    ],
    [`${space}/sibling`, [ask('sibling>client', 'tcp', client), ask('sibling>dns', 'dns', addresses.dns, 53)]],
  ]
  const answers = await Promise.all(all.map(async ([from, asks]) => await street.ask(from, asks)))
  // The machine outside serves nothing: that it refuses shows that it was reached.
  return Object.entries(Object.assign({}, ...answers) as Record<string, Answer>)
    .filter(([id, answer]) => answer !== 'no' && (answer !== 'refused' || id === 'web>outside'))
    .map(([id]) => id)
    .sort()
}

/** Waits until that is what gets through: a Service takes a pod in again a moment after its label is back. */
export async function opens(street: Street, space: string, wanted: string[]): Promise<void> {
  await vi.waitFor(async () => expect(await open(street, space)).toEqual(wanted), { timeout: 20_000, interval: 200 })
}

export const siblings = ['client>sibling', 'outside>sibling', 'sibling>client', 'sibling>dns']
export const everything = [
  ...siblings,
  'client>service',
  'client>web',
  'client>web udp',
  'outside>nodeport',
  'outside>web',
  'web>api',
  'web>client',
  'web>client udp',
  'web>dns',
  'web>dns-tcp',
  'web>node',
  'web>outside',
].sort()

/** A user of the cluster with an engine of its own. `rules`: of a ClusterRole; groups instead of it where it is absent. */
export async function responder(
  { running }: Street,
  name: string,
  { rules, groups = [] }: { rules?: object[]; groups?: string[] },
): Promise<Engine> {
  const { kubeconfig } = await running.clientCert(name, groups)
  const metadata = { name: `test-${name}` }
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: metadata.name }
  const subjects = [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name }]
  const apiVersion = 'rbac.authorization.k8s.io/v1'
  if (rules) {
    const role = { apiVersion, kind: 'ClusterRole', metadata, rules }
    await apply(running, role, { apiVersion, kind: 'ClusterRoleBinding', metadata, roleRef, subjects })
  }
  const cluster = await connectTo(kubeconfig)
  // The API server learns of a binding a moment after it is there.
  return await vi.waitFor(async () => await engineFor(cluster), 10_000)
}

/** All that isolation may ever want, but for policies of the whole cluster. */
export const noOverlay = [
  { apiGroups: ['*'], resources: ['*'], verbs: ['get', 'list', 'watch'] },
  { apiGroups: ['', 'apps', 'batch', 'networking.k8s.io', 'coordination.k8s.io'], resources: ['*'], verbs: ['*'] },
]

/** A NetworkPolicy. */
export function policy(space: string, name: string, spec: object): object {
  return { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { namespace: space, name }, spec }
}

/** One of Calico's policies or tiers, of the whole cluster. */
export function calico(kind: string, name: string, spec: object): object {
  return { apiVersion: 'crd.projectcalico.org/v1', kind, metadata: { name }, spec }
}
