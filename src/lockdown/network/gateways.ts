import { listAt, metaOf, type Raw, recordAt, specOf, statusOf, textAt } from '../../isolation/raw.ts'
import type { End, Need } from '../model.ts'
import { type Client, clientsBy } from './clients.ts'
import { type Found, nothing } from './ends.ts'
import { type Ground, objectText, refOf } from './ground.ts'
import { backendPort, targetsOf } from './services.ts'
import { answersAt } from './vouch.ts'
import { weaker, wordOf } from './words.ts'

const group = 'gateway.networking.k8s.io'
const routeKinds = ['HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute', 'UDPRoute']

/** Gateways that send clients to Services of the namespace, by the routes of all namespaces. Source: Gateway API, BackendObjectReference. */
export function gatewaysOf(ground: Ground): Found {
  const routes = routeKinds.flatMap((kind) => ground.declaring(`${group}/${kind}`))
  const needs = routes.flatMap((route) => {
    const used = backendsOf(route).filter(({ backend }) => namespaceOf(backend, route) === ground.namespace)
    if (used.length === 0) return []
    const [from, own] = [senders(ground, route), wordOf(ground.namespace, metaOf(route).namespace)]
    return used.flatMap(({ backend, at }): Need[] => {
      const isService = ['', 'Service'].includes(textAt(backend, 'kind')) && textAt(backend, 'group') === ''
      const service = isService ? ground.service(ground.namespace, textAt(backend, 'name')) : undefined
      if (!service) return []
      const what = `${objectText(route)}, backend ${objectText(service)}`
      return targetsOf(ground, service, backendPort(backend)).flatMap(({ end, ports }) =>
        from.map(({ end: client, word }) => ({
          from: client,
          to: end,
          ports,
          by: [{ how: 'declared', what, ref: refOf(route), at, ...weaker(own, word) }],
        })),
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

/**
 * The pods of the gateways, in the namespace that the route names: marked with the gateway's name by most implementations (GEP-1762). Envoy
 * Gateway has them in its own, with labels of its own: the cluster vouches for those behind the address in the gateway's status.
 */
function senders(ground: Ground, route: Raw): Client[] {
  const parents = listAt(specOf(route), 'parentRefs').filter((parent) =>
    ['', 'Gateway'].includes(textAt(parent, 'kind')),
  )
  const clients = parents.flatMap((parent): Client[] => {
    const [namespace, name] = [namespaceOf(parent, route), textAt(parent, 'name')]
    const said = `Gateway ${namespace}/${name}`
    const gateway = ground
      .declaring(`${group}/Gateway`)
      .find((raw) => metaOf(raw).namespace === namespace && metaOf(raw).name === name)
    const addresses = listAt(statusOf(gateway ?? {}), 'addresses').map((entry) => textAt(entry, 'value'))
    const owned = {
      'gateway.envoyproxy.io/owning-gateway-name': name,
      'gateway.envoyproxy.io/owning-gateway-namespace': namespace,
    }
    const meant = [
      // The route names that namespace: whoever makes pods there is who it means.
      ...clientsBy(ground, [{ [`${group}/gateway-name`]: name }], said, () => true, namespace),
      ...clientsBy(ground, [owned], said, answersAt(ground, addresses)),
    ]
    return meant.length > 0 ? meant : [unknown(ground, route, `${said}: its pods were not found`)]
  })
  return clients.length > 0 ? clients : [unknown(ground, route, 'a route whose gateway is not known')]
}

/** Its own route publishes a Service to whoever comes; that of another namespace opens it to nobody in particular. */
function unknown(ground: Ground, route: Raw, what: string): Client {
  const word = wordOf(ground.namespace, metaOf(route).namespace)
  const kind: End['kind'] = word.word === 'foreign' ? 'unnamed' : 'anyone'
  return { end: { kind, name: `${kind === 'anyone' ? 'anyone, for' : 'clients of'} ${what}` }, word }
}

const namespaceOf = (reference: Raw, route: Raw): string => textAt(reference, 'namespace') || metaOf(route).namespace
