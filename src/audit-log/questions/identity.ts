import type { RequestAttributes } from '../event.ts'
import { mayHaveHappened } from '../outcome.ts'
import type { AuditRequest } from '../request.ts'
import { each } from './each.ts'

const anonymousUser = { name: 'system:anonymous', groups: ['system:unauthenticated'] }
const publicPaths = /^\/(?:healthz|livez|readyz|version)(?:[/?]|$)/

/** Requests of nobody that were answered. That of health and version is open by default (system:public-info-viewer). */
export const anonymous = each({
  id: 'anonymous',
  title: 'What did nobody in particular get an answer to?',
  severity: 'critical',
  attack: ['T1190'],
  words: ['system:anonymous', 'system:unauthenticated'],
  needs: [
    { verb: 'get', group: '', resource: 'secrets', level: 'Metadata', user: anonymousUser },
    { verb: 'create', group: '', resource: 'pods', level: 'Metadata', user: anonymousUser },
    { verb: 'get', path: '/api', level: 'Metadata', user: anonymousUser },
  ],
  match: (request) => {
    const { username, groups = [] } = request.impersonatedUser ?? request.user ?? {}
    if (username !== anonymousUser.name && !groups.includes('system:unauthenticated')) return undefined
    if (!mayHaveHappened(request.outcome) || (!request.object && publicPaths.test(request.requestURI))) return undefined
    return `${request.verb} ${request.requestURI} without credentials`
  },
})

const others = ['users', 'groups', 'serviceaccounts']

/**
 * What impersonating takes of the three: a user or service account, and each group that is not given by itself. Source:
 * endpoints/filters/impersonation.go.
 */
function impersonated({ impersonatedUser }: AuditRequest): RequestAttributes[] {
  if (!impersonatedUser) return []
  const of = (resource: string, name: string, namespace = '') => {
    return { verb: 'impersonate', group: '', resource, subresource: '', namespace, name }
  }
  const { username, groups } = impersonatedUser
  const [, namespace, account] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(username) ?? []
  const given = new Set(['system:authenticated', 'system:unauthenticated', 'system:serviceaccounts'])
  const asked = groups.filter((group) => !given.has(group) && group !== `system:serviceaccounts:${namespace}`)
  const who = account === undefined ? of('users', username) : of('serviceaccounts', account, namespace)
  return [who, ...asked.map((group) => of('groups', group))]
}

/** Who acted as another. One that was refused has no impersonatedUser, and no decision either: only its message tells. */
export const impersonation = each({
  id: 'impersonation',
  title: 'Who acted as someone else?',
  severity: 'high',
  attack: ['T1078'],
  words: ['impersonate'],
  takes: { kinds: [{ verbs: ['impersonate'], group: '', resources: others }], by: impersonated },
  needs: [{ verb: 'get', group: '', resource: 'pods', level: 'Metadata' }],
  match: (request) => {
    const { impersonatedUser, response, outcome } = request
    if (impersonatedUser) {
      const groups = impersonatedUser.groups.filter((group) => group !== 'system:authenticated')
      return `act as ${impersonatedUser.username}${groups.length > 0 ? ` of ${groups.join(', ')}` : ''}`
    }
    const refused = outcome.result === 'denied' && outcome.decision === 'none'
    return refused && response?.message?.includes(' cannot impersonate ') ? 'try to act as someone else' : undefined
  },
})

const askedRights = ['selfsubjectaccessreviews', 'selfsubjectrulesreviews']

/** `kubectl auth can-i`: what whoever stole a credential asks first. */
export const enumeration = each({
  id: 'enumeration',
  title: 'Who asked what they may do?',
  severity: 'low',
  attack: ['T1613', 'T1069'],
  words: askedRights,
  about: [{ verbs: ['create'], group: 'authorization.k8s.io', resources: askedRights }],
  match: () => 'ask for its own rights',
})
