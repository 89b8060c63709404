import { listAt, metaOf, type Raw, recordAt, specOf, textAt } from '../../isolation/raw.ts'
import type { End, Need } from '../model.ts'
import { clientsBy } from './clients.ts'
import { type Found, nothing } from './ends.ts'
import { type Ground, objectText, refOf } from './ground.ts'
import { backendPort, targetsOf } from './services.ts'

const group = 'gateway.networking.k8s.io'
const routeKinds = ['HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute', 'UDPRoute']

/** Gateways that send clients to Services of the namespace, by the routes of all namespaces. Source: Gateway API, BackendObjectReference. */
export function gatewaysOf(ground: Ground): Found {
  const routes = routeKinds.flatMap((kind) => ground.declaring(`${group}/${kind}`))
  const needs = routes.flatMap((route) => {
    const used = backendsOf(route).filter(({ backend }) => namespaceOf(backend, route) === ground.namespace)
    if (used.length === 0) return []
    const from = senders(ground, route)
    return used.flatMap(({ backend, at }): Need[] => {
      const isService = ['', 'Service'].includes(textAt(backend, 'kind')) && textAt(backend, 'group') === ''
      const service = isService ? ground.service(ground.namespace, textAt(backend, 'name')) : undefined
      if (!service) return []
      const what = `${objectText(route)}, backend ${objectText(service)}`
      return targetsOf(ground, service, backendPort(backend)).flatMap(({ end, ports }) =>
        from.map((one) => ({ from: one, to: end, ports, by: [{ how: 'declared', what, ref: refOf(route), at }] })),
      )
    })
  })
  return { ...nothing, needs }
}

function backendsOf(route: Raw): { backend: Raw; at: string }[] {
  return listAt(specOf(route), 'rules').flatMap((rule, index) => {
    const at = `spec.rules[${index}]`
    const backends = listAt(rule, 'backendRefs')
    const mirrors = [...listAt(rule, 'filters'), ...backends.flatMap((backend) => listAt(backend, 'filters'))]
      .map((filter) => recordAt(recordAt(filter, 'requestMirror'), 'backendRef'))
      .filter((backend) => textAt(backend, 'name') !== '')
    return [
      ...backends.map((backend, place) => ({ backend, at: `${at}.backendRefs[${place}]` })),
      ...mirrors.map((backend) => ({ backend, at: `${at}.filters` })),
    ]
  })
}

/** The pods of the gateways: marked with the gateway's name by most implementations (GEP-1762), and by Envoy Gateway with labels of its own. */
function senders(ground: Ground, route: Raw): End[] {
  const parents = listAt(specOf(route), 'parentRefs').filter((parent) =>
    ['', 'Gateway'].includes(textAt(parent, 'kind')),
  )
  const ends = parents.flatMap((parent): End[] => {
    const [namespace, name] = [namespaceOf(parent, route), textAt(parent, 'name')]
    const said = `Gateway ${namespace}/${name}`
    const found = [
      ...clientsBy(ground, [{ [`${group}/gateway-name`]: name }], said).filter(
        (end) => end.kind !== 'pods' || end.namespace === namespace,
      ),
      ...clientsBy(
        ground,
        [
          {
            'gateway.envoyproxy.io/owning-gateway-name': name,
            'gateway.envoyproxy.io/owning-gateway-namespace': namespace,
          },
        ],
        said,
      ),
    ]
    return found.length > 0 ? found : [{ kind: 'anyone', name: `anyone, for ${said}: its pods were not found` }]
  })
  return ends.length > 0 ? ends : [{ kind: 'anyone', name: 'anyone, for a route whose gateway is not known' }]
}

const namespaceOf = (reference: Raw, route: Raw): string => textAt(reference, 'namespace') || metaOf(route).namespace
