import { formatSubject } from '../../rbac/subject-text.ts'
import type { Subject } from '../../snapshot/objects.ts'
import type { Json } from '../../bundle/entry.ts'
import { areaOf, type Type, typeKey } from './areas.ts'
import { type Fields, fieldsAt, listAt, textAt } from './meaning.ts'

/** What a responder wants to know of an object that came or went, in words; nothing where its name says it. Hostile text. */
export function factsOf(object: Fields, type: Type): string[] {
  const { resource } = type
  if (resource.endsWith('rolebindings')) return bindingFacts(object)
  if (resource.endsWith('webhookconfigurations'))
    return listAt(object['webhooks']).map((one) => webhookFact(fieldsAt(one)))
  const ofKind = ofSpec.get(typeKey(type))
  if (ofKind) return ofKind(fieldsAt(object['spec'])).filter((text) => text !== '')
  if (areaOf(type) === 'workloads') return podFacts(templateOf(fieldsAt(object['spec'])))
  return []
}

const ofSpec = new Map<string, (spec: Fields) => string[]>([
  ['/pods', podFacts],
  [
    'apiregistration.k8s.io/apiservices',
    ({ service }) => [service === undefined ? '' : `served by ${serviceText(fieldsAt(service))}`],
  ],
  [
    'certificates.k8s.io/certificatesigningrequests',
    ({ signerName, username, usages }) => [
      `signer ${textAt(signerName)}`,
      `asked by ${textAt(username)}`,
      `for ${words(usages)}`,
    ],
  ],
  [
    '/services',
    ({ type, externalIPs, externalName }) => [
      textAt(type),
      listAt(externalIPs).length > 0 ? `external IPs ${words(externalIPs)}` : '',
      textAt(externalName) === '' ? '' : `is ${textAt(externalName)}`,
    ],
  ],
  [
    'networking.k8s.io/ingresses',
    ({ rules }) => [
      `hosts ${listAt(rules)
        .map((rule) => textAt(fieldsAt(rule)['host']) || '*')
        .join(', ')}`,
    ],
  ],
])

function bindingFacts({ roleRef, subjects }: Fields): string[] {
  const { kind, name } = fieldsAt(roleRef)
  const who = listAt(subjects).map((subject) => formatSubject(fieldsAt(subject) as unknown as Subject))
  return [`${textAt(kind)}/${textAt(name)} to ${who.join(', ') || 'nobody'}`]
}

function webhookFact({ name, clientConfig, rules, failurePolicy }: Fields): string {
  const { url, service } = fieldsAt(clientConfig)
  const to = url === undefined ? serviceText(fieldsAt(service)) : textAt(url)
  const on = listAt(rules).map((one) => {
    const { operations, resources } = fieldsAt(one)
    return `${words(operations)} of ${words(resources)}`
  })
  return `${textAt(name)} asks ${to} on ${on.join('; ') || 'nothing'}, failurePolicy ${textAt(failurePolicy)}`
}

/** What a pod, or a workload's template, runs, and with which rights on its node. */
function podFacts(spec: Fields): string[] {
  const kinds = ['initContainers', 'containers', 'ephemeralContainers'] as const
  const containers = kinds.flatMap((kind) => listAt(spec[kind]).map(fieldsAt))
  const images = [...new Set(containers.map(({ image }) => textAt(image)))].filter((image) => image !== '')
  const isPrivileged = containers.some(({ securityContext }) => fieldsAt(securityContext)['privileged'] === true)
  const paths = listAt(spec['volumes']).map((volume) => textAt(fieldsAt(fieldsAt(volume)['hostPath'])['path']))
  const hostPaths = paths.filter((path) => path !== '')
  const account = textAt(spec['serviceAccountName'])
  return [
    ...(images.length > 0 ? [`image ${images.join(', ')}`] : []),
    ...(isPrivileged ? ['privileged'] : []),
    ...['hostNetwork', 'hostPID', 'hostIPC'].filter((field) => spec[field] === true),
    ...(hostPaths.length > 0 ? [`hostPath ${hostPaths.join(', ')}`] : []),
    ...(account === '' || account === 'default' ? [] : [`runs as ${account}`]),
  ]
}

function templateOf(spec: Fields): Fields {
  const template = spec['jobTemplate'] === undefined ? spec : fieldsAt(fieldsAt(spec['jobTemplate'])['spec'])
  return fieldsAt(fieldsAt(template['template'])['spec'])
}

function serviceText({ namespace, name }: Fields): string {
  return `service ${textAt(namespace)}/${textAt(name)}`
}

const words = (list: Json | undefined) => listAt(list).map(textAt).join(',')
