import { listAt, metaOf, numberAt, type Raw, recordAt, specOf, statusOf, textAt, textsAt } from '../../isolation/raw.ts'
import type { Need } from '../model.ts'
import { type Client, clientsBy } from './clients.ts'
import { distinct, type Found, nothing } from './ends.ts'
import { type Ground, objectText, refOf } from './ground.ts'
import { addressesOfNode, cidrsOf } from './hosts.ts'
import { targetsOf } from './services.ts'
import { weaker, wordOf } from './words.ts'

export const apiName = 'the API server'
type Hook = { of: Raw; reference: Raw; at: string; what: string }

/** Pods of the namespace that the API server calls: webhooks of admission and conversion, and APIs that others serve. */
export function controlPlaneOf(ground: Ground): Found {
  const hooks = [...admission(ground), ...conversion(ground), ...aggregation(ground)].filter(
    ({ reference }) => textAt(reference, 'namespace') === ground.namespace,
  )
  if (hooks.length === 0) return nothing
  const from = apiServers(ground)
  const needs = hooks.flatMap(({ of, reference, at, what }): Need[] => {
    const service = ground.service(ground.namespace, textAt(reference, 'name'))
    if (!service) return []
    return targetsOf(ground, service, numberAt(reference, 'port') ?? 443).flatMap(({ end, ports }) =>
      from.map(({ end: client, word }) => ({
        from: client,
        to: end,
        ports,
        by: [{ how: 'declared', what, ref: refOf(of), at, ...weaker(wordOf(ground.namespace), word) }],
      })),
    )
  })
  const notes = from.some(({ end }) => end.kind === 'anyone')
    ? ['the addresses of the API server are not known: ports of webhooks stay open to anyone']
    : []
  return { needs, notes, gaps: [] }
}

/** The API server as who calls: its addresses, those of the nodes that it runs on, and its tunnel's agents where it has one. */
function apiServers(ground: Ground): Client[] {
  const endpoints = ground
    .slices('default', 'kubernetes')
    .flatMap((slice) => listAt(slice, 'endpoints').flatMap((endpoint) => textsAt(endpoint, 'addresses')))
  const known = new Set(endpoints)
  const nodes = ground.nodes.filter((node) =>
    listAt(statusOf(node), 'addresses').some((entry) => known.has(textAt(entry, 'address'))),
  )
  const cidrs = cidrsOf(distinct([...endpoints, ...nodes.flatMap(addressesOfNode)]))
  // Whoever can make pods in kube-system has the cluster in hand anyway.
  const isSystem = (pod: Raw) => metaOf(pod).namespace === 'kube-system'
  const agents = clientsBy(ground, [{ 'k8s-app': 'konnectivity-agent' }], 'the tunnel of the API server', isSystem)
  const word = wordOf(ground.namespace)
  const unknown = { kind: 'anyone', name: `anyone, as the addresses of ${apiName} are not known` } as const
  if (cidrs.length > 0) return [{ end: { kind: 'block', cidrs, name: apiName }, word }, ...agents]
  return agents.some((agent) => agent.word.word !== 'foreign') ? agents : [{ end: unknown, word }, ...agents]
}

function admission(ground: Ground): Hook[] {
  return ['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration']
    .flatMap((kind) => ground.declaring(`admissionregistration.k8s.io/${kind}`))
    .flatMap((of) =>
      listAt(of, 'webhooks').map((hook, index) => {
        // Fail is the default of v1. Requests that it is about are refused while it cannot be reached.
        const grave = textAt(hook, 'failurePolicy') !== 'Ignore'
        const shown = `${objectText(of)}, webhook ${textAt(hook, 'name')}`
        return {
          of,
          reference: recordAt(recordAt(hook, 'clientConfig'), 'service'),
          at: `webhooks[${index}].clientConfig.service`,
          what: grave ? `${shown}, failurePolicy Fail: without it the cluster refuses what it is asked about` : shown,
        }
      }),
    )
}

function conversion(ground: Ground): Hook[] {
  return ground.declaring('apiextensions.k8s.io/CustomResourceDefinition').map((of) => ({
    of,
    reference: recordAt(recordAt(recordAt(recordAt(specOf(of), 'conversion'), 'webhook'), 'clientConfig'), 'service'),
    at: 'spec.conversion.webhook.clientConfig.service',
    what: `the conversion webhook of ${objectText(of)}: without it objects of that kind cannot be read`,
  }))
}

function aggregation(ground: Ground): Hook[] {
  return ground.declaring('apiregistration.k8s.io/APIService').map((of) => ({
    of,
    reference: recordAt(specOf(of), 'service'),
    at: 'spec.service',
    what: `${objectText(of)}: without it the API ${metaOf(of).name} is not served`,
  }))
}
