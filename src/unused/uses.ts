import { hash } from 'node:crypto'
import { type Actor, attributesOf } from '../audit-log/event.ts'
import type { AuditRequest } from '../audit-log/request.ts'
import type { Attributes } from '../rbac/rule-match.ts'
import type { Gap } from '../snapshot/snapshot.ts'
import type { Demand } from './demand.ts'
import { type Known, takenBy } from './inferred.ts'
import type { Holder, World } from './world.ts'

/** How often something was done, when last, and a line that shows it. */
export type Tally = { count: number; last: string; at: { file: string; line: number } }

/** Requests, or what they took, that are alike to RBAC. */
export type Use = Tally & {
  holder: Holder
  demand: Demand
  /** The log says that it was allowed; else only that it is not known to have been refused. */
  isSure: boolean
}

// Whoever may ask for anything can ask for something new each time.
const mostUses = 200_000
const longest = 64 * 1024
const mostGroups = 1000

/** Notes what was done in a log, as far as RBAC can tell it apart: memory does not grow with the log. */
export class UseBook {
  /** The groups in which users were seen, of those whom bindings name. */
  readonly groupsOf = new Map<string, Set<string>>()
  /** Requests that the authorizer refused. */
  refused = 0
  /** Requests in whose path a `*` stands where a rule would have a wildcard. */
  wildcards = 0
  /** API servers that renewed their lease in it: each writes a log of its own. */
  readonly apiServers = new Set<string>()
  readonly #world: World
  readonly #known: Known
  readonly #limit: number
  readonly #holders = new WeakMap<object, Holder>()
  readonly #uses = new Map<Holder, Map<string, Use>>()
  #size = 0
  #left = 0

  constructor(world: World, known: Known, limit = mostUses) {
    this.#world = world
    this.#known = known
    this.#limit = limit
  }

  get uses(): Use[] {
    return [...this.#uses.values()].flatMap((its) => [...its.values()])
  }

  see(request: AuditRequest): void {
    const { user, impersonatedUser, outcome } = request
    const actor = impersonatedUser ?? user
    if (!actor) return
    // Whose request was refused was impersonated all the same.
    for (const { of, demand } of takenBy(request, this.#known)) this.#addTaken(of, demand, request)
    // Nothing is said of a line that was cut: that it was not refused is then what counts.
    if (outcome.decision === 'forbid' || outcome.result === 'denied' || outcome.result === 'unauthenticated') {
      if (outcome.decision === 'forbid') this.refused += 1
      return
    }
    if (user?.username === 'system:apiserver') this.#seeServer(request)
    const asked = attributesOf(request)
    const holder = this.#holderOf(actor)
    if (isWildcard(asked)) this.wildcards += 1
    else this.#add(holder, this.#keyOf(asked, holder), request, () => ({ any: [asked] }))
  }

  /** What was too much to be held. */
  gaps(): Gap[] {
    if (this.#left === 0) return []
    const what = `hold ${this.#left} more requests`
    return [{ what, why: `there are more than ${this.#limit} kinds`, hides: 'what they used; nothing is narrowed' }]
  }

  #addTaken(of: Pick<Actor, 'username' | 'groups'>, demand: Demand, request: AuditRequest): void {
    if (demand.any.some(isWildcard)) return
    const text = JSON.stringify(demand)
    const isLong = text.length > longest
    const held = isLong ? { any: demand.any, unclear: 'it wrote more rules than are held' } : demand
    this.#add(this.#holderOf(of), text.length > 200 ? hash('sha256', text) : text, request, () => held)
  }

  #add(holder: Holder, key: string, request: AuditRequest, demand: () => Demand): void {
    // Whom no binding knows uses none.
    if (holder.grants.length === 0) return
    const its = this.#uses.get(holder) ?? new Map<string, Use>()
    const { time, at, outcome } = request
    const isSure = outcome.decision !== 'none' || outcome.result === 'done' || outcome.result === 'open'
    const use = its.get(key)
    if (use) {
      use.count += 1
      use.isSure ||= isSure
      if (time > use.last) use.last = time
    } else if (this.#size < this.#limit) {
      this.#size += 1
      this.#uses.set(holder, its)
      its.set(key, { holder, demand: demand(), isSure, count: 1, last: time, at: at[0] ?? { file: '', line: 0 } })
    } else this.#left += 1
  }

  // The reader gives the same user the same object, for most lines.
  #holderOf(actor: Pick<Actor, 'username' | 'groups'>): Holder {
    const known = this.#holders.get(actor)
    if (known) return known
    const { username: user, groups } = actor
    const holder = this.#world.holderOf({ user, groups })
    this.#holders.set(actor, holder)
    if (this.#world.isUser(user)) {
      const seen = this.groupsOf.get(user) ?? new Set()
      this.groupsOf.set(user, seen)
      for (const group of groups) if (seen.size < mostGroups) seen.add(group)
    }
    return holder
  }

  // Names that no rule has are alike, and so are namespaces in which nothing is bound to them.
  #keyOf(request: Attributes, { index }: Holder): string {
    if ('path' in request) return `${request.verb} ${request.path}`
    const { verb, group, resource, subresource, namespace, name } = request
    const own = name === '' ? '' : this.#world.names.has(name) ? `/${name}` : '?'
    const place = index.byNamespace.has(namespace) ? namespace : ''
    return `${verb}\0${group}\0${resource}\0${subresource}\0${place}\0${own}`
  }

  #seeServer({ object, verb }: AuditRequest): void {
    const isLease = object?.resource === 'leases' && object.namespace === 'kube-system' && verb !== 'list'
    if (isLease && object.name.startsWith('apiserver-') && this.apiServers.size < 100) this.apiServers.add(object.name)
  }
}

// There is no resource or group of that name, and any word may be an HTTP method. A rule with it would grant all there are: nobody is to keep that by
// asking for `/api/v1/*`.
function isWildcard(request: Attributes): boolean {
  if (request.verb === '*') return true
  return 'path' in request ? request.path.endsWith('*') : request.group === '*' || request.resource === '*'
}
