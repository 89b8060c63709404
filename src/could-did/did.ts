import { type Actor, attributesOf, micros, type RequestAttributes } from '../audit-log/event.ts'
import type { Outcome } from '../audit-log/outcome.ts'
import type { Finding } from '../audit-log/questions/finding.ts'
import { routineOf } from '../audit-log/questions/finding.ts'
import { actorsOf, type AuditRequest } from '../audit-log/request.ts'
import type { Gap } from '../snapshot/snapshot.ts'
import { rightsQuestions } from './queries.ts'
import type { Asked, Did, Seen } from './seen.ts'

// Who may impersonate can be anybody, as often as they like.
const mostActors = 20_000
const mostGroups = 1000
const mostAsked = 200
const mostLines = 20

/** Notes who is in a log, and what they did of the questions that are about rights. */
export class ActorBook {
  readonly actors = new Map<string, Seen>()
  readonly #counted = new WeakMap<Actor, Seen>()
  #left = 0
  #uncompared = 0

  /** A request, with what questions found in it. */
  see(request: AuditRequest, found: readonly Finding[]): void {
    const { user, impersonatedUser } = request
    if (!user) return
    const seen = this.#actor(request, impersonatedUser ?? user)
    if (seen) note(seen, request)
    for (const { question, evidence } of found) {
      const { takes } = rightsQuestions.find(({ id }) => id === question) ?? {}
      // Whom it takes a right to be is who was authenticated.
      const actor = takes ? this.#actor({ user }, user) : seen
      const asked = takes ? beforeRequest(request) : request
      if (actor) this.#did(actor, question, asked, takes?.by(request) ?? [attributesOf(request)], evidence)
    }
  }

  /** What was too much to be held. */
  gaps(): Gap[] {
    const gaps: Gap[] = []
    const hides = 'what they did, beside what they may'
    if (this.#left > 0)
      gaps.push({ what: `hold the requests of all actors`, why: `there are more than ${mostActors}`, hides })
    if (this.#uncompared > 0) {
      const what = `compare ${this.#uncompared} requests with RBAC`
      gaps.push({
        what,
        why: `an actor asked for more than ${mostAsked} things of one question`,
        hides: 'whether these are still allowed',
      })
    }
    return gaps
  }

  #actor(request: Pick<AuditRequest, 'user' | 'impersonatedUser'>, effective: Actor): Seen | undefined {
    const known = request.impersonatedUser ? undefined : this.#counted.get(effective)
    if (known) return known
    const { by, as } = actorsOf(request)
    const key = JSON.stringify([by, as])
    let seen = this.actors.get(key)
    if (!seen && this.actors.size >= mostActors) {
      this.#left += 1
      return undefined
    }
    seen ??= {
      by,
      ...(as !== undefined && { as }),
      groups: new Set(),
      requests: 0,
      first: '',
      last: '',
      did: new Map(),
    }
    this.actors.set(key, seen)
    for (const group of effective.groups) if (seen.groups.size < mostGroups) seen.groups.add(group)
    if (!request.impersonatedUser) this.#counted.set(effective, seen)
    return seen
  }

  #did(
    actor: Seen,
    question: string,
    request: AuditRequest,
    rights: RequestAttributes[],
    evidence: Finding['evidence'],
  ): void {
    const { time, outcome } = request
    const did: Did = actor.did.get(question) ?? { counts: {}, first: time, last: time, lines: [], asked: new Map() }
    actor.did.set(question, did)
    did.counts[outcome.result] = (did.counts[outcome.result] ?? 0) + 1
    did.last = time
    if (did.lines.length < mostLines) did.lines.push(...evidence.flatMap(({ at }) => at))
    const said = decisionOf(outcome)
    if (said) for (const right of rights) this.#ask(did.asked, right, said, request)
  }

  #ask(asked: Did['asked'], right: RequestAttributes, said: Asked['said'], { time, annotations }: AuditRequest): void {
    const key = JSON.stringify([said, right])
    const known = asked.get(key)
    if (known) {
      known.count += 1
      known.last = time
    } else if (asked.size < mostAsked) {
      const reason = annotations['authorization.k8s.io/reason']
      asked.set(key, {
        request: right,
        said,
        count: 1,
        last: time,
        ...(said === 'allowed' && reason !== undefined && { reason }),
      })
    } else this.#uncompared += 1
  }
}

function note(seen: Seen, request: AuditRequest): void {
  const { time } = request
  const routine = routineOf(request)
  if (seen.requests === 0) seen.routine = routine
  else if (routine === undefined) seen.routine = undefined
  seen.requests += 1
  if (seen.first === '') seen.first = time
  if ((micros(time) ?? 0) >= (micros(seen.last) ?? 0)) seen.last = time
}

// Who is in impersonatedUser was impersonated, whatever became of the request then; its decision is another one (endpoints/filters/impersonation.go).
function beforeRequest(request: AuditRequest): AuditRequest {
  if (!request.impersonatedUser) return request
  return { ...request, outcome: { decision: 'allow', result: 'done' }, annotations: {} }
}

// What the authorizer said of it. Who was refused before it was asked (impersonation), or whose answer is not known, tells nothing of rights.
function decisionOf({ decision, result }: Outcome): Asked['said'] | undefined {
  if (decision === 'forbid') return 'refused'
  return decision === 'allow' || result === 'done' || result === 'open' ? 'allowed' : undefined
}
