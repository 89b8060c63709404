import type { Draw } from '../../fuzz/draw.ts'
import { spaces } from './cast.ts'
import { networks } from './draw-policies.ts'

type Raw = Record<string, unknown>

const crd = 'crd.projectcalico.org/v1'

/** Calico's own policies, as `kubectl apply` writes them: past calicoctl, so that nothing is filled in. */
export function calicoPolicies(draw: Draw): object[] {
  const sets = [
    {
      apiVersion: crd,
      kind: 'GlobalNetworkSet',
      metadata: { name: 'partners', labels: { app: 'partner' } },
      spec: { nets: ['192.0.2.0/25'] },
    },
    {
      apiVersion: crd,
      kind: 'NetworkSet',
      metadata: { namespace: 'net-a', name: 'web', labels: { app: 'web' } },
      spec: { nets: ['198.51.100.9'] },
    },
  ]
  return [
    ...(draw.chance(50) ? sets : []),
    ...Array.from({ length: draw.count(1, 3) }, (_, index) => policy(draw, index)),
  ]
}

function policy(draw: Draw, index: number): object {
  const tier = draw.pick(['default', 'default', 'early', 'late'])
  const namespace = draw.chance(50) ? draw.pick(spaces).name : undefined
  const rules = () => Array.from({ length: draw.count(0, 3) }, () => rule(draw))
  return {
    apiVersion: crd,
    kind: namespace ? 'NetworkPolicy' : 'GlobalNetworkPolicy',
    metadata: { ...(namespace ? { namespace } : {}), name: `${tier}.cp-${index}` },
    spec: {
      tier,
      ...(draw.chance(85) ? { order: draw.pick([10, 500, 1000, 2000]) } : {}),
      ...(draw.chance(80) ? { selector: expression(draw, 2) } : {}),
      ...(namespace || draw.chance(50) ? {} : { namespaceSelector: spaceExpression(draw) }),
      ...(draw.chance(15)
        ? { serviceAccountSelector: draw.pick(["kind == 'robot'", 'all()', "projectcalico.org/name == 'default'"]) }
        : {}),
      ...(draw.chance(80) ? { types: draw.pick([['Ingress'], ['Egress'], ['Ingress', 'Egress']]) } : {}),
      ...(draw.chance(85) ? { ingress: rules() } : {}),
      ...(draw.chance(70) ? { egress: rules() } : {}),
    },
  }
}

function rule(draw: Draw): Raw {
  const protocol = draw.pick(['TCP', 'UDP', undefined])
  return {
    action: draw.pick(['Allow', 'Allow', 'Deny', 'Deny', 'Pass', 'Log']),
    ...(protocol ? { protocol } : draw.chance(20) ? { notProtocol: draw.pick(['TCP', 'UDP']) } : {}),
    ...(draw.chance(10) ? { ipVersion: draw.pick([4, 6]) } : {}),
    ...(draw.chance(65) ? { source: entity(draw, undefined) } : {}),
    ...(draw.chance(65) ? { destination: entity(draw, protocol) } : {}),
  }
}

// Ports need a protocol, which Calico's validation asks for.
function entity(draw: Draw, protocol: string | undefined): Raw {
  const ports = () =>
    draw.some<number | string>([53, 80, 8080, 8081, 9090, '80:8080', '8080:9090', 'http', 'talk'], 1, 2)
  return {
    ...(draw.chance(50) ? { selector: expression(draw, 2) } : {}),
    ...(draw.chance(20) ? { notSelector: expression(draw, 1) } : {}),
    ...(draw.chance(30) ? { namespaceSelector: spaceExpression(draw) } : {}),
    ...(draw.chance(10)
      ? {
          serviceAccounts: draw.pick([
            { names: ['robot'] },
            { selector: "kind == 'default'" },
            { names: ['default'], selector: 'all()' },
          ]),
        }
      : {}),
    ...(draw.chance(25) ? { nets: draw.some(networks, 1, 2) } : {}),
    ...(draw.chance(15) ? { notNets: draw.some(networks.slice(1), 1, 2) } : {}),
    ...(protocol && draw.chance(50) ? { ports: ports() } : {}),
    ...(protocol && draw.chance(15) ? { notPorts: ports() } : {}),
  }
}

function expression(draw: Draw, depth: number): string {
  if (depth > 0 && draw.chance(35)) {
    const [left, right] = [expression(draw, depth - 1), expression(draw, depth - 1)]
    return draw.pick([`${left} && ${right}`, `${left} || ${right}`, `(${left}) && !(${right})`, `!(${left})`])
  }
  return draw.pick([
    'all()',
    "app == 'web'",
    'app == "db"',
    "app != 'web'",
    'has(tier)',
    '!has(tier)',
    "app in {'web', 'api'}",
    "app not in {'db'}",
    "tier starts with 'fr'",
    "tier ends with 'ck'",
    "app contains 'b'",
    "projectcalico.org/namespace == 'net-c'",
    "projectcalico.org/orchestrator == 'k8s'",
    "projectcalico.org/serviceaccount == 'robot'",
    "app == 'partner'",
    "pcns.team == 'red'",
  ])
}

function spaceExpression(draw: Draw): string {
  return draw.pick([
    'all()',
    'global()',
    "team == 'red'",
    "team != 'red'",
    "projectcalico.org/name == 'net-b'",
    'has(env)',
    "kubernetes.io/metadata.name in {'net-a', 'net-c'}",
  ])
}
