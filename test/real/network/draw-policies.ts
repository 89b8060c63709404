import type { Draw } from '../../fuzz/draw.ts'
import { calicoPolicies } from './draw-calico.ts'
import { apps, layers, spaces } from './cast.ts'

type Raw = Record<string, unknown>

/** A handful of policies of all kinds that Calico carries out, few enough that most flows depend on several. */
export function drawPolicies(draw: Draw): object[] {
  const names = spaces.map(({ name }) => name)
  return [
    ...Array.from({ length: draw.count(0, 5) }, (_, index) => networkPolicy(draw, draw.pick(names), index)),
    ...(draw.chance(50) ? Array.from({ length: draw.count(1, 2) }, (_, index) => adminPolicy(draw, index)) : []),
    ...(draw.chance(35) ? [baselinePolicy(draw)] : []),
    ...(draw.chance(60) ? calicoPolicies(draw) : []),
  ]
}

function networkPolicy(draw: Draw, namespace: string, index: number): object {
  const rules = (side: 'from' | 'to') =>
    Array.from({ length: draw.count(0, 2) }, () => ({
      ...(draw.chance(80)
        ? { [side]: draw.chance(8) ? [] : Array.from({ length: draw.count(1, 2) }, () => peer(draw)) }
        : {}),
      ...(draw.chance(50) ? { ports: Array.from({ length: draw.count(1, 2) }, () => port(draw)) } : {}),
    }))
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { namespace, name: `np-${index}` },
    spec: {
      podSelector: selector(draw),
      ...(draw.chance(75) ? { policyTypes: draw.pick([['Ingress'], ['Egress'], ['Ingress', 'Egress']]) } : {}),
      ...(draw.chance(80) ? { ingress: rules('from') } : {}),
      ...(draw.chance(60) ? { egress: rules('to') } : {}),
    },
  }
}

function peer(draw: Draw): Raw {
  if (draw.chance(25)) return { ipBlock: block(draw) }
  const namespaced = draw.chance(60)
  return {
    ...(namespaced ? { namespaceSelector: spaceSelector(draw) } : {}),
    ...(!namespaced || draw.chance(60) ? { podSelector: selector(draw) } : {}),
  }
}

/** A rule's port as NetworkPolicy writes it; 0 and names are for closed ports and container ports. */
function port(draw: Draw): Raw {
  const protocol = draw.pick(['TCP', 'UDP', undefined])
  const given = protocol ? { protocol } : {}
  if (draw.chance(10)) return given
  if (draw.chance(25)) return { ...given, port: draw.pick(['http', 'talk', 'nothing']) }
  return draw.chance(25)
    ? { ...given, port: draw.pick([50, 80, 8080]), endPort: draw.pick([8080, 8081, 9000]) }
    : { ...given, port: draw.pick([53, 80, 8080, 8081, 9090]) }
}

const adminNames = { AdminNetworkPolicy: 'np', BaselineAdminNetworkPolicy: 'default' }

function adminPolicy(draw: Draw, index: number): object {
  return adminOf(draw, 'AdminNetworkPolicy', `${adminNames.AdminNetworkPolicy}-${index}`, ['Allow', 'Deny', 'Pass'])
}

function baselinePolicy(draw: Draw): object {
  return adminOf(draw, 'BaselineAdminNetworkPolicy', adminNames.BaselineAdminNetworkPolicy, ['Allow', 'Deny'])
}

function adminOf(draw: Draw, kind: string, name: string, actions: string[]): object {
  const rules = (side: 'from' | 'to') =>
    Array.from({ length: draw.count(0, 3) }, (_, index) => ({
      name: `rule-${index}`,
      action: draw.pick(actions),
      [side]: Array.from({ length: draw.count(1, 2) }, () =>
        side === 'to' && draw.chance(30) ? { networks: [...new Set(draw.some(networks, 1, 2))] } : adminPeer(draw),
      ),
      ...(draw.chance(50) ? { ports: Array.from({ length: draw.count(1, 2) }, () => adminPort(draw)) } : {}),
    }))
  return {
    apiVersion: 'policy.networking.k8s.io/v1alpha1',
    kind,
    metadata: { name },
    spec: {
      ...(kind === 'AdminNetworkPolicy' ? { priority: draw.count(1, 5) } : {}),
      subject: adminPeer(draw),
      ingress: rules('from'),
      egress: rules('to'),
    },
  }
}

function adminPeer(draw: Draw): Raw {
  return draw.chance(50)
    ? { namespaces: spaceSelector(draw) }
    : { pods: { namespaceSelector: spaceSelector(draw), podSelector: selector(draw) } }
}

// Port names are left out: Calico takes them for every port, which is known and told as a doubt.
function adminPort(draw: Draw): Raw {
  const protocol = draw.pick(['TCP', 'UDP'])
  return draw.chance(70)
    ? { portNumber: { protocol, port: draw.pick([53, 80, 8080, 8081, 9090]) } }
    : { portRange: { protocol, start: 80, end: draw.pick([8080, 9000]) } }
}

function selector(draw: Draw): Raw {
  if (draw.chance(20)) return {}
  if (draw.chance(60)) return { matchLabels: draw.chance(60) ? { app: draw.pick(apps) } : { tier: draw.pick(layers) } }
  const [key, values] = draw.pick([
    ['app', apps],
    ['tier', layers],
  ] as const)
  return draw.chance(60)
    ? {
        matchExpressions: [
          { key, operator: draw.pick(['In', 'NotIn']), values: [...new Set(draw.some(values, 1, 2))] },
        ],
      }
    : { matchExpressions: [{ key, operator: draw.pick(['Exists', 'DoesNotExist']) }] }
}

function spaceSelector(draw: Draw): Raw {
  return draw.pick<Raw>([
    {},
    { matchLabels: { team: 'red' } },
    { matchLabels: { team: 'blue' } },
    { matchLabels: { 'kubernetes.io/metadata.name': 'net-b' } },
    { matchExpressions: [{ key: 'env', operator: 'DoesNotExist' }] },
    { matchExpressions: [{ key: 'team', operator: 'NotIn', values: ['red'] }] },
  ])
}

/** Blocks that cut the outside, the node and the pods apart in ways that the policies' authors would. */
export const networks = [
  '0.0.0.0/0',
  '192.0.2.0/24',
  '198.51.100.0/25',
  '10.0.0.0/8',
  '192.168.0.0/16',
  '172.16.0.0/12',
]

function block(draw: Draw): Raw {
  if (draw.chance(50)) return { cidr: draw.pick(networks) }
  return { cidr: '0.0.0.0/0', except: [...new Set(draw.some(networks.slice(1), 1, 2))] }
}
