import type { TimelineData } from './timeline-data.ts'
import type { TimelineRows } from './timeline-rows.ts'

/** A line of the drawing: an actor, or a group of them, which has the rows of all while it is closed. */
export type Lane = {
  group: number
  /** Absent: of the group itself. */
  actor?: number
  name: string
  /** All that it stands for; of an open group more than are in `rows`. */
  count: number
  actors: number
  /** In order of time; those without one are in none. */
  rows: Uint32Array
  /** Those of `rows` that last. */
  long: number[]
}

/** Runs in the browser: sorts rows into lanes, and marks that would overlap into clusters. */
export function timelineLanes(data: TimelineData, rows: TimelineRows) {
  type Its = { actor: number; rows: Uint32Array; gravest: number }

  /** A list for each key, in the order that the rows have. */
  function sorted(some: Uint32Array): Its[] {
    const counts = new Uint32Array(data.actors.length)
    const gravest = new Uint8Array(data.actors.length)
    for (const row of some) {
      const actor = rows.actor[row] ?? 0
      counts[actor] = (counts[actor] ?? 0) + 1
      gravest[actor] = Math.max(gravest[actor] ?? 0, rows.weight[row] ?? 0)
    }
    const lists = new Map<number, Its>()
    for (const [actor, count] of counts.entries())
      if (count > 0) lists.set(actor, { actor, rows: new Uint32Array(count), gravest: gravest[actor] ?? 0 })
    counts.fill(0)
    for (const row of some) {
      const actor = rows.actor[row] ?? 0
      const place = counts[actor] ?? 0
      const list = lists.get(actor)
      if (list) list.rows[place] = row
      counts[actor] = place + 1
    }
    return [...lists.values()]
  }

  function lane(found: Omit<Lane, 'long'>): Lane {
    const long: number[] = []
    for (const row of found.rows) if ((rows.end[row] ?? 0) > (rows.at[row] ?? 0)) long.push(row)
    return { ...found, long }
  }

  /** The lanes of what a filter let through; the gravest and busiest actors of a group first. */
  function lanes(shown: Uint32Array, isOpen: boolean[]): Lane[] {
    const timed = shown.filter((row) => row < rows.timed)
    const actors = sorted(timed)
    return data.groups.flatMap(({ name }, group) => {
      const its = actors.filter(({ actor }) => data.actors[actor]?.[1] === group)
      if (its.length === 0) return []
      const count = its.reduce((sum, { rows }) => sum + rows.length, 0)
      const isIts = (row: number) => data.actors[rows.actor[row] ?? 0]?.[1] === group
      const all = isOpen[group] ? new Uint32Array() : timed.filter(isIts)
      const head = lane({ group, name, count, actors: its.length, rows: all })
      if (!isOpen[group]) return [head]
      its.sort((a, b) => b.gravest - a.gravest || b.rows.length - a.rows.length || a.actor - b.actor)
      return [
        head,
        ...its.map(({ actor, rows }) => {
          const text = data.texts[data.actors[actor]?.[0] ?? 0] ?? ''
          return lane({ group, actor, name: text, count: rows.length, actors: 1, rows })
        }),
      ]
    })
  }

  const known = new WeakMap<Lane, { gap: number; starts: Uint32Array }>()

  /**
   * The places in the lane's rows at which clusters begin: each takes what comes within `gap` of its first. They are counted from
   * the first row of all, so that they stay the same while one pans.
   */
  function clusters(lane: Lane, gap: number): Uint32Array {
    const old = known.get(lane)
    if (old?.gap === gap) return old.starts
    const starts = new Uint32Array(lane.rows.length)
    let count = 0
    let first = -Infinity
    for (const [place, row] of lane.rows.entries()) {
      const at = rows.at[row] ?? 0
      if (at - first < gap) continue
      first = at
      starts[count] = place
      count += 1
    }
    const found = starts.slice(0, count)
    known.set(lane, { gap, starts: found })
    return found
  }

  /** Which cluster comes first that begins at this time or later. */
  function clusterFrom(lane: Lane, starts: Uint32Array, time: number): number {
    let [low, high] = [0, starts.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((rows.at[lane.rows[starts[middle] ?? 0] ?? 0] ?? 0) < time) low = middle + 1
      else high = middle
    }
    return low
  }

  return { lanes, clusters, clusterFrom }
}
