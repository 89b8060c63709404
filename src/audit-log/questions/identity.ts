import { micros, sourceOf } from '../event.ts'
import { mayHaveHappened } from '../outcome.ts'
import { actorsOf, type AuditRequest } from '../request.ts'
import { each } from './each.ts'
import { type Finding, findingOf, findingOfMany } from './finding.ts'
import type { Question } from './question.ts'

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

/** Who acted as another. One that was refused has no impersonatedUser, and no decision either: only its message tells. */
export const impersonation = each({
  id: 'impersonation',
  title: 'Who acted as someone else?',
  severity: 'high',
  attack: ['T1078'],
  words: ['impersonate'],
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

/** Many refusals of one actor in a short time: credentials or rights being tried. */
export const refusalBursts: Question = {
  id: 'refusals',
  title: 'Who was refused many times in a row?',
  severity: 'medium',
  attack: ['T1613'],
  words: [
    '":403',
    '": 403',
    '":401',
    '": 401',
    '\\u0022:401',
    '\\u0022:403',
    '"code":7',
    '"code": 7',
    '"code":16',
    '"code": 16',
  ],
  needs: [
    { verb: 'get', group: '', resource: 'secrets', level: 'Metadata' },
    { verb: 'get', group: '', resource: 'secrets', level: 'Metadata', longRunning: true, user: 'none' },
  ],
  start: ({ burst: { count, seconds } = { count: 10, seconds: 60 } }) => {
    const running = new Map<string, Run>()
    const close = (key: string, { shown, total, isBurst }: Run): Finding[] => {
      running.delete(key)
      if (!isBurst) return []
      const codes = [...new Set(shown.map(({ outcome }) => outcome.code))].join(', ')
      return [findingOfMany(shown, refusalBursts, `refused ${total} times (${codes})`, total)]
    }
    const see = (request: AuditRequest): Finding[] => {
      const { outcome, user, time } = request
      if (outcome.result !== 'denied' && outcome.result !== 'unauthenticated') return []
      const key = JSON.stringify([user?.username ?? '', sourceOf(request) ?? ''])
      const now = micros(time) ?? 0
      let run = running.get(key)
      const isOver = run && now - (run.recent.at(-1) ?? now) > seconds * 1e6
      const found = run && isOver ? close(key, run) : []
      if (!run || isOver) run = { shown: [], total: 0, recent: [], isBurst: false }
      running.set(key, run)
      run.total += 1
      run.recent = [...run.recent, now].slice(-count)
      if (run.recent.length === count && now - (run.recent[0] ?? 0) <= seconds * 1e6) run.isBurst = true
      // The first and the last of them are evidence enough.
      if (run.shown.length >= 20) run.shown.splice(10, 1)
      run.shown.push(request)
      return found
    }
    return { see, end: () => [...running].flatMap(([key, run]) => close(key, run)) }
  },
}

/** Refusals of one actor with no long pause between them. */
type Run = { shown: AuditRequest[]; total: number; recent: number[]; isBurst: boolean }

// A client can have a new name for its program in every request; that must not fill the memory.
const mostSeen = 500_000

/** Users, addresses and programs that were not there before a time: an address and a program each with their user. */
export const firstSeen: Question = {
  id: 'first-seen',
  title: 'Which users, addresses and programs are new?',
  severity: 'low',
  attack: ['T1078'],
  needs: [{ verb: 'get', group: '', resource: 'pods', level: 'Metadata' }],
  blind: 'an address behind a load balancer or proxy; a program is whatever the client says it is',
  start: ({ knownBefore }) => {
    const seen = new Set<string>()
    const from = knownBefore === undefined ? undefined : micros(knownBefore)
    const see = (request: AuditRequest): Finding[] => {
      const { by } = actorsOf(request)
      if (by === '' || seen.size > mostSeen) return []
      const source = sourceOf(request)
      const isNew = from !== undefined && (micros(request.time) ?? 0) >= from
      const first = (kind: string, value: string | undefined, key: string) => {
        if (value === undefined || seen.has(key)) return []
        seen.add(key)
        return isNew ? [`${kind} ${value}`] : []
      }
      const agent = request.userAgent?.slice(0, 200).replace(/\s.*$/s, '')
      const user = first('user', by, JSON.stringify([by]))
      const news = [
        ...user,
        ...first('address', source, JSON.stringify([by, 'ip', source])),
        ...first('program', agent, JSON.stringify([by, 'agent', agent])),
      ]
      return news.length > 0 ? [findingOf(request, firstSeen, `first seen: ${news.join(', ')}`)] : []
    }
    return { see }
  },
}

const askedRights = ['selfsubjectaccessreviews', 'selfsubjectrulesreviews']

/** `kubectl auth can-i`: what whoever stole a credential asks first. */
export const enumeration = each({
  id: 'enumeration',
  title: 'Who asked what they may do?',
  severity: 'low',
  attack: ['T1613', 'T1069'],
  words: askedRights,
  needs: askedRights.map((resource) => ({
    verb: 'create',
    group: 'authorization.k8s.io',
    resource,
    level: 'Metadata',
  })),
  match: ({ object, verb }) =>
    verb === 'create' && askedRights.includes(object?.resource ?? '') ? 'ask for its own rights' : undefined,
})
