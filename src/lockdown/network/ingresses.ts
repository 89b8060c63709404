import { listAt, metaOf, type Raw, recordAt, specOf, textAt } from '../../isolation/raw.ts'
import type { Need } from '../model.ts'
import { type Client, clientsBy } from './clients.ts'
import { type Found, nothing } from './ends.ts'
import { type Ground, objectText, refOf } from './ground.ts'
import { backendPort, targetsOf } from './services.ts'
import { answersAt, balancedAt, mayHere, writesIngresses } from './vouch.ts'

const nameLabel = 'app.kubernetes.io/name'

/** The pods of controllers, by what an IngressClass says of them; each as its own chart labels them. */
const controllers: Record<string, Record<string, string>[]> = {
  'k8s.io/ingress-nginx': [
    { [nameLabel]: 'ingress-nginx', 'app.kubernetes.io/component': 'controller' },
    { app: 'ingress-nginx' },
  ],
  'nginx.org/ingress-controller': [{ [nameLabel]: 'nginx-ingress' }, { app: 'nginx-ingress' }],
  'traefik.io/ingress-controller': [{ [nameLabel]: 'traefik' }, { app: 'traefik' }],
  'haproxy.org/ingress-controller': [{ [nameLabel]: 'kubernetes-ingress' }],
  'haproxy-ingress.github.io/controller': [{ [nameLabel]: 'haproxy-ingress' }],
  'ingress-controllers.konghq.com/kong': [{ [nameLabel]: 'kong' }, { app: 'ingress-kong' }],
  'projectcontour.io/ingress-controller': [
    { [nameLabel]: 'contour', 'app.kubernetes.io/component': 'envoy' },
    { app: 'envoy' },
  ],
}

/** Who sends clients from outside to the backends of the namespace's Ingresses. */
export function ingressesOf(ground: Ground): Found {
  const own = ground.declaring('networking.k8s.io/Ingress').filter((raw) => metaOf(raw).namespace === ground.namespace)
  const needs = own.flatMap((ingress) => {
    const from = senders(ground, ingress)
    return backendsOf(ingress).flatMap(({ backend, at }): Need[] => {
      const service = ground.service(ground.namespace, textAt(backend, 'name'))
      if (!service) return []
      const what = `${objectText(ingress)}, backend ${objectText(service)}`
      return targetsOf(ground, service, backendPort(backend)).flatMap(({ end, ports }) =>
        from.map(({ end: client, word }) => ({
          from: client,
          to: end,
          ports,
          by: [{ how: 'declared', what, ref: refOf(ingress), at, ...word }],
        })),
      )
    })
  })
  return { ...nothing, needs }
}

function backendsOf(ingress: Raw): { backend: Raw; at: string }[] {
  const spec = specOf(ingress)
  const byDefault = recordAt(recordAt(spec, 'defaultBackend'), 'service')
  return [
    { backend: byDefault, at: 'spec.defaultBackend' },
    ...listAt(spec, 'rules').flatMap((rule, index) =>
      listAt(recordAt(rule, 'http'), 'paths').map((path, place) => ({
        backend: recordAt(recordAt(path, 'backend'), 'service'),
        at: `spec.rules[${index}].http.paths[${place}].backend`,
      })),
    ),
  ].filter(({ backend }) => textAt(backend, 'name') !== '')
}

/**
 * The controller of an Ingress: pods that have its labels, and on whose word that is. The cluster vouches for those that may write the status of the
 * namespace's Ingresses, or that are behind the address which that status names. A load balancer outside, or a controller that is not known
 * here, can come from anywhere.
 */
function senders(ground: Ground, ingress: Raw): Client[] {
  const classes = ground.declaring('networking.k8s.io/IngressClass')
  const named =
    textAt(specOf(ingress), 'ingressClassName') || (metaOf(ingress).annotations['kubernetes.io/ingress.class'] ?? '')
  const used = classes.find((raw) =>
    named === ''
      ? metaOf(raw).annotations['ingressclass.kubernetes.io/is-default-class'] === 'true'
      : metaOf(raw).name === named,
  )
  const controller = used ? textAt(specOf(used), 'controller') : ''
  const choices = Object.hasOwn(controllers, controller) ? (controllers[controller] ?? []) : []
  const [may, answers] = [mayHere(ground, writesIngresses), answersAt(ground, balancedAt(ingress))]
  const isVouched = (pod: Raw) => may(pod) || answers(pod)
  const found = clientsBy(ground, choices, `the Ingress controller ${controller}`, isVouched)
  const why = controller === '' ? 'its controller is not known' : `no pods of its controller ${controller} were found`
  return found.length > 0
    ? found
    : [{ end: { kind: 'anyone', name: `anyone, for an Ingress: ${why}` }, word: { word: 'own' } }]
}
