import { worldOf } from '../../../src/network/decode-world.ts'
import { type EndRef, evaluateFlow } from '../../../src/network/evaluate.ts'
import type { FlowVerdict } from '../../../src/network/flow-verdict.ts'
import type { Enforcer } from '../../../src/network/model.ts'
import { networkOf } from '../../../src/network/network.ts'
import type { Protocol } from '../../../src/network/traffic.ts'

type Labels = Record<string, string>

export const namespace = (name: string, labels: Labels = {}) => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels },
})
export const node = (name: string, address: string) => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, labels: { zone: name } },
  status: { addresses: [{ address }, { address: name }] },
})

export function pod(path: string, address: string | string[], labels: Labels = {}, more: object = {}) {
  const [space, name] = path.split('/')
  const podIPs = [address].flat().map((ip) => ({ ip }))
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace: space, name, labels },
    spec: { nodeName: 'n1', ...more },
    status: { phase: 'Running', podIPs },
  }
}

export function networkPolicy(space: string, spec: object, name = 'policy') {
  return { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { namespace: space, name }, spec }
}

const around = [
  namespace('a', { team: 'red' }),
  namespace('b', { team: 'blue' }),
  node('n1', '192.168.0.1'),
  node('n2', '192.168.0.2'),
]
export const cast = [
  ...around,
  pod('a/web', '10.0.0.1', { app: 'web' }, { containers: [{ ports: [{ name: 'http', containerPort: 8080 }] }] }),
  pod('a/db', '10.0.0.2', { app: 'db' }, { containers: [{ ports: [{ name: 'http', containerPort: 9090 }] }] }),
  pod('b/web', '10.0.1.1', { app: 'web' }, { nodeName: 'n2' }),
  pod('b/host', '192.168.0.2', { app: 'web' }, { nodeName: 'n2', hostNetwork: true }),
]

/** `a/web` a pod, `n1` a node, and anything with a colon or a digit in front an address. */
export function ref(text: string): EndRef {
  const [space = '', name] = text.split('/')
  if (name !== undefined) return { kind: 'pod', namespace: space, name }
  return text.includes('.') || text.includes(':') ? { kind: 'ip', address: text } : { kind: 'node', name: text }
}

type Ask = { by?: Enforcer; port?: number | string; protocol?: Protocol; objects?: object[] }

/** What is said of a flow among the cast, with these policies. */
export function ask(
  flow: string,
  policies: object[],
  { by = 'conformant', port = 80, protocol = 'TCP', objects = cast }: Ask = {},
): FlowVerdict {
  const world = worldOf([...objects, ...policies], { enforcer: by })
  if (world.gaps.length > 0) throw new Error(JSON.stringify(world.gaps))
  const [from = '', to = ''] = flow.split(' > ')
  return evaluateFlow(networkOf(world), { from: ref(from), to: ref(to), protocol, port })
}

export const said = (...args: Parameters<typeof ask>) => ask(...args).verdict
