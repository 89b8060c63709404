import { type AuditEvent, depthOf, stages } from './event.ts'
import { type AuditRequest, isLast, requestOf } from './request.ts'

export type MergeOptions = {
  /** Requests held that are not over yet; above it the oldest are given out as they are. */
  maxOpen?: number
}

/**
 * Merges the stages of requests, in the order in which they end; those that never do come last. Since a client may choose the
 * auditID, and give one to many requests, stages belong together only where user, URI, verb and the time received are
 * equal too: nobody can hide behind another's ID.
 */
export class StageMerger {
  /** What is not over yet, by the time received: a client has no say in that. */
  readonly #open = new Map<string, AuditEvent[][]>()
  #count = 0
  readonly #maxOpen: number

  constructor({ maxOpen = 100_000 }: MergeOptions = {}) {
    this.#maxOpen = maxOpen
  }

  /** The request that this event ends, or that had to be given up for it. */
  see(event: AuditEvent): AuditRequest | undefined {
    const { received } = event
    // Without a time received (a cut line) nothing tells which request it is of.
    if (received === undefined) return merge([event])
    const together = this.#open.get(received)
    const known = together?.find(([first]) => first && isSameRequest(first, event))
    if (isLast(event)) {
      if (!together || !known) return merge([event])
      this.#close(received, together, known)
      return merge([...known, event])
    }
    if (known) {
      known.push(event)
      return undefined
    }
    if (together) together.push([event])
    else this.#open.set(received, [[event]])
    this.#count += 1
    return this.#count > this.#maxOpen ? this.#oldest() : undefined
  }

  /** Those that are not over. */
  *end(): Generator<AuditRequest> {
    for (const together of this.#open.values()) for (const events of together) yield merge(events)
  }

  #oldest(): AuditRequest | undefined {
    for (const [received, together] of this.#open) {
      const [oldest] = together
      if (!oldest) continue
      this.#close(received, together, oldest)
      return merge(oldest)
    }
    return undefined
  }

  #close(received: string, together: AuditEvent[][], events: AuditEvent[]): void {
    this.#count -= 1
    if (together.length === 1) this.#open.delete(received)
    else together.splice(together.indexOf(events), 1)
  }
}

/** The same of a stream. */
export async function* mergeStages(
  events: AsyncIterable<AuditEvent> | Iterable<AuditEvent>,
  options: MergeOptions = {},
): AsyncGenerator<AuditRequest> {
  const merger = new StageMerger(options)
  for await (const event of events) {
    const request = merger.see(event)
    if (request) yield request
  }
  yield* merger.end()
}

function isSameRequest(one: AuditEvent, other: AuditEvent): boolean {
  return (
    one.auditID === other.auditID &&
    one.verb === other.verb &&
    one.requestURI === other.requestURI &&
    (one.user?.username ?? '') === (other.user?.username ?? '')
  )
}

function merge(events: AuditEvent[]): AuditRequest {
  const [first] = events
  if (first && events.length === 1) return requestOf(first, [first])
  const sorted = events.toSorted((a, b) => stages.indexOf(a.stage) - stages.indexOf(b.stage))
  // Later stages know more: the response, who was impersonated, the name of what was created.
  const known = Object.assign({}, ...sorted) as AuditEvent
  const truncated = sorted.find((event) => event.truncated)?.truncated
  return {
    ...requestOf(known, sorted),
    annotations: Object.assign({}, ...sorted.map(({ annotations }) => annotations)) as Record<string, string>,
    level: sorted.map(({ level }) => level).reduce((a, b) => (depthOf(b) > depthOf(a) ? b : a)),
    ...(truncated && { truncated }),
  }
}
