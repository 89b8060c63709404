import { type AuditEvent, depthOf, type Level, micros, timeOf } from '../event.ts'
import type { Need } from '../questions/question.ts'

/** A control plane renews its leases every few seconds: this long without any event, events are missing. */
export const silence = 10 * 60 * 1_000_000

const mostKinds = 20_000

/** What a log shows of itself: the kinds of requests in it, the time it spans, and where it is silent. Sees every event. */
export class LogObserver {
  first: string | undefined
  last: string | undefined
  /** Where rotated files are missing, the API server was down, or someone cut the log. */
  readonly silences: { from: string; to: string }[] = []
  readonly #kinds = new Map<string, Level | undefined>()
  #firstAt = Infinity
  #lastAt = -Infinity

  see(event: AuditEvent): void {
    const { verb, object, user, level, response } = event
    const { group, resource, subresource } = object ?? {}
    const kind = object ? `${verb} ${group} ${resource} ${subresource}` : verb
    this.#note(kind, level)
    if (user?.username === 'system:anonymous') this.#note(`${kind} anonymous`, level)
    if (response?.code === 401) this.#note('401', level)
    this.#time(timeOf(event))
  }

  /** Why a need is not met by what is in the log; undefined where it is. */
  lacks(need: Need): string | undefined {
    const kind = kindOf(need)
    const key = need.user === 'none' ? '401' : need.user ? `${kind} anonymous` : kind
    if (!this.#kinds.has(key))
      return 'no such request in the log: none was made, or none is logged (the audit policy would tell)'
    const level = this.#kinds.get(key)
    return depthOf(level) < depthOf(need.level) ? `only level ${level ?? 'unknown'} in the log` : undefined
  }

  #note(key: string, level: Level | undefined): void {
    const known = this.#kinds.get(key)
    if (known === level && known !== undefined) return
    const isNew = !this.#kinds.has(key)
    // A client may ask for what there is not, under a new name each time.
    if (isNew ? this.#kinds.size < mostKinds : depthOf(level) > depthOf(known)) this.#kinds.set(key, level)
  }

  // Events are written when they end, so that times go back a little; a silence is between the latest and the next.
  #time(time: string): void {
    const now = micros(time)
    if (now === undefined) return
    if (now < this.#firstAt) {
      this.first = time
      this.#firstAt = now
    }
    if (this.last !== undefined && now - this.#lastAt > silence) this.silences.push({ from: this.last, to: time })
    if (now > this.#lastAt) {
      this.last = time
      this.#lastAt = now
    }
  }
}

function kindOf({ verb, group = '', resource = '', subresource = '', path }: Partial<Need> & { verb: string }): string {
  // None of these has a space in it, or else it is no kind that a question needs.
  return path === undefined ? `${verb} ${group} ${resource} ${subresource}` : verb
}
