import { type Need, needsOf } from '../audit-log/questions/question.ts'
import type { Atom } from './atom.ts'

const rbac = 'rbac.authorization.k8s.io'
const writes = ['create', 'update', 'patch']

/**
 * The requests that show that a right was used which is none itself; undefined for all other rights. An approval tells the signer by its body,
 * and a role its rules.
 */
export function needsOfVirtual(atom: Atom): Need[] | undefined {
  if ('url' in atom) return undefined
  switch (atom.verb) {
    case 'impersonate':
      // In any request: one that all policies log, if they log requests.
      return needsOf([{ verbs: ['get'], group: '', resources: ['pods'] }])
    case 'bind':
      return needsOf([{ verbs: writes, group: rbac, resources: ['rolebindings', 'clusterrolebindings'] }])
    case 'escalate':
      return needsOf([{ verbs: writes, group: rbac, resources: ['roles', 'clusterroles'] }], 'Request')
    case 'approve':
      return signing('certificatesigningrequests', 'approval')
    case 'sign':
      return signing('certificatesigningrequests', 'status')
    case 'attest':
      return signing('clustertrustbundles')
    default:
      return undefined
  }
}

function signing(resource: string, subresource?: string): Need[] {
  const about = {
    group: 'certificates.k8s.io',
    resources: [resource],
    ...(subresource !== undefined && { subresource }),
  }
  return needsOf([{ verbs: ['update'], ...about }], 'Request')
}

const requestVerbs = new Set(['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection', '*'])
/** Rights that are no request, but are asked for on the way of one. */
export const virtualVerbs = new Set(['impersonate', 'bind', 'escalate', 'approve', 'sign', 'attest'])
const signersOfOwn = new Set([
  'certificatesigningrequests/nodeclient',
  'certificatesigningrequests/selfnodeclient',
  'certificatesigningrequests/selfnodeserver',
])
// Their kubelet asks who may (kubelet/server/auth.go); only some can be had through the API server, as nodes/proxy.
const kubelet = new Set([
  'metrics',
  'stats',
  'log',
  'spec',
  'proxy',
  'healthz',
  'checkpoint',
  'configz',
  'pods',
  'runningpods',
])

/**
 * Why no line of a log need show that a right was used; undefined where one does. Other servers ask the API server by an access review, whose
 * body says of whom: `reviews` is whether those are logged.
 */
export function traceless(atom: Atom, reviews: boolean): string | undefined {
  const asked = reviews ? undefined : 'asked by other servers, in reviews whose bodies are not logged'
  if ('url' in atom) return atom.url === '*' ? undefined : asked
  const { verb, group, resource } = atom
  if (resource !== '*' && resource.endsWith('/finalizers'))
    return 'asked by admission (OwnerReferencesPermissionEnforcement), which logs nothing of it'
  if (verb === 'use') return 'asked by the admission of pods, which logs nothing of it'
  if (group === 'certificates.k8s.io' && signersOfOwn.has(resource)) return asked
  if (group === '' && resource.startsWith('nodes/') && kubelet.has(resource.slice(6))) return asked
  return requestVerbs.has(verb) || virtualVerbs.has(verb) ? undefined : asked
}
