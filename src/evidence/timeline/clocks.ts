import type { Clock, SourceClock } from '../../audit-log/timeline-clock.ts'
import type { Json } from '../../bundle/entry.ts'
import type { Bundle } from '../../bundle/read.ts'

/** Whose clock wrote the times in a bundle, as far as its custody/clock.json tells. */
export type BundleClocks = {
  /** Times that an API server sets: of creation, of managed fields. */
  servers: SourceClock
  /** The clock that all are corrected to: of the machine that collected. */
  ours: SourceClock
  node(name: string): SourceClock
  /** Whether a node of that name has told its time. */
  isNode(name: string): boolean
  notes: string[]
}

const shownNodes = 5

/** What a bundle says of clocks. Each session that worked on it has written a document; where they differ, their whole range counts. */
export function clocksOf({ document, head }: Pick<Bundle, 'document' | 'head'>, prefix = ''): BundleClocks {
  const nodes = new Map<string, Range>()
  let servers: Range | undefined
  let agree = true
  for (let count = 1; ; count++) {
    const said = document(count === 1 ? 'clock' : `clock-${count}`)
    if (said === undefined) break
    const range = rangeOf(fieldOf(said, 'serverAheadMs'))
    const isOther = range && servers && (range.low > servers.high || range.high < servers.low)
    if (isOther || fieldOf(said, 'agree') === false) agree = false
    if (range) servers = around(servers, range)
    for (const one of listOf(fieldOf(fieldOf(said, 'nodes'), 'nodes'))) {
      const [name, ahead] = [fieldOf(one, 'node'), rangeOf(fieldOf(one, 'aheadMs'))]
      if (typeof name === 'string' && ahead) nodes.set(name, around(nodes.get(name), ahead))
    }
  }
  const clock = servers && { ...clockOf(servers), ...(agree ? {} : { mixed: true as const }) }
  return {
    servers: { source: `${prefix}api-server`, clock },
    ours: { source: `${prefix}this-machine`, clock: { aheadMs: 0, uncertaintyMs: 0 } },
    node(name) {
      const range = nodes.get(name)
      return { source: `${prefix}node/${name}`, clock: range && clockOf(range) }
    },
    isNode: (name) => nodes.has(name),
    notes: [`${head.id}: ${noteOf(clock, agree, nodes)}`],
  }
}

type Range = { low: number; high: number }

// Corrected by no more than has to be: of a lease that was never seen renewed nothing is known but a range of forty seconds.
function clockOf({ low, high }: Range): Clock {
  const aheadMs = Math.min(Math.max(0, low), high)
  return { aheadMs, uncertaintyMs: Math.max(high - aheadMs, aheadMs - low) }
}

function around(one: Range | undefined, other: Range): Range {
  if (!one) return other
  return { low: Math.min(one.low, other.low), high: Math.max(one.high, other.high) }
}

function noteOf(servers: Clock | undefined, agree: boolean, nodes: ReadonlyMap<string, Range>): string {
  const off = [...nodes]
    .map(([name, range]) => ({ name, ...clockOf(range) }))
    .filter(({ aheadMs }) => Math.abs(aheadMs) > 1000)
    .toSorted((a, b) => Math.abs(b.aheadMs) - Math.abs(a.aheadMs))
  const parts = [
    servers ? `the API server is ${aheadText(servers)}` : 'how far the API server is off is not known',
    ...(agree ? [] : ['its answers differ: there are several API servers whose clocks differ, or a clock was set']),
    ...off.slice(0, shownNodes).map((node) => `node ${node.name} is ${aheadText(node)}`),
    ...(off.length > shownNodes ? [`${off.length - shownNodes} more nodes are off by more than a second`] : []),
  ]
  return `times are corrected to the clock of the machine that collected, as far as that is right; ${parts.join('; ')}`
}

function aheadText({ aheadMs, uncertaintyMs }: Clock): string {
  const [off, doubt] = [Math.abs(aheadMs), uncertaintyMs].map((ms) => `${(ms / 1000).toFixed(1)} s`)
  return `${off} ${aheadMs < 0 ? 'behind' : 'ahead'} (±${doubt})`
}

// What a bundle holds may be of anybody: no shape is taken for granted.
function fieldOf(value: Json | undefined, name: string): Json | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, name))
    return undefined
  return value[name]
}

function listOf(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : []
}

// A century: beyond it no time can be written any more.
const mostMs = 100 * 366 * 86_400_000

function rangeOf(value: Json | undefined): Range | undefined {
  const [low, high] = [fieldOf(value, 'atLeast'), fieldOf(value, 'atMost')]
  if (typeof low !== 'number' || typeof high !== 'number' || low > high) return undefined
  return Math.abs(low) < mostMs && Math.abs(high) < mostMs ? { low, high } : undefined
}
