import { micros, sourceOf } from '../event.ts'
import { actorsOf, type AuditRequest } from '../request.ts'
import { type Finding, findingOf, findingOfMany } from './finding.ts'
import type { Question } from './question.ts'

const none: readonly Finding[] = []

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
    const see = (request: AuditRequest): readonly Finding[] => {
      const { outcome, user, time } = request
      if (outcome.result !== 'denied' && outcome.result !== 'unauthenticated') return none
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
      run.shown.push(withoutBodies(request))
      return found
    }
    return { see, end: () => [...running].flatMap(([key, run]) => close(key, run)) }
  },
}

function withoutBodies(request: AuditRequest): AuditRequest {
  const copy = { ...request }
  delete copy.requestObject
  delete copy.responseObject
  return copy
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
    const see = (request: AuditRequest): readonly Finding[] => {
      const { by } = actorsOf(request)
      const source = sourceOf(request)
      // Most requests come as many before them did.
      const all = `${by.length} ${by} ${source} ${request.userAgent}`
      if (by === '' || seen.size > mostSeen || seen.has(all)) return none
      seen.add(all)
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
