import { object, type Raw, text } from '../../audit-log/read/fields.ts'
import type { SourceClock } from '../../audit-log/timeline-clock.ts'
import type { BundleClocks } from './clocks.ts'
import { type Said, timeOr, wholeOr } from './row.ts'

/** Of a pod what its logs are put beside: its node, and when its containers began. */
export type Pod = { node: string | undefined; started: Map<string, string> }

const lists = [
  { statuses: 'initContainerStatuses', kind: 'init container' },
  { statuses: 'containerStatuses', kind: 'container' },
  { statuses: 'ephemeralContainerStatuses', kind: 'ephemeral container' },
]

/** What of a pod is kept beyond its rows. */
export function podOf(raw: Raw): Pod {
  const started = new Map<string, string>()
  for (const { status } of statusesOf(raw)) {
    const [name, since] = [text(status['name']), timeOr(startOf(status['state']))]
    if (name !== undefined && since !== undefined) started.set(name, since)
  }
  return { node: text(object(raw['spec'])?.['nodeName']) || undefined, started }
}

/** Starts and ends of containers, this run and the one before, as the kubelet told them by the clock of the node. */
export function* containerRows(
  raw: Raw,
  { node }: Pod,
  clocks: BundleClocks,
): Generator<{ time: string; clock: SourceClock; said: Said }> {
  const clock = node === undefined ? { source: 'node/unknown' } : clocks.node(node)
  const by = { by: node === undefined ? 'kubelet' : `kubelet on ${node}`, claimed: true as const }
  for (const { kind, status } of statusesOf(raw)) {
    const name = text(status['name']) ?? ''
    const restarts = wholeOr(status['restartCount'], 0)
    const which = `${kind} ${name}`
    for (const [state, run] of [
      [object(status['lastState']), restarts],
      [object(status['state']), restarts + 1],
    ] as const) {
      const start = timeOr(startOf(state))
      const of = run > 1 ? `restarted, run ${run}` : 'first run'
      const image = text(status['image']) ?? ''
      if (start !== undefined)
        yield { time: start, clock, said: { ...by, what: `${which} started (${of}; image ${image})` } }
      const ended = object(state?.['terminated'])
      const end = timeOr(ended?.['finishedAt'])
      if (end === undefined) continue
      const killed = wholeOr(ended?.['signal'], 0)
      const signal = killed > 0 ? `, signal ${killed}` : ''
      const why = text(ended?.['reason']) ?? 'no reason'
      yield {
        time: end,
        clock,
        said: { ...by, what: `${which} ended: ${why}, exit code ${wholeOr(ended?.['exitCode'], 'unknown')}${signal}` },
      }
    }
  }
}

function statusesOf(raw: Raw): { kind: string; status: Raw }[] {
  const all = object(raw['status']) ?? {}
  return lists.flatMap(({ statuses, kind }) => {
    const found = all[statuses]
    return Array.isArray(found) ? found.map(object).flatMap((status) => (status ? [{ kind, status }] : [])) : []
  })
}

function startOf(state: unknown): unknown {
  const one = object(state)
  return object(one?.['running'])?.['startedAt'] ?? object(one?.['terminated'])?.['startedAt']
}
